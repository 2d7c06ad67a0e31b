"""The picture of a sweep: a curve an arm, its resets below, its result with an interval beside."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from prorl_rllib.cli.training.learning_curve import COLOURS, OVER_ALL
from prorl_rllib.sweeps.statistics import t_interval
from prorl_rllib.sweeps.trials import Trial

SIZE = (11.0, 5.6)
"""Inches."""
DOTS_PER_INCH = 130

ByArm = Mapping[str, Sequence[Trial]]


def draw_arms(trials: Sequence[Trial], path: Path, *, title: str, evaluations: int) -> Path:
    """Draw the arms of a sweep.

    Args:
        trials: the trials, in the order of the arms.
        path: where the PNG goes.
        title: heading.
        evaluations: newest evaluations of a trial whose mean is its result.

    Returns:
        `path`.
    """
    by_arm: dict[str, list[Trial]] = {}
    for trial in trials:
        by_arm.setdefault(trial.arm, []).append(trial)
    # The first arm is dark, the others have colours.
    colours = dict(zip(by_arm, (OVER_ALL, *(COLOURS * len(by_arm))), strict=False))
    figure = Figure(figsize=SIZE, dpi=DOTS_PER_INCH, layout="constrained")
    grid = figure.add_gridspec(2, 2, width_ratios=(1.7, 1.0), height_ratios=(3.2, 1.0))
    curves = figure.add_subplot(grid[0, 0])
    marks = figure.add_subplot(grid[1, 0], sharex=curves)
    results = figure.add_subplot(grid[:, 1])
    _draw_curves(curves, by_arm, colours)
    _draw_resets(marks, by_arm, colours)
    _draw_results(results, by_arm, colours, evaluations)
    curves.set_title(title, loc="left", fontweight="bold")
    curves.legend(loc="lower right", frameon=False, fontsize=8)
    figure.savefig(path)
    return path


def _draw_curves(axes: Axes, by_arm: ByArm, colours: Mapping[str, str]) -> None:
    """Draw the mean over seeds, and a band from the lowest to the highest."""
    for arm, trials in by_arm.items():
        iterations = sorted(set.intersection(*(set(trial.scores) for trial in trials)))
        columns = [[trial.scores[iteration] for trial in trials] for iteration in iterations]
        axes.plot(iterations, [fmean(column) for column in columns], color=colours[arm], linewidth=1.6, label=arm)
        lows, highs = [min(column) for column in columns], [max(column) for column in columns]
        axes.fill_between(iterations, lows, highs, color=colours[arm], alpha=0.12, linewidth=0)
    axes.set_ylabel("held-out pass@1\n(mean, lowest and highest seed)")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.tick_params(labelbottom=False)
    _tidy(axes)


def _draw_resets(axes: Axes, by_arm: ByArm, colours: Mapping[str, str]) -> None:
    """Mark the resets of each trial, a row an arm."""
    for row, (arm, trials) in enumerate(by_arm.items()):
        iterations = [iteration for trial in trials for iteration in trial.resets]
        axes.plot(iterations, [row] * len(iterations), "|", color=colours[arm], markersize=9, alpha=0.8)
    axes.set_ylim(len(by_arm) - 0.4, -0.6)
    axes.set_yticks([])
    axes.set_ylabel("resets")
    axes.set_xlabel("training iteration")
    _tidy(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))


def _draw_results(axes: Axes, by_arm: ByArm, colours: Mapping[str, str], evaluations: int) -> None:
    """Draw each arm's result with its interval, and its seeds as small dots."""
    for row, (arm, trials) in enumerate(by_arm.items()):
        values = [trial.final_score(evaluations) for trial in trials]
        estimate = t_interval(values)
        axes.plot(values, [row + 0.18] * len(values), "o", color=colours[arm], markersize=3.5, alpha=0.6)
        if not math.isnan(estimate.low):
            axes.plot([estimate.low, estimate.high], [row, row], color=colours[arm], linewidth=2.0)
        axes.plot([estimate.mean], [row], "o", color=colours[arm], markersize=7)
    axes.set_ylim(len(by_arm) - 0.4, -0.6)
    axes.set_yticks(range(len(by_arm)), [arm.replace(", ", ",\n") for arm in by_arm], fontsize=8)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel("held-out pass@1 at the end\n(mean over seeds, 95 % interval, seeds below)")
    _tidy(axes)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)


def _tidy(axes: Axes) -> None:
    """Take away what carries no information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
