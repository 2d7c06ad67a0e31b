"""Reward shaping: what length does to a verifier's score."""

from typing import Any, Self

from ray.rllib.algorithms.algorithm_config import NotProvided

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.fluent_config import FluentConfig


class RewardsConfig(FluentConfig):
    """Settings of `rewards`."""

    def __init__(self, algo_class: type | None = None) -> None:
        super().__init__(algo_class=algo_class)
        self.truncation_coefficient: float | None = None
        self.soft_overlong_buffer: int | None = None
        self.soft_overlong_penalty = 1.0
        self.cosine_length: dict[str, float] | None = None
        self.cosine_length_on = 100
        self.cosine_length_off = 500

    def rewards(
        self,
        *,
        truncation_coefficient: float | None = NotProvided,
        soft_overlong_buffer: int | None = NotProvided,
        soft_overlong_penalty: float = NotProvided,
        cosine_length: dict[str, float] | None = NotProvided,
        cosine_length_on: int = NotProvided,
        cosine_length_off: int = NotProvided,
        **unknown: Any,
    ) -> Self:
        """Set how length shapes the rewards.

        In this order: dynamic sampling looks at the verifier's scores; then the truncation coefficient multiplies, the
        soft overlong penalty and the cosine length penalty are added, a KL term in the reward is subtracted; then come
        the advantages. The length of an episode is that of the completions of all its turns.

        Args:
            truncation_coefficient: Factor on the reward of a completion that ran into `max_completion_length`, in
                [0, 1]. The paper's form is not known; the recipes of v2 use 0. Default None, no such factor.
            soft_overlong_buffer: Tokens before `max_completion_length` over which DAPO's penalty falls from 0 to its
                lowest, in 1..`max_completion_length` (DAPO: 4096 of 20480). Default None, no penalty.
            soft_overlong_penalty: Size of that penalty at the limit, in units of reward, above 0. Default 1.0 (DAPO).
            cosine_length: v2's length penalty, `{"min", "max", "weight"}` in units of reward: `weight` times a value
                that falls from `max` at length 0 to `min` at `max_completion_length` along half a cosine. Default None;
                in v2 `{"min": -0.5, "max": 0.0, "weight": 1.0}` (ours: its report gives no values).
            cosine_length_on: Updates in a row with that penalty, at least 1. Default 100 (v2).
            cosine_length_off: Updates in a row without it, at least 0; 0 for always on. Default 500 (v2).
            **unknown: Refused.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "unknown")}
        check_keys("rewards", unknown, values)
        return self._set(values)
