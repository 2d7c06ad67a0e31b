"""Means over seeds and differences between arms, with intervals: pure functions of numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from scipy import stats


@dataclass(frozen=True)
class Estimate:
    """A mean and the interval that holds it.

    Attributes:
        mean: the mean of the values.
        low: lower bound of the interval; NaN for fewer than two values.
        high: upper bound of the interval; NaN for fewer than two values.
        count: number of values.
    """

    mean: float
    low: float
    high: float
    count: int

    @property
    def sign(self) -> int:
        """1 if the whole interval is above 0, -1 if it is below, 0 if it holds 0 or there is none."""
        return (self.low > 0) - (self.high < 0)


def t_interval(values: Sequence[float], level: float = 0.95) -> Estimate:
    """Estimate a mean with Student's t interval, which takes the values for normal.

    Args:
        values: independent values, at least one; one a seed.
        level: probability with which such an interval holds the mean, in (0, 1).

    Returns:
        The estimate: mean -+ t sd / sqrt(n), with n - 1 degrees of freedom.

    Raises:
        ValueError: if there are no values.
    """
    if not values:
        raise ValueError("an interval needs values, got none.")
    mean, count = fmean(values), len(values)
    if count < 2:
        return Estimate(mean, math.nan, math.nan, count)
    half = float(stats.t.ppf((1 + level) / 2, count - 1)) * stdev(values) / math.sqrt(count)
    return Estimate(mean, mean - half, mean + half, count)


def paired_difference(values: Mapping[int, float], baseline: Mapping[int, float]) -> Estimate | None:
    """Estimate by how much an arm differs from another, seed by seed.

    Args:
        values: value of the arm by seed.
        baseline: value of the other arm by seed.

    Returns:
        The mean of the differences over the seeds that both have, with its 95 % interval; None if there is no such
        seed.
    """
    differences = [values[seed] - baseline[seed] for seed in sorted(values.keys() & baseline.keys())]
    return t_interval(differences) if differences else None


def verdict(name: str, baseline: str, difference: Estimate | None) -> str:
    """Say in words what a difference comes to.

    Args:
        name: the arm.
        baseline: the arm that it is compared with.
        difference: their paired difference.
    """
    if difference is None or difference.count < 2:
        return f"{name}, compared with {baseline}: too few seeds for a verdict."
    words = {1: "higher", -1: "lower", 0: "no difference can be told at this size"}[difference.sign]
    return f"{name}, compared with {baseline}: {words} ({signed(difference)}, {difference.count} seeds)."


def plain(estimate: Estimate) -> str:
    """Write an estimate as `0.812 [0.790, 0.834]`."""
    return f"{estimate.mean:.3f}{_interval(estimate, '.3f')}"


def signed(estimate: Estimate) -> str:
    """Write an estimate as `+0.012 [-0.010, +0.034]`."""
    return f"{estimate.mean:+.3f}{_interval(estimate, '+.3f')}"


def _interval(estimate: Estimate, form: str) -> str:
    return "" if math.isnan(estimate.low) else f" [{estimate.low:{form}}, {estimate.high:{form}}]"
