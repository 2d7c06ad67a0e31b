"""The configuration of ProRL: the paper's first version by default, in RLlib's fluent manner."""

from typing import Any, Self

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.rllib.connectors.learner import LearnerConnectorPipeline
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from ray.rllib.utils.annotations import override

from prorl_rllib.algorithms.prorl.config_checks import check_config
from prorl_rllib.algorithms.prorl.config_monitoring import MonitoringConfig
from prorl_rllib.algorithms.prorl.config_recipes import V1, V2
from prorl_rllib.algorithms.prorl.config_resets import ReferenceResetConfig
from prorl_rllib.algorithms.prorl.config_rewards import RewardsConfig
from prorl_rllib.algorithms.prorl.config_sampling import SamplingConfig
from prorl_rllib.algorithms.prorl.config_stages import StagesConfig
from prorl_rllib.algorithms.prorl.config_training import TrainingConfig
from prorl_rllib.algorithms.prorl.learner_group import ProRLLearnerGroup
from prorl_rllib.algorithms.prorl.reference_reset import ReferenceResetSettings
from prorl_rllib.env_runners.text_env_runner import SamplingSettings, TextEnvRunner
from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule

# Without evaluation there is no plateau to see; ours, close to the resets of the published runs.
_PERIOD_WITHOUT_EVALUATION = 300


class ProRLConfig(TrainingConfig, SamplingConfig, RewardsConfig, ReferenceResetConfig, StagesConfig, MonitoringConfig):
    """Settings of ProRL; `ProRLConfig()` is the first version of the paper (arXiv 2505.24864).

    Where the paper gives a number, it is the default; every other default is this project's own. Four words describe
    batch sizes: `prompts_per_step`, `prompts_per_optimizer_step`, `group_size` and `max_tokens_per_microbatch`.

    Of RLlib's settings, `env_runners(sample_timeout_s=...)` is the deadline of a round of sampling in seconds (above 0;
    default 3600, ours), and `debugging(seed=...)` seeds prompts and sampling (at least 0; default None, which is 0).

    Example:
        >>> config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="path/or/id", group_size=8)
    """

    DICT_KEYS = {"model_name_or_path": "model", "training_stages": "stages"}

    def __init__(self, algo_class: type | None = None) -> None:
        from prorl_rllib.algorithms.prorl.prorl import ProRL

        super().__init__(algo_class=algo_class or ProRL)
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

    def v1(self) -> Self:
        """Set the recipe of ProRL's first version, the default (arXiv 2505.24864); other settings stay.

        Returns:
            This config.
        """
        return self._set(V1)

    def v2(self) -> Self:
        """Set the recipe of ProRL's second version; other settings stay.

        REINFORCE++-baseline, clip 0.2/0.27 as in the published code, k2 at 1e-4 in the loss, icepop [0.5, 5], a reset
        every 300 iterations that keeps the optimizer, the cosine length penalty 100 updates on and 500 off.

        Returns:
            This config.
        """
        return self._set(V2)

    @override(AlgorithmConfig)
    def update_from_dict(self, config_dict: dict[str, Any]) -> Self:
        """Update from a dict, as from YAML or Tune; unknown keys are errors.

        Args:
            config_dict: Attribute names and values; `model`, `stages`, and the settings of a `warm_start` as a dict.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown key, with the nearest known one.
        """
        warm_start = config_dict.get("warm_start")
        if isinstance(warm_start, dict):
            from prorl_rllib.algorithms.warm_start import WarmStartConfig

            config_dict = {**config_dict, "warm_start": WarmStartConfig().update_from_dict(warm_start)}
        return super().update_from_dict(config_dict)

    @override(AlgorithmConfig)
    def build_learner_group(
        self, *, env: Any = None, spaces: Any = None, rl_module_spec: Any = None, placement_group: Any = None
    ) -> ProRLLearnerGroup:
        """Build the learners.

        Args:
            env: As RLlib's.
            spaces: As RLlib's.
            rl_module_spec: As RLlib's.
            placement_group: As RLlib's.
        """
        spec = rl_module_spec or self.get_multi_rl_module_spec(env=env, spaces=spaces)
        return ProRLLearnerGroup(config=self.copy(), module_spec=spec, placement_group=placement_group)

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
    def effective_reset_period(self) -> int | None:
        """The period in force: one stands in for the plateau where nothing is evaluated."""
        if self.reset_period is None and self.reset_plateau_evaluations and not self.evaluation_interval:
            return _PERIOD_WITHOUT_EVALUATION
        return self.reset_period

    @property
    def reference_reset_settings(self) -> ReferenceResetSettings:
        """The triggers in force."""
        return ReferenceResetSettings(
            period=self.effective_reset_period,
            plateau_evaluations=self.reset_plateau_evaluations,
            plateau_min_gain=self.reset_plateau_min_gain,
            kl_budget=self.reset_kl_budget,
            entropy_floor=self.reset_entropy_floor,
            to=self.reset_to,
            min_spacing=self.reset_min_spacing,
            clear_optimizer=self.reset_clear_optimizer,
            warmup_steps=self.lr_warmup_steps,
        )

    @override(AlgorithmConfig)
    def get_default_rl_module_spec(self) -> RLModuleSpec:
        """Return the spec of policy and reference."""
        return RLModuleSpec(
            module_class=CausalLMModule,
            model_config={
                "model": self.model_path,
                "dtype": self.model_dtype,
                "with_reference": True,
                "gradient_checkpointing": self.gradient_checkpointing,
                "lora": self.lora,
            },
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
        from prorl_rllib.algorithms.prorl.connectors import learner_connectors

        return LearnerConnectorPipeline(
            connectors=learner_connectors(self),
            input_observation_space=input_observation_space,
            input_action_space=input_action_space,
        )
