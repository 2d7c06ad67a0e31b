"""Sums of an update, from which its metrics are made, over micro-batches and learners."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from prorl_rllib.algorithms.prorl.collectives import Collectives


class LearnerTotals:
    """Collects sums and maxima over micro-batches, and values that are the same on all learners."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._maxima: dict[str, Tensor] = {}
        self.common: dict[str, float] = {}
        """Values that every learner has already in common."""

    def add(self, values: Mapping[str, Any]) -> None:
        """Add to the sums.

        Args:
            values: Name -> number or scalar tensor, of this learner's tokens alone.
        """
        for key, value in values.items():
            number = torch.as_tensor(value).double()
            self._sums[key] = self._sums[key] + number if key in self._sums else number

    def maximum(self, key: str, value: Tensor) -> None:
        """Raise a maximum.

        Args:
            key: Its name.
            value: Scalar tensor, of this learner's tokens alone.
        """
        self._maxima[key] = torch.maximum(self._maxima.get(key, value), value)

    def count(self, key: str, value: float = 1.0) -> None:
        """Add to a value that is the same on all learners.

        Args:
            key: Its name.
            value: What to add.
        """
        self.common[key] = self.common.get(key, 0.0) + value

    def over_learners(self, collectives: Collectives) -> dict[str, float]:
        """Return everything, reduced over learners; a learner without tokens has not noted all that the others have.

        Args:
            collectives: Joins the learners.
        """
        names = collectives.gather((sorted(self._sums), sorted(self._maxima)))
        sums = _reduced(self._sums, {name for some, _ in names for name in some}, 0.0, collectives.sum)
        maxima = _reduced(self._maxima, {name for _, some in names for name in some}, -math.inf, collectives.maximum)
        return {**sums, **maxima, **self.common}


def _reduced(
    values: Mapping[str, Tensor], names: set[str], missing: float, reduce: Callable[[Tensor], Tensor]
) -> dict[str, float]:
    ordered = sorted(names)
    if not ordered:
        return {}
    own = [float(values[name]) if name in values else missing for name in ordered]
    return dict(zip(ordered, reduce(torch.tensor(own, dtype=torch.float64)).tolist(), strict=True))
