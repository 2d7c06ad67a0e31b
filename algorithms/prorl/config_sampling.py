"""How completions are sampled, in training and in evaluation."""

from typing import Any, Self

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig, NotProvided
from ray.rllib.utils.annotations import override

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.fluent_config import parameters_of
from prorl_rllib.algorithms.prorl.config_engine import EngineConfig


class SamplingConfig(EngineConfig):
    """Settings of `generation` and `evaluation`."""

    def __init__(self, algo_class: type | None = None) -> None:
        super().__init__(algo_class=algo_class)
        self.temperature = 1.2
        self.top_p = 1.0
        self.max_completion_length = 8192
        self.evaluation_temperature: float | None = None
        self.evaluation_top_p: float | None = None
        self.weight_sync_timeout_s = 600.0
        self.evaluate_before_training = True
        self.evaluation_samples_per_prompt = 1
        self.evaluation_duration = 200

    def generation(
        self,
        *,
        temperature: float = NotProvided,
        top_p: float = NotProvided,
        max_completion_length: int = NotProvided,
        evaluation_temperature: float | None = NotProvided,
        evaluation_top_p: float | None = NotProvided,
        engine: str = NotProvided,
        engine_config: dict[str, Any] = NotProvided,
        engine_in_own_process: bool | None = NotProvided,
        engine_start_timeout_s: float = NotProvided,
        engine_call_timeout_s: float = NotProvided,
        canary_tolerance: float | None = NotProvided,
        sleep_between_rollouts: bool = NotProvided,
        weight_transfer: str = NotProvided,
        weight_sync_timeout_s: float = NotProvided,
        **unknown: Any,
    ) -> Self:
        """Set how completions are sampled.

        Args:
            temperature: Above 0. Default 1.2 (paper).
            top_p: 1.0 alone: below it the engine would sample from another distribution than is trained. Default 1.0
                (ours).
            max_completion_length: Tokens a turn at most, at least 1. Default 8192 (paper).
            evaluation_temperature: Temperature of evaluations, at least 0. Default None takes `temperature` (ours).
            evaluation_top_p: Nucleus probability of evaluations, in (0, 1]. Default None takes `top_p` (ours).
            engine: "vllm", "transformers", or "auto": vLLM where it is installed and pays. The log says which one was
                taken, and why. Default "auto" (ours).
            engine_config: Arguments of the engine: `max_num_seqs` (sequences decoded at once), `num_threads`, `dtype`;
                for vLLM those of `VLLMEngine`. Default {}, the engine's own.
            engine_in_own_process: Whether the engine lives in a process of its own rather than the env runner's.
                Default None is True where vLLM samples without remote env runners (ours).
            engine_start_timeout_s: Seconds until an engine must have started, above 0. Default 300 (ours).
            engine_call_timeout_s: Seconds that an engine may go on without a token, or a load of weights without an
                end, before it counts as hung and is ended, above 0. Default 40 (ours).
            canary_tolerance: After each sync, how far the log-probability of a known token may be from the learner's,
                in nats, above 0. Default None is 0.02, or 1.0 where learner or engine is in bfloat16 (ours).
            sleep_between_rollouts: Whether vLLM gives its GPU memory back while the learners work. Default False
                (ours).
            weight_transfer: "object_store", or between GPUs "nccl" or "ipc" (on one node). Default "object_store"
                (ours).
            weight_sync_timeout_s: Seconds until new weights must have reached every env runner, above 0. Default 600
                (ours).
            **unknown: Refused.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "unknown")}
        check_keys("generation", unknown, values)
        return self._set(values)

    @override(AlgorithmConfig)
    def evaluation(
        self,
        *,
        evaluate_before_training: bool = NotProvided,
        evaluation_samples_per_prompt: int = NotProvided,
        **kwargs: Any,
    ) -> Self:
        """Set the evaluation on held-out tasks.

        Args:
            evaluate_before_training: Evaluate once before the first step, for a baseline. Default True (ours).
            evaluation_samples_per_prompt: Completions a held-out task, at least 1; pass@1 is their mean. Default 1
                (ours).
            **kwargs: RLlib's own arguments: `evaluation_interval` (iterations, at least 1; default None, no
                evaluation), `evaluation_duration` (held-out prompts, at least 1; default 200, ours),
                `evaluation_sample_timeout_s` (seconds, above 0; default 3600, ours),
                `evaluation_config={"env_config": {...}}`, and others.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {
            "evaluate_before_training": evaluate_before_training,
            "evaluation_samples_per_prompt": evaluation_samples_per_prompt,
        }
        # They belong to `generation`, but RLlib sends each key of a dict config that begins with "evaluation_" here.
        for key in [key for key in kwargs if key in ("evaluation_temperature", "evaluation_top_p")]:
            values[key] = kwargs.pop(key)
        check_keys("evaluation", kwargs, parameters_of(AlgorithmConfig.evaluation) | set(values))
        super().evaluation(**kwargs)
        return self._set(values)
