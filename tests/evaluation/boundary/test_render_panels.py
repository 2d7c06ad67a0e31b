import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from prorl_rllib.evaluation.boundary.render_panels import draw_curve, draw_gain, draw_outcomes, draw_pass_at_1
from prorl_rllib.evaluation.boundary.render_theme import LIGHT
from prorl_rllib.evaluation.boundary.report import FamilyReport, GainCorrelation, GainPoint, HistogramBin, Interval


@pytest.fixture
def axes():
    return Figure().subplots()


def test_a_curve_goes_through_the_means_and_its_band_through_the_ends(axes):
    estimates = [Interval(mean=0.2, low=0.1, high=0.4), Interval(mean=0.5, low=0.45, high=0.7)]
    draw_curve(axes, LIGHT, "mid", [1, 8], estimates)
    assert axes.lines[0].get_xydata().tolist() == [[1, 0.2], [8, 0.5]]
    corners = {tuple(point) for point in axes.collections[0].get_paths()[0].vertices.tolist()}
    assert corners == {(1, 0.1), (1, 0.4), (8, 0.45), (8, 0.7)}
    assert axes.lines[0].get_color() == LIGHT["mid"]


def test_gains_of_one_place_are_one_larger_point(axes):
    where = [(0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (0.5, 0.25)]
    points = tuple(GainPoint(label="t", family="f", base=base, gain=gain) for base, gain in where)
    nothing = dict.fromkeys(("pearson", "pearson_p", "spearman", "spearman_p"))
    draw_gain(axes, LIGHT, GainCorrelation(over="tasks", method="split_half", k=8, points=points, **nothing))
    scatter = axes.collections[0]
    assert scatter.get_offsets().tolist() == [[0.0, 1.0], [0.5, 0.25]]
    assert scatter.get_sizes()[0] > 2 * scatter.get_sizes()[1]


def test_bars_of_the_outcomes_have_the_widths_of_the_counts(axes):
    counts = {"gained": 5, "lost": 1, "kept": 3, "unsolved": 1}
    draw_outcomes(axes, LIGHT, [FamilyReport.model_construct(name="$x^{$", outcome_counts=counts)])
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([0.5, 0.1, 0.3, 0.1])
    assert [bar.get_x() for bar in axes.patches] == pytest.approx([0.0, 0.5, 0.6, 0.9])
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == [LIGHT[name] for name in counts]
    axes.figure.draw_without_rendering()  # a name is not read as a formula


def test_bars_of_pass_at_1_have_the_heights_of_the_counts(axes):
    class Figures:
        role = "base"
        histogram = (
            HistogramBin(low=0.0, high=0.0, count=8),
            HistogramBin(low=0.0, high=0.1, count=4),
            HistogramBin(low=1.0, high=1.0, count=2),
        )

    draw_pass_at_1(axes, LIGHT, FamilyReport.model_construct(name="f", models={"base": Figures}))
    assert [bar.get_height() for bar in axes.patches] == pytest.approx([1.0, 0.5, 0.25])
    middles = [bar.get_x() + bar.get_width() / 2 for bar in axes.patches]
    assert middles == pytest.approx([-0.4, 1.0, 11.4])
    assert {"8", "2"} <= {text.get_text() for text in axes.texts}
