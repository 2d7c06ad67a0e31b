"""Sums of an update, from which its metrics are made, over micro-batches and learners."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Reduce = Callable[[Tensor], Tensor]


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

    def over_learners(self, all_reduce: Reduce, all_maximum: Reduce) -> dict[str, float]:
        """Return everything, reduced over learners in one call each.

        Args:
            all_reduce: Sums a tensor over learners.
            all_maximum: Takes its maximum over learners.
        """
        sums, maxima = _reduced(self._sums, all_reduce), _reduced(self._maxima, all_maximum)
        return {**sums, **maxima, **self.common}


def _reduced(values: dict[str, Tensor], reduce: Reduce) -> dict[str, float]:
    if not values:
        return {}
    names = sorted(values)
    stacked = torch.stack([values[name].detach().cpu().double() for name in names])
    return dict(zip(names, reduce(stacked).tolist(), strict=True))
