"""The objective's settings: advantages, policy loss, KL term, corrections of a sampler that differs."""

from typing import Any, Self

from ray.rllib.algorithms.algorithm_config import NotProvided

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.fluent_config import FluentConfig


class ObjectiveConfig(FluentConfig):
    """Settings of the loss; `training` takes them too."""

    def __init__(self, algo_class: type | None = None) -> None:
        super().__init__(algo_class=algo_class)
        self.advantage_estimator = "grpo"
        self.advantage_statistics = "trajectory"
        self.advantage_std_normalize = True
        self.advantage_eps = 1e-6
        self.policy_loss = "clip"
        self.clip_low = 0.2
        self.clip_high = 0.4
        self.dual_clip: float | None = None
        self.loss_aggregation = "token_mean"
        self.kl_coeff = 1e-4
        self.kl_estimator = "k3"
        self.kl_placement = "loss"
        self.kl_target: float | None = None
        self.kl_horizon = 10_000
        self.old_logprobs: str | None = None
        self.mismatch_correction: str | None = None
        self.mismatch_low = 0.5
        self.mismatch_high = 5.0
        self.logprob_gap_alarm = 0.1

    def objective(
        self,
        *,
        advantage_estimator: str = NotProvided,
        advantage_statistics: str = NotProvided,
        advantage_std_normalize: bool = NotProvided,
        advantage_eps: float = NotProvided,
        policy_loss: str = NotProvided,
        clip_low: float = NotProvided,
        clip_high: float = NotProvided,
        dual_clip: float | None = NotProvided,
        loss_aggregation: str = NotProvided,
        kl_coeff: float = NotProvided,
        kl_estimator: str = NotProvided,
        kl_placement: str = NotProvided,
        kl_target: float | None = NotProvided,
        kl_horizon: int = NotProvided,
        old_logprobs: str | None = NotProvided,
        mismatch_correction: str | None = NotProvided,
        mismatch_low: float = NotProvided,
        mismatch_high: float = NotProvided,
        logprob_gap_alarm: float = NotProvided,
        **unknown: Any,
    ) -> Self:
        """Set what is optimised. `training` takes the same arguments.

        Args:
            advantage_estimator: "grpo" (group mean, group std), "rloo", "reinforce_plus_plus_baseline" (group mean,
                whitened over the rollout batch; v2) or "batch_std". Default "grpo" (paper).
            advantage_statistics: What REINFORCE++'s batch statistics count: "trajectory" (its report) or "token" (its
                code bases). Default "trajectory".
            advantage_std_normalize: GRPO: divide by the group's std; False is Dr. GRPO. Default True (paper).
            advantage_eps: Added to the std of GRPO and of "batch_std", above 0. Default 1e-6 (ours).
            policy_loss: "clip" (PPO's, paper), "gspo" (a ratio a sequence) or "cispo". Default "clip".
            clip_low: Distance of the lower clip bound from 1, in (0, 1]. Default 0.2 (paper).
            clip_high: Distance of the upper clip bound from 1, above 0. Default 0.4 (paper; v2's code: 0.27).
            dual_clip: Bound of the loss in units of |A| where A < 0, above 1 and for "clip" only; verl's default is 3.
                Default None, no bound (ours).
            loss_aggregation: "token_mean" (DAPO), "sequence_mean_token_mean" (GRPO as first published, GSPO) or
                "constant" (Dr. GRPO: a sequence's sum over `max_completion_length`). Default "token_mean" (ours).
            kl_coeff: Coefficient of the KL term, at least 0; 0 takes no reference. Default 1e-4 (technical report).
            kl_estimator: "k1", "k2" (v2), "k3", or "k3+" (value of k3, gradient of k2). Default "k3" (report).
            kl_placement: "loss" or "reward", never both. Default "loss" (paper).
            kl_target: KL to hold, nats a token, above 0: the coefficient adapts. Default None, a fixed one (paper).
            kl_horizon: Completions over which an adaptive coefficient changes by a fifth at most. Default 10000 (ours).
            old_logprobs: The ratio's denominator: "sampler", or "learner" (one more forward pass where a rollout batch
                has several optimizer steps). Default None: "learner" with a mismatch correction, else "sampler".
            mismatch_correction: For a sampler whose arithmetic is not the learner's: "tis" (truncate the weight),
                "icepop" (drop the token; v2), "sequence_mask" (drop the sequence; v2.1). Default None (v1).
            mismatch_low: Lowest weight, at least 0. Default 0.5 (v2).
            mismatch_high: Highest weight, at least `mismatch_low`. Default 5.0 (v2).
            logprob_gap_alarm: Mean |learner - sampler| log-probability, nats, that warns. Default 0.1 (ours).
            **unknown: Refused.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "unknown")}
        check_keys("objective", unknown, values)
        return self._set(values)

    @property
    def recomputes_old_logprobs(self) -> bool:
        """Whether the ratio's denominator comes from the learner."""
        if self.old_logprobs is None:
            return self.mismatch_correction is not None
        return self.old_logprobs == "learner"
