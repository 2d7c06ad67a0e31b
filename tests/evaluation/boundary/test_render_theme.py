import itertools

import pytest

from prorl_rllib.evaluation.boundary.render_theme import BY_VARIABLE, DARK, LIGHT, MARKS, with_variables


def luminance(colour):
    """Relative luminance, WCAG 2."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first, second):
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_and_marks_stand_out_from_the_page(colours):
    for text, paper in itertools.product(("ink", "muted", "link"), ("surface", "panel")):
        assert contrast(colours[text], colours[paper]) >= 4.5, (text, paper)
    for mark in ("base", "mid", "trained", "gained", "lost", "kept"):
        assert contrast(colours[mark], colours["surface"]) >= 3.0, mark
    # The numbers in the bars.
    assert contrast(colours["surface"], colours["kept"]) >= 4.5
    assert contrast(colours["surface"], colours["gained"]) >= 4.5
    assert contrast(colours["ink"], colours["unsolved"]) >= 4.5


def test_models_are_told_apart_without_colour():
    assert len({mark.line for mark in MARKS.values()}) == len({mark.point for mark in MARKS.values()}) == 3


def test_a_picture_takes_each_colour_from_the_page():
    assert len(set(BY_VARIABLE.values())) == len(LIGHT) == len(DARK)
    drawn = " ".join(f"fill: {colour}" for colour in BY_VARIABLE.values())
    assert with_variables(drawn) == " ".join(f"fill: var(--{name})" for name in LIGHT)
