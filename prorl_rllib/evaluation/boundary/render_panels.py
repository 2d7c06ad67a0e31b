"""The panels of a report's pictures: each draws one thing on given axes."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from prorl_rllib.evaluation.boundary.render_text import visible
from prorl_rllib.evaluation.boundary.render_theme import (
    HATCHES,
    MARKS,
    SMALL_FONT_SIZE,
    Colours,
    drawn,
    shortened,
    tidy,
)
from prorl_rllib.evaluation.boundary.report import (
    OUTCOMES,
    BoundaryReport,
    DifficultyCurve,
    FamilyReport,
    GainCorrelation,
    GainPoint,
    HistogramBin,
    Interval,
    ModelFigures,
    Role,
)

LABEL_LENGTH = 22
"""Characters of a label inside a picture."""
MAX_LABELLED = 10
"""Families up to which a plot names each point."""
MAX_K_LABELS = 9
POSSIBLE = (0, (2, 3))
"""Line style of what a gain can be at most and at least."""


def draw_curve(axes: Axes, colours: Colours, role: Role, xs: Sequence[float], estimates: Sequence[Interval]) -> None:
    """Draw a line of estimates with the band of their intervals.

    Args:
        axes: Where.
        colours: The colours.
        role: Whose estimates they are.
        xs: Their places.
        estimates: As many estimates.
    """
    mark, colour = MARKS[role], colours[role]
    band = [each.low for each in estimates], [each.high for each in estimates]
    axes.fill_between(xs, *band, color=colour, alpha=0.18, linewidth=0)
    means = [each.mean for each in estimates]
    points: dict[str, Any] = {"marker": mark.point, "markersize": 4.2, "markerfacecolor": colour, "markeredgewidth": 0}
    axes.plot(xs, means, color=colour, linestyle=mark.line, linewidth=1.8, label=role, clip_on=False, **points)


def draw_pass_at_k(axes: Axes, colours: Colours, family: FamilyReport, ks: Sequence[int]) -> None:
    """Draw pass@k over k, a curve a model.

    Args:
        axes: Where.
        colours: The colours.
        family: The family.
        ks: The k, ascending.
    """
    for role, figures in family.models.items():
        found = [(k, figures.pass_at[k]) for k in ks if k in figures.pass_at]
        draw_curve(axes, colours, role, [k for k, _ in found], [estimate for _, estimate in found])
    axes.set_xscale("log", base=2)
    step = -(-len(ks) // MAX_K_LABELS)
    axes.set_xticks(ks[::step], [str(k) for k in ks[::step]])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("k, samples an attempt")
    _share_axis(axes, "pass@k")


def draw_pass_at_1(axes: Axes, colours: Colours, family: FamilyReport) -> None:
    """Draw how the tasks spread over pass@1, a row of bars a model, the base on top.

    Args:
        axes: Where.
        colours: The colours.
        family: The family.
    """
    tallest = max((each.count for figures in family.models.values() for each in figures.histogram), default=0) or 1
    for row, (role, figures) in enumerate(family.models.items()):
        floor = -1.45 * row
        _draw_bins(axes, figures, floor, tallest, colours)
        axes.axhline(floor, color=colours["muted"], linewidth=0.7)
        axes.text(5.5, floor + 1.06, role, color=colours["ink"], ha="center", va="bottom")
    axes.set_ylim(-1.45 * (len(family.models) - 1) - 0.02, 1.45)
    axes.set_xlim(-1.1, 12.1)
    tidy(axes)
    axes.set_yticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    # Between the bars of exactly 0 and exactly 1, ten bars of a tenth.
    labels = ["none", *(f"{tenth / 10:g}" for tenth in range(0, 11, 2)), "all"]
    axes.set_xticks([-0.4, *(0.5 + tenth for tenth in range(0, 11, 2)), 11.4], labels)
    axes.set_xlabel("share of a task's samples that are right")


def _draw_bins(axes: Axes, figures: ModelFigures, floor: float, tallest: int, colours: Colours) -> None:
    """Draw the bars of one model, with the counts of those tasks that it never or always solves."""
    for each in figures.histogram:
        place = _place(each)
        axes.bar(place, each.count / tallest, bottom=floor, width=0.86, color=colours[figures.role])
        if each.low == each.high:
            height = floor + each.count / tallest
            axes.text(place, height + 0.04, str(each.count), color=colours["ink"], ha="center", va="bottom")


def _place(bin_: HistogramBin) -> float:
    """Return where a bar stands: those of exactly 0 and exactly 1 a little apart."""
    if bin_.low == bin_.high:
        return -0.4 if bin_.low == 0.0 else 11.4
    return 10.0 * (bin_.low + bin_.high) / 2 + 0.5


def draw_gain(axes: Axes, colours: Colours, correlation: GainCorrelation) -> None:
    """Draw the gain against the strength of the base, points that coincide to two decimals as one larger point.

    Args:
        axes: Where.
        colours: The colours.
        correlation: The points.
    """
    # The most frequent place first, so that it hides no other.
    places = Counter((round(each.base, 2), round(each.gain, 2)) for each in correlation.points).most_common()
    largest = max((count for _, count in places), default=1)
    sizes = [30.0 + 260.0 * (count - 1) / largest for _, count in places]
    bases, gains = [base for (base, _), _ in places], [gain for (_, gain), _ in places]
    if correlation.method == "all_samples":
        # No gain can lie above the first line or below the second.
        axes.plot([0, 1], [1, 0], color=colours["muted"], linewidth=0.9, linestyle=POSSIBLE)
        axes.plot([0, 1], [0, -1], color=colours["muted"], linewidth=0.9, linestyle=POSSIBLE)
    axes.axhline(0.0, color=colours["muted"], linewidth=0.9)
    edge: dict[str, Any] = {"edgecolors": colours["surface"], "linewidths": 0.8}
    axes.scatter(bases, gains, s=sizes, color=colours["trained"], clip_on=False, zorder=3, **edge)
    lowest = min(0.0, *gains) if gains else 0.0
    axes.set_ylim(min(-0.1, 1.1 * lowest), 1.03)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xlabel(f"pass@{correlation.k} of the base")
    axes.set_ylabel(f"gain in pass@{correlation.k}")
    tidy(axes)
    if correlation.over == "families" and len(correlation.points) <= MAX_LABELLED:
        _name_points(axes, correlation.points, colours)


def _name_points(axes: Axes, points: Sequence[GainPoint], colours: Colours) -> None:
    """Name each point at the right of the plot, in the order of height, and join name and point with a thin line."""
    bottom, top = axes.get_ylim()
    ordered = sorted(points, key=lambda each: each.gain)
    step = (top - bottom) / MAX_LABELLED
    heights: list[float] = []
    for index, each in enumerate(ordered):
        # As near to its point as the name below it and the room for those above allow.
        room = top - step * (len(ordered) - index - 0.5)
        heights.append(min(max(each.gain, heights[-1] + step if heights else bottom + step / 2), room))
    for each, height in zip(ordered, heights, strict=True):
        axes.annotate(
            drawn(shortened(visible(each.label), LABEL_LENGTH)),
            xy=(each.base, each.gain),
            xytext=(1.08, height),
            color=colours["ink"],
            fontsize=SMALL_FONT_SIZE,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colours["muted"], "linewidth": 0.7, "shrinkA": 0, "shrinkB": 3},
        )


def draw_difficulty(axes: Axes, colours: Colours, report: BoundaryReport, curve: DifficultyCurve, k: int) -> None:
    """Draw pass@k over the difficulty of the families of one environment, and mark those that were trained on.

    Args:
        axes: Where.
        colours: The colours.
        report: The report.
        curve: The families.
        k: Of pass@k.
    """
    families = [report.family(name) for name in curve.families]
    places = list(zip(curve.difficulties, families, strict=True))
    for role in report.models:
        found = [(x, family.models[role].pass_at[k]) for x, family in places if k in family.models[role].pass_at]
        draw_curve(axes, colours, role, [x for x, _ in found], [estimate for _, estimate in found])
    for x, family in places:
        if family.training == "trained":
            axes.axvline(x, color=colours["muted"], linewidth=4.0, alpha=0.35, zorder=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=all(float(x).is_integer() for x in curve.difficulties)))
    axes.set_xlabel("difficulty")
    _share_axis(axes, f"pass@{k}")


def draw_outcomes(axes: Axes, colours: Colours, families: Sequence[FamilyReport]) -> None:
    """Draw a bar a family, divided into tasks gained, kept, lost and unsolved; the family's name above it.

    Args:
        axes: Where.
        colours: The colours.
        families: The families, from the top.
    """
    for row, family in enumerate(families):
        start, total = 0.0, sum(family.outcome_counts.values()) or 1
        for outcome in OUTCOMES:
            count = family.outcome_counts.get(outcome, 0)
            edge: dict[str, Any] = {"edgecolor": colours["surface" if HATCHES[outcome] else "muted"], "linewidth": 0.6}
            axes.barh(
                row, count / total, left=start, height=0.46, color=colours[outcome], hatch=HATCHES[outcome], **edge
            )
            if count / total >= 0.06:
                middle = start + count / total / 2
                ink = colours["ink" if outcome == "unsolved" else "surface"]
                axes.text(middle, row, str(count), color=ink, ha="center", va="center", fontsize=SMALL_FONT_SIZE)
            start += count / total
        name = drawn(shortened(visible(family.name), 2 * LABEL_LENGTH))
        axes.text(0.0, row - 0.29, name, color=colours["ink"], ha="left", va="bottom")
    axes.set_ylim(len(families) - 0.7, -0.62)
    axes.set_xlim(0.0, 1.0)
    axes.set_yticks([])
    axes.set_xlabel("share of the tasks (in the bars: tasks)")
    tidy(axes, grid="x")
    axes.spines["left"].set_visible(False)


def _share_axis(axes: Axes, label: str) -> None:
    """Let the y axis run from 0 to 1, in every panel."""
    axes.set_ylim(-0.02, 1.02)
    axes.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
    axes.set_ylabel(label)
    tidy(axes)
