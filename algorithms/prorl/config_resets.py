"""When the policy is copied into the reference, and what becomes of the optimizer."""

from typing import Any, Literal, Self

from ray.rllib.algorithms.algorithm_config import NotProvided

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.fluent_config import FluentConfig


class ReferenceResetConfig(FluentConfig):
    """Settings of `reference_reset`; the attributes begin with `reset_`."""

    def __init__(self, algo_class: type | None = None) -> None:
        super().__init__(algo_class=algo_class)
        self.reset_period: int | None = None
        self.reset_plateau_evaluations: int | None = 3
        self.reset_plateau_min_gain = 0.005
        self.reset_kl_budget: float | None = None
        self.reset_entropy_floor: float | None = None
        self.reset_min_spacing = 100
        self.reset_to: Literal["current", "best"] = "current"
        self.reset_clear_optimizer = True
        self.reset_checkpoint_before = True

    def reference_reset(
        self,
        *,
        period: int | None = NotProvided,
        plateau_evaluations: int | None = NotProvided,
        plateau_min_gain: float = NotProvided,
        kl_budget: float | None = NotProvided,
        entropy_floor: float | None = NotProvided,
        min_spacing: int = NotProvided,
        to: Literal["current", "best"] = NotProvided,
        clear_optimizer: bool = NotProvided,
        checkpoint_before: bool = NotProvided,
        **unknown: Any,
    ) -> Self:
        """Set when the policy is copied into the reference, and what happens to the optimizer.

        The paper resets when the validation score stagnates and gives no numbers; those below are ours, v2's period is
        within its 200 to 500.

        Args:
            period: Iterations between two resets, at least `min_spacing`; None for none, or for 300 where there is
                no evaluation. Default None; v2: 300.
            plateau_evaluations: Evaluations in a row without a gain that cause a reset, at least 1; None for never.
                Default 3.
            plateau_min_gain: Gain of held-out pass@1 that counts as one, at least 0. Default 0.005.
            kl_budget: KL to the reference, nats a token, that causes a reset, above 0. Default None, never.
            entropy_floor: Entropy, nats a token, below which a reset is due, at least 0. Default None, never.
            min_spacing: Iterations between two resets at least, 1 or more. Default 100.
            to: "current", the policy as it is, or "best", the policy of the best evaluation, which needs evaluation.
                Default "current" (paper).
            clear_optimizer: Clear AdamW's state and warm the learning rate up again (paper; v2 does not). Default True.
            checkpoint_before: Write a checkpoint before each reset, which stays. Default True (ours).
            **unknown: Refused.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "unknown")}
        check_keys("reference_reset", unknown, values)
        return self._set({f"reset_{key}": value for key, value in values.items()})
