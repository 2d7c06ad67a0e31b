"""Colours, marks and fonts of a report's pictures, on white paper and on pages that are light or dark."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import matplotlib
from matplotlib.axes import Axes

from prorl_rllib.evaluation.boundary.report import Outcome, Role

Colours = Mapping[str, str]
"""Colours by what they are for, as `#rrggbb`."""

# Blue, orange and purple, which people with colour blindness tell apart (after Okabe and Ito, and Tol), the base in
# grey. Each has a contrast of 3 or more to the page, text one of 4.5 or more; "unsolved" is pale, with an outline.
LIGHT: Colours = {
    "ink": "#1b1e23",
    "muted": "#5b626c",
    "grid": "#dfe2e6",
    "surface": "#ffffff",
    "panel": "#f6f7f9",
    "link": "#0b62a4",
    "base": "#6f757d",
    "mid": "#d55e00",
    "trained": "#0072b2",
    "gained": "#0072b2",
    "lost": "#a63a92",
    "kept": "#666d77",
    "unsolved": "#e4e6ea",
}
DARK: Colours = {
    "ink": "#e8eaed",
    "muted": "#a9b0ba",
    "grid": "#343941",
    "surface": "#14161a",
    "panel": "#1d2026",
    "link": "#7cc0f4",
    "base": "#a3a9b2",
    "mid": "#f0a33e",
    "trained": "#56b4e9",
    "gained": "#56b4e9",
    "lost": "#dd8fcd",
    "kept": "#8f96a1",
    "unsolved": "#2c3038",
}
BY_VARIABLE: Colours = {name: f"#0f1e{index + 16:02x}" for index, name in enumerate(LIGHT)}
"""Stand-ins: `with_variables` replaces each by the page's variable of that name."""


class Mark(NamedTuple):
    """Attributes: how lines and points of a model look, besides their colour, in matplotlib's words."""

    line: str
    point: str


MARKS: dict[Role, Mark] = {"base": Mark(":", "o"), "mid": Mark("--", "s"), "trained": Mark("-", "D")}
HATCHES: dict[Outcome, str] = {"gained": "", "lost": "////", "kept": "", "unsolved": ""}

PANEL_SIZE = (4.3, 3.1)
"""Inches of one panel; on a page it is stretched to its column."""
FONT_SIZE, SMALL_FONT_SIZE = 10.5, 9.3


def with_variables(svg: str) -> str:
    """Let a page's variables decide the colours of a picture.

    Args:
        svg: A picture that was drawn with `BY_VARIABLE`.
    """
    for name, stand_in in BY_VARIABLE.items():
        svg = svg.replace(stand_in, f"var(--{name})")
    return svg


@contextmanager
def style(colours: Colours, salt: str) -> Iterator[None]:
    """Draw in a report's style.

    Args:
        colours: The colours.
        salt: What ids inside an SVG depend on: two pictures of one page need two.
    """
    ink: dict[str, Any] = {f"{part}.color": colours["ink"] for part in ("text", "xtick", "ytick")}
    ink |= {"axes.labelcolor": colours["ink"], "axes.edgecolor": colours["muted"], "axes.titlecolor": colours["ink"]}
    chosen = {"font.size": FONT_SIZE, "axes.titlesize": FONT_SIZE, "axes.labelsize": FONT_SIZE, "hatch.linewidth": 1.5}
    names = {"font.family": "sans-serif", "svg.fonttype": "none", "svg.hashsalt": salt}
    with matplotlib.rc_context({**ink, **chosen, **names, "axes.facecolor": "none", "grid.color": colours["grid"]}):
        yield


def tidy(axes: Axes, *, grid: Literal["x", "y"] = "y") -> None:
    """Take away what carries no information.

    Args:
        axes: The axes.
        grid: Which grid lines stay.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(length=3, width=0.7)


def drawn(text: str) -> str:
    """Keep matplotlib from reading formulas in a text.

    Args:
        text: A text of which nothing is hidden, see `render_text.visible`.
    """
    return text.replace("$", r"\$")


def shortened(text: str, length: int) -> str:
    """Cut a text that is longer than a label may be.

    Args:
        text: The text.
        length: Most characters.
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"
