"""What is written out, kept and watched during a run."""

from typing import Any, Self

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig, NotProvided
from ray.rllib.utils.annotations import override

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.fluent_config import FluentConfig, parameters_of


class MonitoringConfig(FluentConfig):
    """Settings of `reporting_samples`, `checkpointing` and `health_monitor`."""

    def __init__(self, algo_class: type | None = None) -> None:
        super().__init__(algo_class=algo_class)
        self.samples_log_interval: int | None = 10
        self.samples_log_prompts = 3
        self.checkpoints_to_keep: int | None = None
        self.keep_best_checkpoint = True
        self.monitor_interval: int | None = 20
        self.monitor_truncated_share = 0.5
        self.monitor_zero_variance_share = 0.8
        self.monitor_verifier_error_share = 0.05
        self.monitor_duplicate_share = 0.5
        self.monitor_kl = 0.5
        self.monitor_entropy = 0.05
        self.monitor_skipped_steps = 1

    def reporting_samples(self, *, interval: int | None = NotProvided, prompts: int = NotProvided) -> Self:
        """Set how often prompts, completions and verdicts are written out. All numbers are ours.

        Args:
            interval: Iterations between two entries of `samples.jsonl` and of TensorBoard's text, at least 1; None
                for none. Default 10.
            prompts: Prompts an entry, at least 1. Default 3.

        Returns:
            This config.
        """
        return self._set({"samples_log_interval": interval, "samples_log_prompts": prompts})

    @override(AlgorithmConfig)
    def checkpointing(
        self, *, checkpoints_to_keep: int | None = NotProvided, keep_best_checkpoint: bool = NotProvided, **kwargs: Any
    ) -> Self:
        """Set which checkpoints stay. All numbers are ours.

        Args:
            checkpoints_to_keep: The newest complete checkpoints that are kept in a folder, at least 1; None keeps all.
                Default None.
            keep_best_checkpoint: Keep the one with the best evaluation besides. Default True.
            **kwargs: RLlib's own arguments.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {"checkpoints_to_keep": checkpoints_to_keep, "keep_best_checkpoint": keep_best_checkpoint}
        check_keys("checkpointing", kwargs, parameters_of(AlgorithmConfig.checkpointing) | set(values))
        super().checkpointing(**kwargs)
        return self._set(values)

    def health_monitor(
        self,
        *,
        interval: int | None = NotProvided,
        truncated_share: float = NotProvided,
        zero_variance_share: float = NotProvided,
        verifier_error_share: float = NotProvided,
        duplicate_share: float = NotProvided,
        kl: float = NotProvided,
        entropy: float = NotProvided,
        skipped_steps: int = NotProvided,
        **unknown: Any,
    ) -> Self:
        """Set when a run warns, in plain words, with the key to touch. All numbers are ours.

        The log-probability gap has its own key, `logprob_gap_alarm` of `objective`.

        Args:
            interval: Iterations between two warnings of one kind at least; None for no warnings. Default 20.
            truncated_share: Share of completions cut off at the length limit, in [0, 1]. Default 0.5.
            zero_variance_share: Share of groups without signal, in [0, 1]. Default 0.8.
            verifier_error_share: Share of verifications that failed, in [0, 1]. Default 0.05.
            duplicate_share: Share of completions that repeat another of their group, in [0, 1]. Default 0.5.
            kl: KL to the reference, nats a token, above 0. Default 0.5.
            entropy: Entropy, nats a token, below which to warn, at least 0. Default 0.05.
            skipped_steps: Optimizer steps skipped in one iteration, at least 1. Default 1.
            **unknown: Refused.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "unknown")}
        check_keys("health_monitor", unknown, values)
        return self._set({f"monitor_{key}": value for key, value in values.items()})
