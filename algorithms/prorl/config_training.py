"""Model, batch sizes, optimizer, learners and dynamic sampling."""

from typing import TYPE_CHECKING, Any, Self

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig, NotProvided
from ray.rllib.utils.annotations import override

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.fluent_config import parameters_of
from prorl_rllib.algorithms.prorl.config_objective import ObjectiveConfig

if TYPE_CHECKING:
    from prorl_rllib.algorithms.warm_start import WarmStartConfig


class TrainingConfig(ObjectiveConfig):
    """Settings of `training` and `learners`."""

    def __init__(self, algo_class: type | None = None) -> None:
        super().__init__(algo_class=algo_class)
        # RLlib's old stack owns the attribute `model`; `training` and dict configs take the key `model` all the same.
        self.model_name_or_path: str | None = None
        self.warm_start: WarmStartConfig | None = None
        # Filled in by `ProRL.setup`.
        self.warm_started_model: str | None = None
        self.model_dtype = "float32"
        self.lora: dict[str, Any] | None = None
        # Batch sizes.
        self.prompts_per_step = 256
        self.prompts_per_optimizer_step = 64
        self.group_size = 16
        self.max_tokens_per_microbatch = 16384
        # Memory and speed of the learner.
        self.packing = True
        self.shared_prefix = True
        self.gradient_checkpointing = False
        self.learner_sharding = "ddp"
        self.update_timeout_s = 3600.0
        self.num_threads_per_learner: int | None = None
        # Optimizer.
        self.lr = 2e-6
        self.lr_schedule = "constant"
        self.lr_warmup_steps = 10
        self.lr_decay_steps: int | None = None
        self.lr_min_factor = 0.1
        self.adam_betas = (0.9, 0.999)
        self.adam_epsilon = 1e-8
        self.weight_decay = 0.01
        self.grad_clip = 1.0
        self.grad_clip_by = "global_norm"
        # Dynamic sampling.
        self.max_sampling_rounds = 4
        self.on_sampling_cap = "train"

    @override(AlgorithmConfig)
    def training(
        self,
        *,
        model: str | None = NotProvided,
        warm_start: "WarmStartConfig | None" = NotProvided,
        model_dtype: str = NotProvided,
        lora: dict[str, Any] | None = NotProvided,
        prompts_per_step: int = NotProvided,
        prompts_per_optimizer_step: int = NotProvided,
        group_size: int = NotProvided,
        max_tokens_per_microbatch: int = NotProvided,
        packing: bool = NotProvided,
        shared_prefix: bool = NotProvided,
        gradient_checkpointing: bool = NotProvided,
        lr_schedule: str = NotProvided,
        lr_warmup_steps: int = NotProvided,
        lr_decay_steps: int | None = NotProvided,
        lr_min_factor: float = NotProvided,
        adam_betas: tuple[float, float] = NotProvided,
        adam_epsilon: float = NotProvided,
        weight_decay: float = NotProvided,
        max_sampling_rounds: int = NotProvided,
        on_sampling_cap: str = NotProvided,
        num_threads_per_learner: int | None = NotProvided,
        **kwargs: Any,
    ) -> Self:
        """Set model, batch sizes, optimizer and dynamic sampling, and whatever `objective` takes.

        Args:
            model: Path of a Hugging Face folder, or a Hugging Face id. Default None: `warm_start` makes the model.
            warm_start: Makes the base model by supervised learning, once, and caches it. Default None.
            model_dtype: "float32" or "bfloat16". Default "float32" (ours).
            lora: Trains a low-rank adapter alone: `rank` (32), `alpha` (64.0), `target_modules` ("all-linear", or names
                of layers); these numbers are ours. Default None, all weights.
            prompts_per_step: Prompts with signal a training step, at least 1. Default 256 (paper).
            prompts_per_optimizer_step: Prompts an optimizer step, a divisor of `prompts_per_step`. Default 64 (paper).
            group_size: Completions a prompt, at least 2. Default 16 (paper).
            max_tokens_per_microbatch: Tokens computed at once, at least 1; memory alone depends on it. Default 16384
                (ours).
            packing: Lay sequences end to end instead of padding them; faster on CPU, docs/learner.md has the figures.
                Default True (ours).
            shared_prefix: Compute the prompt of a group once, with `packing`; the longer the prompts beside the
                completions, the more it saves. Default True (ours).
            gradient_checkpointing: Recompute activations in the backward pass. Default False (ours).
            lr_schedule: "constant", "linear" or "cosine" after the warm-up. Default "constant" (paper).
            lr_warmup_steps: Optimizer steps over which the learning rate rises, at the start and after each reset that
                clears the optimizer, at least 0. Default 10 (ours).
            lr_decay_steps: Optimizer steps of the fall after the first warm-up, at least 1; needed unless constant.
                Default None (ours).
            lr_min_factor: Share of `lr` at its end, in [0, 1]. Default 0.1 (OpenRLHF).
            adam_betas: AdamW's betas, both in [0, 1). Default (0.9, 0.999) (ours).
            adam_epsilon: AdamW's epsilon, above 0. Default 1e-8 (ours).
            weight_decay: AdamW's weight decay, at least 0. Default 0.01 (ours).
            max_sampling_rounds: Rounds of sampling a step in search of groups with signal, at least 1. Default 4
                (ours).
            on_sampling_cap: With too few groups after these rounds: "train" on what there is, "skip" the optimizer
                steps, or end with an "error". Default "train" (ours).
            num_threads_per_learner: Torch threads of a learner, at least 1. Default None leaves them alone (ours).
            **kwargs: Arguments of `objective`; RLlib's own: `lr` (above 0; default 2e-6, paper), `grad_clip` (bound of
                the gradient's norm, above 0, or None; default 1.0, ours), `grad_clip_by` ("global_norm" alone), ...

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "kwargs", "__class__")}
        objective = parameters_of(ObjectiveConfig.objective) - {"unknown"}
        check_keys("training", kwargs, (parameters_of(AlgorithmConfig.training) - {"model"}) | set(values) | objective)
        self.objective(**{key: kwargs.pop(key) for key in objective & set(kwargs)})
        super().training(**kwargs)
        # RLlib's old stack keeps a dict of defaults under this key, and sends it back when a config is copied by dict.
        model = values.pop("model")
        if not isinstance(model, dict):
            values["model_name_or_path"] = model
        return self._set(values)

    @override(AlgorithmConfig)
    def learners(
        self, *, learner_sharding: str = NotProvided, update_timeout_s: float = NotProvided, **kwargs: Any
    ) -> Self:
        """Set the learners.

        Args:
            learner_sharding: With several learners, "ddp" (each holds the whole model) or "fsdp2" (each holds a share;
                not with `lora`). Default "ddp" (ours).
            update_timeout_s: Seconds that an update may take, all its optimizer steps together; a learner that hangs
                ends the run then. One that fails ends it at once. Default 3600 (ours).
            **kwargs: RLlib's own arguments: `num_learners` (0 is one in the driver's process), `num_gpus_per_learner`,
                and others.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {"learner_sharding": learner_sharding, "update_timeout_s": update_timeout_s}
        check_keys("learners", kwargs, parameters_of(AlgorithmConfig.learners) | set(values))
        super().learners(**kwargs)
        return self._set(values)
