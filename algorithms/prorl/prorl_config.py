"""The configuration of ProRL: the paper's first version by default, in RLlib's fluent manner."""

import inspect
from typing import TYPE_CHECKING, Any, Self

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig, NotProvided
from ray.rllib.connectors.learner import LearnerConnectorPipeline
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from ray.rllib.utils.annotations import override

from prorl_rllib.algorithms.prorl.config_checks import check_config, check_keys
from prorl_rllib.algorithms.prorl.connectors import EpisodesToTokens, GroupRelativeAdvantage
from prorl_rllib.algorithms.prorl.reference_reset import ReferenceResetSettings
from prorl_rllib.env_runners.text_env_runner import SamplingSettings, TextEnvRunner
from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule

if TYPE_CHECKING:
    from prorl_rllib.algorithms.warm_start import WarmStartConfig

# Without evaluation there is no plateau to see; ours, close to the resets of the published runs.
_PERIOD_WITHOUT_EVALUATION = 300


class ProRLConfig(AlgorithmConfig):
    """Settings of ProRL; `ProRLConfig()` is the first version of the paper (arXiv 2505.24864).

    Where the paper gives a number, it is the default; every other default is this project's own. Four words describe
    batch sizes: `prompts_per_step`, `prompts_per_optimizer_step`, `group_size` and `max_tokens_per_microbatch`.

    Example:
        >>> config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="path/or/id", group_size=8)
    """

    def __init__(self, algo_class: type | None = None) -> None:
        from prorl_rllib.algorithms.prorl.prorl import ProRL

        super().__init__(algo_class=algo_class or ProRL)
        # RLlib's old stack owns the attribute `model`; `training` and dict configs take the key `model` all the same.
        self.model_name_or_path: str | None = None
        self.warm_start: WarmStartConfig | None = None
        # Filled in by `ProRL.setup`.
        self.warm_started_model: str | None = None
        self.model_dtype = "float32"
        # Batch sizes.
        self.prompts_per_step = 256
        self.prompts_per_optimizer_step = 64
        self.group_size = 16
        self.max_tokens_per_microbatch = 16384
        # Objective.
        self.clip_low = 0.2
        self.clip_high = 0.4
        self.kl_coeff = 1e-4
        self.kl_estimator = "k3"
        self.advantage_std_normalize = True
        self.advantage_eps = 1e-6
        # Optimizer.
        self.lr = 2e-6
        self.lr_warmup_steps = 10
        self.adam_betas = (0.9, 0.999)
        self.adam_epsilon = 1e-8
        self.weight_decay = 0.01
        self.grad_clip = 1.0
        self.grad_clip_by = "global_norm"
        # Dynamic sampling.
        self.max_sampling_rounds = 4
        # Generation.
        self.temperature = 1.2
        self.top_p = 1.0
        self.max_completion_length = 8192
        self.evaluation_temperature: float | None = None
        self.evaluation_top_p: float | None = None
        self.engine_config: dict[str, Any] = {}
        # Reference reset.
        self.reset_period: int | None = None
        self.reset_plateau_evaluations: int | None = 3
        self.reset_plateau_min_gain = 0.005
        self.reset_min_spacing = 100
        self.reset_clear_optimizer = True
        # Evaluation and reporting.
        self.evaluate_before_training = True
        self.evaluation_samples_per_prompt = 1
        self.evaluation_duration = 200
        self.samples_log_interval = 10
        self.samples_log_prompts = 3
        self.num_threads_per_learner: int | None = None
        self.weight_sync_timeout_s = 600.0
        self._set_rllib_defaults()

    def _set_rllib_defaults(self) -> None:
        """Change the RLlib defaults that do not fit text."""
        self.env_runner_cls = TextEnvRunner
        self.add_default_connectors_to_env_to_module_pipeline = False
        self.add_default_connectors_to_module_to_env_pipeline = False
        self.add_default_connectors_to_learner_pipeline = False
        # The states of RLlib's env runners hold nothing here; weights have their own, blocking way.
        self.merge_env_runner_states = False
        self.broadcast_env_runner_states = False
        # A minute, RLlib's default, silently drops the answers of a model that reasons.
        self.sample_timeout_s = 3600.0
        self.evaluation_sample_timeout_s = 3600.0
        self.delay_between_env_runner_restarts_s = 1.0
        self.env_runner_health_probe_timeout_s = 5.0
        self.log_level = "ERROR"

    @override(AlgorithmConfig)
    def training(
        self,
        *,
        model: str | None = NotProvided,
        warm_start: "WarmStartConfig | None" = NotProvided,
        model_dtype: str = NotProvided,
        prompts_per_step: int = NotProvided,
        prompts_per_optimizer_step: int = NotProvided,
        group_size: int = NotProvided,
        max_tokens_per_microbatch: int = NotProvided,
        clip_low: float = NotProvided,
        clip_high: float = NotProvided,
        kl_coeff: float = NotProvided,
        kl_estimator: str = NotProvided,
        advantage_std_normalize: bool = NotProvided,
        advantage_eps: float = NotProvided,
        lr_warmup_steps: int = NotProvided,
        adam_betas: tuple[float, float] = NotProvided,
        adam_epsilon: float = NotProvided,
        weight_decay: float = NotProvided,
        max_sampling_rounds: int = NotProvided,
        num_threads_per_learner: int | None = NotProvided,
        **kwargs: Any,
    ) -> Self:
        """Set model, batch sizes, objective and optimizer.

        Args:
            model: Path of a Hugging Face folder, or a Hugging Face id. Default None: `warm_start` makes the model.
            warm_start: Makes the base model by supervised learning, once, and caches it.
            model_dtype: "float32" or "bfloat16". Default "float32" (ours).
            prompts_per_step: Prompts with signal a training step, at least 1. Default 256 (paper).
            prompts_per_optimizer_step: Prompts an optimizer step, at most `prompts_per_step`. Default 64 (paper).
            group_size: Completions a prompt, at least 2. Default 16 (paper).
            max_tokens_per_microbatch: Tokens, padding included, that the learner computes at once; memory alone
                depends on it. Default 16384 (ours).
            clip_low: Lower clip distance, in (0, 1]. Default 0.2 (paper).
            clip_high: Upper clip distance, above 0. Default 0.4 (paper).
            kl_coeff: Coefficient of the KL term in the loss, at least 0. Default 1e-4 (technical report).
            kl_estimator: "k1", "k2" or "k3". Default "k3" (technical report).
            advantage_std_normalize: Divide by the group's standard deviation. Default True (paper).
            advantage_eps: Added to that standard deviation, above 0. Default 1e-6 (ours).
            lr_warmup_steps: Optimizer steps over which the learning rate rises, at the start and after each reset that
                clears the optimizer. Default 10 (ours).
            adam_betas: AdamW's betas. Default (0.9, 0.999) (ours).
            adam_epsilon: AdamW's epsilon. Default 1e-8 (ours).
            weight_decay: AdamW's weight decay. Default 0.01 (ours).
            max_sampling_rounds: Rounds of sampling a step before it trains on the groups with signal that there are.
                Default 4 (ours).
            num_threads_per_learner: Torch threads of a learner; None leaves them alone.
            **kwargs: RLlib's own arguments: `lr` (default 2e-6, paper), `grad_clip` (default 1.0, ours), and others.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "kwargs", "__class__")}
        known = set(inspect.signature(AlgorithmConfig.training).parameters) - {"self", "model"} | set(values)
        check_keys("training", kwargs, known)
        super().training(**kwargs)
        # RLlib's old stack keeps a dict of defaults under this key, and sends it back when a config is copied by dict.
        model = values.pop("model")
        if not isinstance(model, dict):
            values["model_name_or_path"] = model
        return self._set(values)

    def generation(
        self,
        *,
        temperature: float = NotProvided,
        top_p: float = NotProvided,
        max_completion_length: int = NotProvided,
        evaluation_temperature: float | None = NotProvided,
        evaluation_top_p: float | None = NotProvided,
        engine_config: dict[str, Any] = NotProvided,
        **unknown: Any,
    ) -> Self:
        """Set how completions are sampled.

        Args:
            temperature: Above 0. Default 1.2 (paper).
            top_p: 1.0, the default: below 1 the engine would sample from another distribution than is trained.
            max_completion_length: Tokens a turn at most, at least 1. Default 8192 (paper).
            evaluation_temperature: Temperature of evaluations, at least 0; None takes `temperature`.
            evaluation_top_p: Nucleus probability of evaluations; None takes `top_p`.
            engine_config: Arguments of the engine: `max_num_seqs` (sequences decoded at once), `num_threads`, `dtype`.
            **unknown: Refused.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "unknown")}
        check_keys("generation", unknown, values)
        return self._set(values)

    def reference_reset(
        self,
        *,
        period: int | None = NotProvided,
        plateau_evaluations: int | None = NotProvided,
        plateau_min_gain: float = NotProvided,
        min_spacing: int = NotProvided,
        clear_optimizer: bool = NotProvided,
        **unknown: Any,
    ) -> Self:
        """Set when the policy is copied into the reference, and what happens to the optimizer.

        The paper resets when the validation score stagnates and gives no numbers: those below are ours.

        Args:
            period: Iterations between two resets; None for none, or for 300 where there is no evaluation. Default None.
            plateau_evaluations: Evaluations in a row without a gain that cause a reset; None for never. Default 3.
            plateau_min_gain: Gain of held-out pass@1 that counts as one, at least 0. Default 0.005.
            min_spacing: Iterations between two resets at least. Default 100.
            clear_optimizer: Clear AdamW's state and warm the learning rate up again (paper). Default True.
            **unknown: Refused.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "unknown")}
        check_keys("reference_reset", unknown, values)
        return self._set({f"reset_{key}": value for key, value in values.items()})

    def reporting_samples(self, *, interval: int | None = NotProvided, prompts: int = NotProvided) -> Self:
        """Set how often prompts, completions and verdicts are written out.

        Args:
            interval: Iterations between two entries of `samples.jsonl` and of TensorBoard's text; None for none.
                Default 10.
            prompts: Prompts an entry. Default 3.

        Returns:
            This config.
        """
        return self._set({"samples_log_interval": interval, "samples_log_prompts": prompts})

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
            evaluate_before_training: Evaluate once before the first step, for a baseline. Default True.
            evaluation_samples_per_prompt: Completions a held-out task; pass@1 is their mean. Default 1.
            **kwargs: RLlib's own arguments: `evaluation_interval`, `evaluation_duration` (number of held-out prompts,
                default 200), `evaluation_config={"env_config": {...}}`, and others.

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
        check_keys("evaluation", kwargs, set(inspect.signature(AlgorithmConfig.evaluation).parameters) | set(values))
        super().evaluation(**kwargs)
        return self._set(values)

    def _set(self, values: dict[str, Any]) -> Self:
        for key, value in values.items():
            if value is not NotProvided:
                setattr(self, key, value)
        return self

    @override(AlgorithmConfig)
    def update_from_dict(self, config_dict: dict[str, Any]) -> Self:
        """Update from a dict, as from YAML or Tune; unknown keys are errors.

        Args:
            config_dict: Attribute names and values.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown key, with the nearest known one.
        """
        default = ProRLConfig()
        # Tune's own keys, such as "__trial_info__", travel with the config.
        keys = [key for key in config_dict if not key.startswith("__")]
        check_keys("config", keys, set(vars(default)) | set(default.to_dict()) | _SPECIAL_KEYS)
        return super().update_from_dict(config_dict)

    @override(AlgorithmConfig)
    def validate(self) -> None:
        """Check all settings before anything starts.

        Raises:
            ValueError: naming the key, its value and the allowed range.
        """
        # Beside remote runners a local one would only hold a second, idle engine.
        self.create_local_env_runner = self.num_env_runners == 0
        if not self.in_evaluation:
            check_config(self)
        super().validate()

    @property
    def model_path(self) -> str:
        """Path or id of the model that runners and learners load.

        Raises:
            ValueError: before a warm start has made the model.
        """
        path = self.model_name_or_path or self.warm_started_model
        if path is None:
            raise ValueError("the base model is not made yet: building the algorithm runs training(warm_start=...).")
        return str(path)

    @property
    def sampling_settings(self) -> SamplingSettings:
        """How training completions are sampled."""
        return SamplingSettings(self.group_size, self.max_completion_length, self.temperature, self.top_p)

    @property
    def evaluation_sampling_settings(self) -> SamplingSettings:
        """How evaluation completions are sampled."""
        temperature = self.temperature if self.evaluation_temperature is None else self.evaluation_temperature
        top_p = self.top_p if self.evaluation_top_p is None else self.evaluation_top_p
        return SamplingSettings(self.evaluation_samples_per_prompt, self.max_completion_length, temperature, top_p)

    @property
    def reference_reset_settings(self) -> ReferenceResetSettings:
        """The triggers in force; a period stands in for the plateau where nothing is evaluated."""
        period = self.reset_period
        if period is None and self.reset_plateau_evaluations and not self.evaluation_interval:
            period = _PERIOD_WITHOUT_EVALUATION
        return ReferenceResetSettings(
            period=period,
            plateau_evaluations=self.reset_plateau_evaluations,
            plateau_min_gain=self.reset_plateau_min_gain,
            min_spacing=self.reset_min_spacing,
            clear_optimizer=self.reset_clear_optimizer,
            warmup_steps=self.lr_warmup_steps,
        )

    @override(AlgorithmConfig)
    def get_default_rl_module_spec(self) -> RLModuleSpec:
        """Return the spec of policy and reference."""
        return RLModuleSpec(
            module_class=CausalLMModule,
            model_config={"model": self.model_path, "dtype": self.model_dtype, "with_reference": True},
        )

    @override(AlgorithmConfig)
    def get_default_learner_class(self) -> type:
        """Return the learner's class."""
        from prorl_rllib.algorithms.prorl.prorl_torch_learner import ProRLTorchLearner

        return ProRLTorchLearner

    @override(AlgorithmConfig)
    def build_learner_connector(
        self, input_observation_space: Any, input_action_space: Any, device: Any = None
    ) -> LearnerConnectorPipeline:
        """Return the pipeline from groups of episodes to token tensors.

        Args:
            input_observation_space: The environment's.
            input_action_space: The environment's.
            device: Unused.
        """
        return LearnerConnectorPipeline(
            connectors=[
                GroupRelativeAdvantage(std_normalize=self.advantage_std_normalize, eps=self.advantage_eps),
                EpisodesToTokens(),
            ],
            input_observation_space=input_observation_space,
            input_action_space=input_action_space,
        )


# Keys of RLlib's dict configs that are no attributes.
_SPECIAL_KEYS = {"callbacks", "framework", "multiagent", "input", "lambda", "num_workers", "class"}
