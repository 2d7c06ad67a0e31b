"""The coefficient of the KL term, adapted to hold the KL at a target: a pure state machine, without tensors."""

import math
from dataclasses import dataclass
from typing import Any

# Ziegler et al. bound the relative error, so that no single estimate moves the coefficient far.
_MAX_RELATIVE_ERROR = 0.2


@dataclass
class AdaptiveKLController:
    """Raises the coefficient while the KL is above its target and lowers it while it is below.

    Ziegler et al. 2019 (arXiv 1909.08593, section 2.2), with their code's gain a sample rather than an update:
    `coeff *= 1 + clip(KL / target - 1, -0.2, 0.2) num_samples / horizon`.

    Attributes:
        coeff: The coefficient in force, above 0: at 0 it could never rise again.
        target: The KL to hold, in the unit of what `update` is given, above 0.
        horizon: Samples over which the coefficient changes by at most a fifth, above 0.
    """

    coeff: float
    target: float
    horizon: float = 10_000.0

    def __post_init__(self) -> None:
        for name in ("coeff", "target", "horizon"):
            _check_positive(name, getattr(self, name))

    def update(self, kl: float, num_samples: int) -> float:
        """Adapt the coefficient to a measured KL.

        Args:
            kl: The mean KL over the samples and over all learners; every learner must give the same number.
            num_samples: Completions that it was measured on, over all learners, at least 0 and below 5 horizons, where
                a KL of 0 would bring the coefficient to 0 at once.

        Returns:
            The new coefficient.

        Raises:
            ValueError: if `kl` is not finite (leave such an update out) or `num_samples` is out of range.
        """
        if not math.isfinite(kl):
            raise ValueError(f"kl must be finite, got {kl}.")
        most = self.horizon / _MAX_RELATIVE_ERROR
        if not 0 <= num_samples < most:
            raise ValueError(f"num_samples must be in [0, {most:g}), 5 horizons, got {num_samples}: raise horizon.")
        error = min(max(kl / self.target - 1.0, -_MAX_RELATIVE_ERROR), _MAX_RELATIVE_ERROR)
        self.coeff *= 1.0 + error * num_samples / self.horizon
        return self.coeff

    def get_state(self) -> dict[str, Any]:
        """Return what a checkpoint needs: the coefficient. Target and horizon are settings."""
        return {"coeff": self.coeff}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over the coefficient of a checkpoint.

        Args:
            state: What `get_state` returned.

        Raises:
            ValueError: if the coefficient is not a positive number.
        """
        _check_positive("coeff", state["coeff"])
        self.coeff = float(state["coeff"])


def _check_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a positive number, got {value}.")
