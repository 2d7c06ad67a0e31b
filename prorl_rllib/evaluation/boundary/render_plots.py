"""The pictures of a report: PNG files on white, and SVG texts that take the colours of the page they stand in."""

import io
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from prorl_rllib.evaluation.boundary.render_captions import (
    difficulty_alt,
    gain_alt,
    outcomes_alt,
    pass_at_1_alt,
    pass_at_k_alt,
)
from prorl_rllib.evaluation.boundary.render_panels import (
    POSSIBLE,
    draw_difficulty,
    draw_gain,
    draw_outcomes,
    draw_pass_at_1,
    draw_pass_at_k,
)
from prorl_rllib.evaluation.boundary.render_text import visible
from prorl_rllib.evaluation.boundary.render_theme import (
    BY_VARIABLE,
    HATCHES,
    LIGHT,
    MARKS,
    PANEL_SIZE,
    Colours,
    drawn,
    shortened,
    style,
    with_variables,
)
from prorl_rllib.evaluation.boundary.report import OUTCOMES, BoundaryReport

DOTS_PER_INCH = 130
COLUMNS = 3
"""Most panels side by side in a PNG."""
TITLE_LENGTH = 40
# What matplotlib would write of itself, with addresses.
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


class Panel(NamedTuple):
    """Attributes: its heading; its content in words; what draws it on axes in given colours; its size in inches."""

    title: str
    alt: str
    draw: Callable[[Axes, Colours], None]
    size: tuple[float, float] = PANEL_SIZE


def panels(report: BoundaryReport) -> dict[str, list[Panel]]:
    """Return the panels of each picture that the report has figures for, by the picture's name.

    Args:
        report: The report.
    """
    found = {
        "pass_at_k": _pass_at_k_panels(report),
        "outcomes": _outcome_panels(report),
        "gain": _gain_panels(report),
        "difficulty": _difficulty_panels(report),
        "pass_at_1": _pass_at_1_panels(report),
    }
    return {name: each for name, each in found.items() if each}


def _pass_at_k_panels(report: BoundaryReport) -> list[Panel]:
    """Return a panel a family."""
    ks = report.settings.ks
    return [
        Panel(family.name, pass_at_k_alt(family, ks), partial(draw_pass_at_k, family=family, ks=ks))
        for family in report.families
    ]


def _outcome_panels(report: BoundaryReport) -> list[Panel]:
    """Return one panel of all families."""
    size = PANEL_SIZE[0], 0.75 + 0.62 * len(report.families)
    return [Panel("Tasks by outcome", outcomes_alt(report), partial(draw_outcomes, families=report.families), size)]


def _gain_panels(report: BoundaryReport) -> list[Panel]:
    """Return a panel a correlation."""
    return [
        Panel(
            f"over {each.over}, {each.method.replace('_', ' ')}", gain_alt(each), partial(draw_gain, correlation=each)
        )
        for each in report.correlations
    ]


def _difficulty_panels(report: BoundaryReport) -> list[Panel]:
    """Return a panel a curve, for k = 1 and K."""
    return [
        Panel(
            f"{curve.env}, pass@{k}",
            difficulty_alt(report, curve, k),
            partial(draw_difficulty, report=report, curve=curve, k=k),
        )
        for curve in report.difficulty_curves
        for k in dict.fromkeys((1, report.settings.boundary_k))
    ]


def _pass_at_1_panels(report: BoundaryReport) -> list[Panel]:
    """Return a panel a family."""
    size = PANEL_SIZE[0], 0.75 + 0.75 * len(report.models)
    return [
        Panel(family.name, pass_at_1_alt(family), partial(draw_pass_at_1, family=family), size)
        for family in report.families
    ]


def write_pngs(report: BoundaryReport, folder: Path) -> list[Path]:
    """Write each picture as a PNG file.

    Args:
        report: The report.
        folder: A folder that exists.

    Returns:
        The files.
    """
    written = []
    for name, drawn_panels in panels(report).items():
        with style(LIGHT, name):
            written.append(_write_png(report, name, drawn_panels, folder / f"{name}.png"))
    return written


def _write_png(report: BoundaryReport, name: str, drawn_panels: Sequence[Panel], path: Path) -> Path:
    """Write the panels of one picture, side by side, with one legend."""
    columns = min(COLUMNS, len(drawn_panels))
    rows = -(-len(drawn_panels) // columns)
    width, height = (max(each.size[side] for each in drawn_panels) for side in (0, 1))
    figure = Figure(figsize=(columns * width, rows * (height + 0.3) + 0.4), dpi=DOTS_PER_INCH, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).flatten()
    for axes, panel in zip(grid, drawn_panels, strict=False):
        panel.draw(axes, LIGHT)
        title = drawn(shortened(visible(panel.title), TITLE_LENGTH))
        axes.set_title(title, loc="left", fontweight="bold")
    for axes in grid[len(drawn_panels) :]:
        axes.set_axis_off()
    if handles := _legend(report, name):
        figure.legend(handles=handles, loc="outside upper left", ncols=len(handles), frameon=False)
    figure.savefig(path, facecolor=LIGHT["surface"])
    return path


def _legend(report: BoundaryReport, name: str) -> list[Artist]:
    """Return the entries of a picture's legend."""
    if name == "outcomes":
        return [
            Patch(facecolor=LIGHT[each], edgecolor=LIGHT["surface"], hatch=HATCHES[each], label=each)
            for each in OUTCOMES
        ]
    if name == "gain":
        return [Line2D([], [], color=LIGHT["muted"], linestyle=POSSIBLE, label="most and least that is possible")]
    lines: list[Artist] = [
        Line2D([], [], color=LIGHT[role], linestyle=MARKS[role].line, marker=MARKS[role].point, label=role)
        for role in report.models
    ]
    if name == "difficulty":
        lines.append(Line2D([], [], color=LIGHT["muted"], linewidth=4.0, alpha=0.35, label="trained on"))
    return [] if name == "pass_at_1" else lines


def svg(panel: Panel, salt: str) -> str:
    """Draw a panel as an `<svg>` element for a page that defines the colours as variables (`--ink`, `--base`, ...).

    Args:
        panel: The panel, drawn without its title.
        salt: A word that no other picture of the page has, for the ids inside.
    """
    with style(BY_VARIABLE, salt):
        figure = Figure(figsize=panel.size, layout="constrained")
        panel.draw(figure.subplots(), BY_VARIABLE)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata=NO_METADATA)
    text = buffer.getvalue()
    # The XML declaration and the document type have no place within a page; ids of groups would repeat.
    element = re.sub(r'<g id="[^"]*"', "<g", text[text.index("<svg") :]).strip()
    return with_variables(re.sub(r' (?:width|height)="[\d.]+pt"', "", element, count=2))
