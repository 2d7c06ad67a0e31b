"""How sure a mean over tasks is: bootstrap intervals of means and of paired differences, and exact ones of shares."""

import math
import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

# Bounds what a bootstrap holds at a time to 32 MB of indices.
_INDICES_AT_A_TIME = 2**22
# A jackknife takes the square of their number in time. Means of more tasks are next to normal, and BCa's corrections to
# percentiles next to nothing.
_MOST_TASKS_FOR_BCA = 5_000
# With fewer, the tails of the interval are single resamples.
_LEAST_RESAMPLES = 100
# Differences of estimates that are equal differ by their rounding, from which no interval can be made.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """A mean and the interval that holds it.

    Attributes:
        mean: The mean of the values, or the share.
        low: Lower bound of the interval; NaN where there is none, for a mean of a single value.
        high: Upper bound of the interval; NaN where there is none.
    """

    mean: float
    low: float
    high: float


SHARE_RANGE = (0.0, 1.0)
"""Least and greatest value of a share, such as pass@k of a task."""


def bootstrap_mean(
    values: ArrayLike,
    *,
    seed: int = 0,
    resamples: int = 10_000,
    level: float = 0.95,
    value_range: tuple[float, float] | None = None,
) -> Interval:
    """Estimate a mean over tasks with a bias-corrected and accelerated bootstrap interval (BCa, Efron 1987).

    The tasks are resampled, not the samples: a task's value, such as its pass@k, is one number however many samples it
    comes from, so that the interval says what other tasks of the same kind would have given. BCa, because the values
    are skewed where a model solves few tasks or nearly all: percentiles then hold the mean less often than they say.

    Args:
        values: Shape [T], one finite number a task, at least one.
        seed: Seed of the resampling: equal arguments give equal intervals.
        resamples: How often the tasks are resampled, at least 100.
        level: Probability with which such an interval holds the mean, in (0, 1).
        value_range: Least and greatest value that a task can have; None where there are none.

    Returns:
        The mean with its interval. Values that are all equal, but for rounding, give resampling nothing to go by: with
        `value_range` the interval is then that of `share_interval`, for the share of tasks that may have other values
        though none of these has, which are taken to be as far away as they can be; without it the interval has no
        width. A single value gives no interval.

    Raises:
        ValueError: for no values, values that are not finite or not of one dimension, or arguments out of range.
    """
    array = _checked(values)
    _check_level(level)
    if resamples < _LEAST_RESAMPLES:
        raise ValueError(f"resamples={resamples} must be at least {_LEAST_RESAMPLES}.")
    mean = float(array.mean())
    if len(array) == 1:
        return Interval(mean, math.nan, math.nan)
    if np.ptp(array) <= _ROUNDING:
        return _of_equal_values(mean, len(array), level, value_range)
    return Interval(mean, *_bounds(array, seed, resamples, level))


def _of_equal_values(mean: float, total: int, level: float, value_range: tuple[float, float] | None) -> Interval:
    """Return the interval of a mean of equal values; without a width where nothing bounds other values."""
    if value_range is None:
        return Interval(mean, mean, mean)
    least, greatest = value_range
    others = share_interval(0, total, level).high
    # Rounding may put the mean of values at the end of the range outside of it.
    return Interval(mean, mean + others * min(0.0, least - mean), mean + others * max(0.0, greatest - mean))


def _bounds(values: NDArray[np.float64], seed: int, resamples: int, level: float) -> tuple[float, float]:
    """Return the bounds of the mean by BCa; by percentiles where BCa has none, or its jackknife would take minutes."""
    if len(values) > _MOST_TASKS_FOR_BCA:
        return _bootstrap(values, seed, resamples, level, "percentile")
    bounds = _bootstrap(values, seed, resamples, level, "BCa")
    return bounds if np.isfinite(bounds).all() else _bootstrap(values, seed, resamples, level, "percentile")


def _bootstrap(
    values: NDArray[np.float64], seed: int, resamples: int, level: float, method: Literal["BCa", "percentile"]
) -> tuple[float, float]:
    """Return the bounds of the mean by one method; NaN where it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            (values,),
            np.mean,
            n_resamples=resamples,
            batch=max(1, _INDICES_AT_A_TIME // len(values)),
            vectorized=True,
            confidence_level=level,
            method=method,
            random_state=np.random.default_rng(seed),
        ).confidence_interval
    return float(found.low), float(found.high)


def bootstrap_difference(
    first: ArrayLike,
    second: ArrayLike,
    *,
    seed: int = 0,
    resamples: int = 10_000,
    level: float = 0.95,
    value_range: tuple[float, float] | None = None,
) -> Interval:
    """Estimate by how much the first of two models is better on the same tasks: the mean of `first - second`.

    The pairs are resampled, so that what makes a task hard for both is no part of the interval.

    Args:
        first: Shape [T], one finite number a task.
        second: Shape [T], the other model's, in the same order of tasks.
        seed: Seed of the resampling.
        resamples: How often the tasks are resampled.
        level: Probability with which such an interval holds the difference, in (0, 1).
        value_range: Least and greatest value that a task can have with either model; None where there are none.

    Returns:
        The mean difference with its interval, as `bootstrap_mean` gives it.

    Raises:
        ValueError: for different numbers of tasks, and as `bootstrap_mean` does.
    """
    one, other = _checked(first), _checked(second)
    if len(one) != len(other):
        raise ValueError(f"the models must have the same tasks, got values of {len(one)} and of {len(other)}.")
    width = None if value_range is None else value_range[1] - value_range[0]
    return bootstrap_mean(
        one - other,
        seed=seed,
        resamples=resamples,
        level=level,
        value_range=None if width is None else (-width, width),
    )


def share_interval(successes: int, total: int, level: float = 0.95) -> Interval:
    """Estimate a share with the exact interval of Clopper and Pearson (1934), which holds it at least as often as said.

    Unlike a bootstrap it has a width where none or all succeeded: of 0 in 50 tasks the upper bound at 95 % is 0.071.

    Args:
        successes: How many succeeded, in 0..total.
        total: Of how many, at least 1.
        level: Probability with which such an interval holds the share, in (0, 1). The two sides share what is left:
            each bound alone holds with probability `(1 + level) / 2`.

    Returns:
        The share with its interval.

    Raises:
        ValueError: for numbers out of range.
    """
    _check_level(level)
    if not 0 <= successes <= total or total < 1:
        raise ValueError(f"successes={successes} must be in 0..total={total}, and total at least 1.")
    found = stats.binomtest(successes, total).proportion_ci(level, method="exact")
    return Interval(successes / total, float(found.low), float(found.high))


def _checked(values: ArrayLike) -> NDArray[np.float64]:
    """Return one value a task as an array, or say what is wrong with them."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not len(array):
        raise ValueError(f"an interval needs one value a task, at least one; got an array of shape {array.shape}.")
    if not np.isfinite(array).all():
        raise ValueError(f"an interval needs finite values, got {array[~np.isfinite(array)][0]}.")
    return array


def _check_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ValueError(f"level={level} must be in (0, 1).")
