"""The picture of a ProRL run: reward and held-out pass@1 above, the distance to the reference below."""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from prorl_rllib.cli.metrics import Result, domains, number, pass_at_1

# Colours that people with colour blindness tell apart (Okabe and Ito).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
OVER_ALL = "#222222"
RESET = "#888888"
STAGE = "#BBBBBB"
# How the line of a reset is drawn, by the reason for it.
RESET_STYLES: dict[str, Any] = {
    "plateau": ":",
    "period": (0, (1, 3)),
    "kl_budget": "--",
    "entropy_floor": "-.",
    "user": "-",
    "stage": (0, (6, 2)),
}

Points = tuple[list[float], list[float]]


def series(rows: Sequence[Result], path: str) -> Points:
    """Collect a metric over the iterations.

    Args:
        rows: results in order of iteration.
        path: the metric, see `prorl_rllib.cli.metrics.lookup`.

    Returns:
        Iterations and values, where the metric is present and not NaN.
    """
    points = [(float(row["training_iteration"]), number(row, path)) for row in rows]
    kept = [(x, y) for x, y in points if y is not None and not math.isnan(y)]
    return [x for x, _ in kept], [y for _, y in kept]


def evaluation_series(rows: Sequence[Result]) -> dict[str, Points]:
    """Collect held-out pass@1 over the iterations; the evaluation before training counts as iteration 0.

    Args:
        rows: results in order of iteration.

    Returns:
        Iterations and pass@1 in [0, 1] under "all" and each domain's name.
    """
    collected: dict[str, Points] = {}
    for row in rows:
        iteration = float(row["training_iteration"])
        for kind, x in (("evaluation_initial", iteration - 1), ("evaluation", iteration)):
            for name, share in pass_at_1(row, kind).items():
                xs, ys = collected.setdefault(name, ([], []))
                xs.append(x)
                ys.append(share)
    return collected


def resets(rows: Sequence[Result]) -> list[float]:
    """List the iterations in which the reference was reset."""
    return [float(row["training_iteration"]) for row in rows if number(row, "prorl/reference_reset")]


def resets_by_reason(rows: Sequence[Result]) -> dict[str, list[float]]:
    """Sort the iterations in which the reference was reset by the reason that was given."""
    sorted_out: dict[str, list[float]] = {}
    for row in rows:
        if number(row, "prorl/reference_reset"):
            reason = str(row.get("reference_reset_reason") or "")
            sorted_out.setdefault(reason, []).append(float(row["training_iteration"]))
    return sorted_out


def stages(rows: Sequence[Result]) -> list[tuple[float, int]]:
    """List the iterations in which a stage began, with its number."""
    begun, numbers = [], series(rows, "prorl/stage")
    for index, (x, stage) in enumerate(zip(*numbers, strict=True)):
        if stage > (numbers[1][index - 1] if index else 0):
            begun.append((x, int(stage)))
    return begun


def _smoothed(values: Sequence[float]) -> list[float]:
    """Average each value with its neighbours, over a window of a twentieth of the run."""
    reach = max(1, len(values) // 40)
    windows = [values[max(0, i - reach) : i + reach + 1] for i in range(len(values))]
    return [sum(window) / len(window) for window in windows]


def _colours(rows: Sequence[Result], evaluated: dict[str, Points]) -> dict[str, str]:
    """Give each domain a colour, and the whole a dark one."""
    names = sorted({name for row in rows for name in domains(row)} | (set(evaluated) - {"all"}))
    return {"all": OVER_ALL} | {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}


def _draw_rewards(axes: Axes, rows: Sequence[Result], colours: dict[str, str]) -> None:
    """Draw the training reward: thin as measured, thicker smoothed."""
    for name, colour in colours.items():
        path = "env_runners/episode_return_mean" if name == "all" else f"env_runners/domains/{name}/reward_mean"
        xs, ys = series(rows, path)
        if xs:
            axes.plot(xs, ys, color=colour, alpha=0.18, linewidth=0.8)
            axes.plot(xs, _smoothed(ys), color=colour, linewidth=1.5, label=f"{name}: training reward")


def _draw_evaluations(axes: Axes, evaluated: dict[str, Points], colours: dict[str, str]) -> None:
    """Draw held-out pass@1 as dots joined by dashes."""
    for name, (xs, ys) in evaluated.items():
        label = f"{name}: held-out pass@1"
        axes.plot(
            xs, ys, color=colours[name], linestyle=(0, (4, 2)), marker="o", markersize=5, linewidth=1.2, label=label
        )


def _draw_kl(axes: Axes, rows: Sequence[Result]) -> None:
    """Draw the KL divergence from the reference."""
    xs, ys = series(rows, "learners/default_policy/kl")
    axes.plot(xs, ys, color="#7B3294", linewidth=1.3)
    axes.set_ylabel("KL to the reference\n(nats per token)")
    axes.set_xlabel("training iteration")
    axes.set_ylim(bottom=min(0.0, min(ys, default=0.0)))


def _mark_resets(panels: Sequence[Axes], rows: Sequence[Result]) -> None:
    """Mark each reference reset with a vertical line through all panels, one entry of the legend a reason."""
    for reason, iterations in resets_by_reason(rows).items():
        text = f"reference reset: {reason}" if reason else "reference reset"
        for x, panel in itertools.product(iterations, panels):
            label = text if x == iterations[0] and panel is panels[0] else None
            style = RESET_STYLES.get(reason, ":")
            panel.axvline(x, color=RESET, linestyle=style, linewidth=1.4, zorder=0, label=label)


def _mark_stages(panels: Sequence[Axes], rows: Sequence[Result]) -> None:
    """Mark the beginning of each stage with a thick pale line and, in the upper panel, its number."""
    for x, stage in stages(rows):
        for panel in panels:
            panel.axvline(x, color=STAGE, linewidth=3.0, alpha=0.6, zorder=-1)
        panels[0].annotate(f"stage {stage}", (x, 1.0), xycoords=("data", "axes fraction"), fontsize=8, va="bottom")


def _tidy(axes: Axes) -> None:
    """Take away what carries no information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def draw_learning_curve(rows: Sequence[Result], path: Path, title: str = "ProRL") -> Path:
    """Draw a run: reward and pass@1 by domain, KL below, a vertical mark at each reference reset.

    Args:
        rows: results in order of iteration.
        path: where the PNG goes.
        title: heading.

    Returns:
        `path`.
    """
    figure = Figure(figsize=(9.5, 6.0), dpi=130, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2.4, 1.0))
    evaluated = evaluation_series(rows)
    colours = _colours(rows, evaluated)
    _draw_rewards(upper, rows, colours)
    _draw_evaluations(upper, evaluated, colours)
    _draw_kl(lower, rows)
    _mark_resets((upper, lower), rows)
    _mark_stages((upper, lower), rows)
    lowest, highest = upper.dataLim.intervaly
    # Rewards of an environment of one's own may lie outside [0, 1].
    upper.set_ylim(min(0.0, 1.02 * lowest), max(1.02, 1.02 * highest))
    upper.yaxis.set_major_formatter(PercentFormatter(1.0))
    upper.set_ylabel("reward, pass@1")
    upper.set_title(title, loc="left", fontweight="bold")
    for axes in (upper, lower):
        _tidy(axes)
    upper.tick_params(labelbottom=False)
    upper.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=9)
    figure.savefig(path)
    return path
