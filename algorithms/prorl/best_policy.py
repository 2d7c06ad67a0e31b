"""The policy of the best evaluation since the last reset: on disk, since no machine has memory to spare for it."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

_FILE = "best_policy.pt"

Weights = Mapping[str, torch.Tensor]


class BestPolicy:
    """Keeps the weights of the best evaluation in one file, which a better one replaces.

    Args:
        folder: The run's folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self._path = Path(folder) / _FILE
        self.score: float | None = None
        self.iteration = 0

    def offer(self, score: float, iteration: int, weights: Callable[[], Weights]) -> None:
        """Take the present policy unless the one kept is better; of equal ones the newer has been trained for longer.

        Args:
            score: Its evaluation, higher is better.
            iteration: The iteration that the evaluation followed.
            weights: Fetches its weights; called only if they are taken.
        """
        if self.score is None or score >= self.score:
            self._write(weights())
            self.score, self.iteration = score, iteration

    def _write(self, weights: Weights) -> None:
        aside = self._path.with_suffix(f".incomplete-{os.getpid()}")
        torch.save(dict(weights), aside)
        aside.replace(self._path)

    def load(self) -> dict[str, torch.Tensor] | None:
        """Return the weights kept; None when nothing was evaluated since the last reset."""
        if self.score is None:
            return None
        weights: dict[str, torch.Tensor] = torch.load(self._path, map_location="cpu", weights_only=True, mmap=True)
        return weights

    def forget(self) -> None:
        """Begin again, after a reset."""
        self.score = None
        self._path.unlink(missing_ok=True)

    def get_state(self) -> dict[str, Any]:
        """Return score, iteration and weights."""
        return {"score": self.score, "iteration": self.iteration, "weights": self.load()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over what another run kept.

        Args:
            state: What `get_state` returned.
        """
        self.forget()
        if state["weights"] is not None:
            self._write(state["weights"])
            self.score, self.iteration = state["score"], state["iteration"]
