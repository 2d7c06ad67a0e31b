"""Weaker start, stronger gain (ProRL, section 4): how the gain goes with the strength of the base."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from prorl_rllib.evaluation.boundary.estimator import Estimator
from prorl_rllib.evaluation.boundary.family import Tasks
from prorl_rllib.evaluation.boundary.model_samples import TaskSamples
from prorl_rllib.evaluation.boundary.report import GainCorrelation, GainPoint, Interval
from prorl_rllib.evaluation.pass_at_k import pass_at_k

LEAST_FAMILIES = 3
"""Families that are shown as points."""
LEAST_POINTS = 5
"""Points that a correlation needs: most resamples of fewer lie on a line, and it seems certain."""
# Ranks of each resample are costly, and an interval of a correlation needs no third digit.
_MOST_RESAMPLES = 2_000
_VALUES_AT_A_TIME = 2**21
# Points that are equal differ by their rounding, which is no spread and no rank.
_DECIMALS = 12
_ROUNDING = 10.0**-_DECIMALS

Values = NDArray[np.float64]
Over = Literal["families", "tasks"]
Method = Literal["all_samples", "split_half"]


def gain_correlations(families: Mapping[str, Tasks], k: int, estimator: Estimator) -> tuple[GainCorrelation, ...]:
    """Correlate the gain in pass@k with the base's pass@k, over families and over tasks.

    Each is given twice. From all samples, strength and gain share the base's luck: a task that the base solved by luck
    looks strong and gains little, so that the correlation is below 0 even if training does the same for every task
    (regression to the mean). Split in half, strength and gain are from different samples of the base, and luck drops
    out; k is then at most half of the samples.

    Args:
        families: The tasks of each family, by its name.
        k: Samples of an attempt.
        estimator: Level, seed and resamples of the intervals; a correlation takes at most 2000 resamples.

    Returns:
        Over families from all samples and split in half, if there are 3 or more; then likewise over tasks. The
        coefficients need 5 points, spread in both, and in the trained model: where that is the same everywhere, the
        gain is what the base leaves, on a line with it by arithmetic.
    """
    half = min(k, max((min(task.samples) for tasks in families.values() for task in tasks["base"]), default=0))
    made: dict[Method, tuple[int, tuple[GainPoint, ...]]] = {
        "all_samples": (k, _points(families, k, _from_all_samples))
    }
    if half:
        made["split_half"] = half, _points(families, half, _from_halves)
    over_families = [
        _correlate("families", method, used_k, _family_means(points), estimator)
        for method, (used_k, points) in made.items()
        if len(families) >= LEAST_FAMILIES
    ]
    over_tasks = [_correlate("tasks", method, used_k, points, estimator) for method, (used_k, points) in made.items()]
    return (*over_families, *over_tasks)


def _points(
    families: Mapping[str, Tasks],
    k: int,
    compare: Callable[[TaskSamples, TaskSamples, int], tuple[float, float] | None],
) -> tuple[GainPoint, ...]:
    """Return strength and gain of every task that has judged samples enough."""
    points = []
    for name, tasks in families.items():
        for base, trained in zip(tasks["base"], tasks["trained"], strict=True):
            if (values := compare(base, trained, k)) is not None:
                points.append(GainPoint(label=base.task_id, family=name, base=values[0], gain=values[1]))
    return tuple(points)


def _from_all_samples(base: TaskSamples, trained: TaskSamples, k: int) -> tuple[float, float] | None:
    """Return the base's pass@k and the gain; None with too few judged samples."""
    if min(base.num_samples, trained.num_samples) < k:
        return None
    strength = pass_at_k(base.num_samples, base.num_correct, k)
    return strength, pass_at_k(trained.num_samples, trained.num_correct, k) - strength


def _from_halves(base: TaskSamples, trained: TaskSamples, k: int) -> tuple[float, float] | None:
    """Return pass@k of the base's even samples, and the gain over its odd ones; None with too few judged samples."""
    if min(*base.samples, trained.num_samples) < k:
        return None
    even, odd = (pass_at_k(samples, right, k) for samples, right in zip(base.samples, base.correct, strict=True))
    return even, pass_at_k(trained.num_samples, trained.num_correct, k) - odd


def _family_means(points: Sequence[GainPoint]) -> tuple[GainPoint, ...]:
    """Return a point a family: the means of those of its tasks."""
    means = []
    for name in dict.fromkeys(point.family for point in points):
        own = [point for point in points if point.family == name]
        base, gain = (float(np.mean(values)) for values in ([p.base for p in own], [p.gain for p in own]))
        means.append(GainPoint(label=name, family=name, base=base, gain=gain))
    return tuple(means)


def _correlate(
    over: Over, method: Method, k: int, points: tuple[GainPoint, ...], estimator: Estimator
) -> GainCorrelation:
    """Return both coefficients with their intervals and p-values; None without points enough, or without spread."""
    x, y = (np.round(values, _DECIMALS) for values in ([p.base for p in points], [p.gain for p in points]))
    trained = x + y if method == "all_samples" else y
    known = len(points) >= LEAST_POINTS and all(np.ptp(values) > _ROUNDING for values in (x, y, trained))
    pearson, spearman = (stats.pearsonr(x, y), stats.spearmanr(x, y)) if known else (None, None)
    return GainCorrelation(
        over=over,
        method=method,
        k=k,
        points=points,
        pearson=_interval(float(pearson.statistic), x, y, pearson_of, estimator) if pearson else None,
        pearson_p=float(pearson.pvalue) if pearson else None,
        spearman=_interval(float(spearman.statistic), x, y, spearman_of, estimator) if spearman else None,
        spearman_p=float(spearman.pvalue) if spearman else None,
    )


def _interval(
    mean: float, x: Values, y: Values, coefficient: Callable[[Values, Values], Values], estimator: Estimator
) -> Interval:
    """Return a coefficient with its percentile bootstrap interval over points."""
    generator = np.random.default_rng(estimator.seed)
    left, drawn = min(estimator.resamples, _MOST_RESAMPLES), []
    while left:
        count = min(left, max(1, _VALUES_AT_A_TIME // len(x)))
        places = generator.integers(len(x), size=(count, len(x)))
        drawn.append(coefficient(x[places], y[places]))
        left -= count
    tail = (1.0 - estimator.level) / 2
    # A resample without spread has no correlation.
    low, high = np.nanquantile(np.concatenate(drawn), (tail, 1.0 - tail))
    return Interval(mean=mean, low=float(low), high=float(high))


def pearson_of(x: Values, y: Values) -> Values:
    """Return the correlation along the last axis; NaN where there is no spread.

    Args:
        x: Shape (resamples, points).
        y: The same shape.
    """
    spread = (np.ptp(x, axis=-1) > _ROUNDING) & (np.ptp(y, axis=-1) > _ROUNDING)
    x, y = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Values = (x * y).sum(-1) / np.sqrt((x * x).sum(-1) * (y * y).sum(-1))
    # A mean of equal values differs from them by its rounding, from which a correlation of +-1 could be made.
    return np.where(spread, found, np.nan)


def spearman_of(x: Values, y: Values) -> Values:
    """Return the correlation of ranks along the last axis; NaN where there is no spread.

    Args:
        x: Shape (resamples, points).
        y: The same shape.
    """
    return pearson_of(stats.rankdata(x, axis=-1), stats.rankdata(y, axis=-1))
