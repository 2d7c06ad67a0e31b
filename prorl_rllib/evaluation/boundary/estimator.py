"""How the figures of a report are estimated: intervals over tasks at one level and seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prorl_rllib.evaluation import bootstrap
from prorl_rllib.evaluation.boundary.report import Interval

LEAST_TASKS = 2
"""Tasks that an interval over tasks needs."""


@dataclass(frozen=True)
class Estimator:
    """Estimates means and shares.

    Attributes:
        level: Level of the intervals.
        resamples: Bootstrap resamples.
        seed: Seed of the bootstrap.
    """

    level: float = 0.95
    resamples: int = 10_000
    seed: int = 0

    def mean(self, values: Sequence[float] | NDArray[np.float64]) -> Interval:
        """Return the mean over tasks, with its bootstrap interval.

        Args:
            values: One a task, at least two.
        """
        return _record(bootstrap.bootstrap_mean(values, **self._settings))

    def mean_share(self, values: Sequence[float] | NDArray[np.float64]) -> Interval:
        """Return the mean over tasks of what is in [0, 1], with its bootstrap interval.

        Args:
            values: One a task, at least two.
        """
        return _record(bootstrap.bootstrap_mean(values, value_range=bootstrap.SHARE_RANGE, **self._settings))

    def difference(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> Interval:
        """Return the mean of `first - second`, with its bootstrap interval over pairs.

        Args:
            first: One value a task, in [0, 1], at least two.
            second: Of the same tasks.
        """
        return _record(
            bootstrap.bootstrap_difference(first, second, value_range=bootstrap.SHARE_RANGE, **self._settings)
        )

    @property
    def _settings(self) -> dict[str, Any]:
        """Keyword arguments of the bootstrap."""
        return {"seed": self.seed, "resamples": self.resamples, "level": self.level}

    def share(self, successes: int, total: int) -> Interval:
        """Return a share, with the interval of Clopper and Pearson.

        Args:
            successes: How many succeeded.
            total: Of how many, at least 1.
        """
        return _record(bootstrap.share_interval(successes, total, self.level))


def _record(interval: bootstrap.Interval) -> Interval:
    """Return an interval as the report's record."""
    return Interval(mean=interval.mean, low=interval.low, high=interval.high)
