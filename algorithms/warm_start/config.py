"""The configuration of the warm start, in RLlib's fluent manner; the defaults are the quick start's."""

import hashlib
import json
from types import CodeType
from typing import Any, Self

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig, NotProvided
from ray.rllib.core.rl_module.rl_module import RLModuleSpec
from ray.rllib.utils.annotations import override

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.fluent_config import FluentConfig, parameters_of
from prorl_rllib.algorithms.warm_start.config_checks import check_config
from prorl_rllib.algorithms.warm_start.solutions import SOLVERS
from prorl_rllib.algorithms.warm_start.solutions.solver import Solver
from prorl_rllib.envs import TextSpace
from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule

VERSION = 1
"""Part of every cache key; raise it when the same config would give another model."""

_IDENTITY = (
    "env",
    "env_config",
    "seed",
    "hidden_size",
    "num_layers",
    "num_heads",
    "intermediate_size",
    "max_position_embeddings",
    "vocabulary_prompts",
    "min_fragment_share",
    "max_fragments",
    "lr",
    "lr_warmup_steps",
    "num_steps",
    "batch_size",
    "adam_betas",
    "adam_epsilon",
    "weight_decay",
    "grad_clip",
    "mistake_rate",
    "mistake_rates",
)
"""Attributes that decide what model comes out. Thread counts and deadlines are not among them."""


class WarmStartConfig(FluentConfig):
    """Settings of the warm start: a small model of the Qwen2 architecture, taught by worked solutions with mistakes.

    All defaults are this project's own.

    Example:
        >>> config = WarmStartConfig().environment("prorl_rllib:prorl/Math-v0", env_config={"datasets": ["sum_chain"]})
        >>> ensure_warm_start(config).path  # a Hugging Face folder
    """

    def __init__(self, algo_class: type | None = None) -> None:
        from prorl_rllib.algorithms.warm_start.warm_start import WarmStart

        super().__init__(algo_class=algo_class or WarmStart)
        # Model.
        self.hidden_size = 96
        self.num_layers = 3
        self.num_heads = 3
        self.intermediate_size = 384
        self.max_position_embeddings = 128
        # Vocabulary.
        self.vocabulary_prompts = 2000
        self.min_fragment_share = 0.05
        self.max_fragments = 256
        self.fragments_of_solutions = False
        # Optimization.
        self.lr = 3e-3
        self.lr_warmup_steps = 50
        self.num_steps = 1400
        self.batch_size = 64
        self.steps_per_iteration = 25
        self.adam_betas = (0.9, 0.98)
        self.adam_epsilon = 1e-8
        self.weight_decay = 0.0
        self.grad_clip = 1.0
        self.grad_clip_by = "global_norm"
        # Mistakes.
        self.mistake_rate = 0.2
        self.mistake_rates: dict[str, float] = {}
        self.solvers: dict[str, Solver] = {}
        # Machine.
        self.num_threads = 2
        self.cache_timeout_s = 1800.0
        # Filled in by `WarmStart.setup`.
        self.initial_model: str | None = None
        self._set_rllib_defaults()

    def _set_rllib_defaults(self) -> None:
        """Say that nothing is sampled: no env runner is built, and the spaces are known."""
        self._is_online = False
        self.num_env_runners = 0
        self.create_local_env_runner = False
        self.observation_space = TextSpace()
        self.action_space = TextSpace()
        self.seed = 0
        self.log_level = "ERROR"

    def model_architecture(
        self,
        *,
        hidden_size: int = NotProvided,
        num_layers: int = NotProvided,
        num_heads: int = NotProvided,
        intermediate_size: int = NotProvided,
        max_position_embeddings: int = NotProvided,
    ) -> Self:
        """Set the size of the model.

        Args:
            hidden_size: Width, a multiple of `num_heads` with an even quotient. Default 96.
            num_layers: Layers. Default 3.
            num_heads: Attention heads. Default 3: of 32 numbers each, the fewest that vLLM takes on CPU.
            intermediate_size: Width of the feed-forward layers. Default 384.
            max_position_embeddings: Context in tokens; prompts, worked solutions and what is sampled later must fit.
                Default 128.

        Returns:
            This config.
        """
        return self._set({key: value for key, value in locals().items() if key != "self"})

    def vocabulary(
        self,
        *,
        vocabulary_prompts: int = NotProvided,
        min_fragment_share: float = NotProvided,
        max_fragments: int = NotProvided,
        fragments_of_solutions: bool = NotProvided,
    ) -> Self:
        """Set how the tokenizer is trained.

        Args:
            vocabulary_prompts: Prompts of the train split that it is trained on. Default 2000.
            min_fragment_share: Share of them that a fragment must occur in to become a token, in (0, 1]. Default 0.05.
            max_fragments: Fragments at most, at least 0. Default 256.
            fragments_of_solutions: Whether the tokenizer is trained on a worked solution of each of these prompts as
                well, so that what programs have in common becomes one token; the share is then of all these texts.
                Default False.

        Returns:
            This config.
        """
        return self._set({key: value for key, value in locals().items() if key != "self"})

    @override(AlgorithmConfig)
    def training(
        self,
        *,
        num_steps: int = NotProvided,
        batch_size: int = NotProvided,
        steps_per_iteration: int = NotProvided,
        lr_warmup_steps: int = NotProvided,
        adam_betas: tuple[float, float] = NotProvided,
        adam_epsilon: float = NotProvided,
        weight_decay: float = NotProvided,
        mistake_rate: float = NotProvided,
        mistake_rates: dict[str, float] = NotProvided,
        solvers: dict[str, Solver] = NotProvided,
        num_threads: int = NotProvided,
        cache_timeout_s: float = NotProvided,
        **kwargs: Any,
    ) -> Self:
        """Set the optimization and the mistakes.

        Args:
            num_steps: Optimizer steps of the whole warm start. Default 1400.
            batch_size: Worked solutions an optimizer step. Default 64.
            steps_per_iteration: Optimizer steps a training iteration. Default 25.
            lr_warmup_steps: Steps over which the learning rate rises; it falls linearly to 0 at the last step.
                Default 50.
            adam_betas: AdamW's betas. Default (0.9, 0.98).
            adam_epsilon: AdamW's epsilon. Default 1e-8.
            weight_decay: AdamW's weight decay. Default 0.
            mistake_rate: Probability that a step of a worked solution is wrong, in [0, 1]. Default 0.2.
            mistake_rates: Data set name -> its own mistake rate.
            solvers: Data set name -> a function at the top of a module, (task, generator, mistake rate) -> (steps,
                answer), for data sets that have no solver here, or instead of it. Default none.
            num_threads: Torch threads. Default 2.
            cache_timeout_s: Seconds to wait for another process that makes the same model. Default 1800.
            **kwargs: RLlib's own arguments: `lr` (the highest learning rate, default 3e-3), `grad_clip` (default 1).

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "kwargs", "__class__")}
        check_keys("training", kwargs, parameters_of(AlgorithmConfig.training) | set(values))
        super().training(**kwargs)
        return self._set(values)

    @override(AlgorithmConfig)
    def validate(self) -> None:
        """Check all settings before anything starts.

        Raises:
            ValueError: naming the key, its value and the allowed range.
        """
        super().validate()
        check_config(self)

    def all_solvers(self) -> dict[str, Solver]:
        """Return the solvers in force: data set name -> solver."""
        return {**SOLVERS, **self.solvers}

    def mistake_rate_of(self, dataset: str) -> float:
        """Return the mistake rate of a data set."""
        return self.mistake_rates.get(dataset, self.mistake_rate)

    def identity(self) -> dict[str, Any]:
        """Return the plain settings that decide what model comes out."""
        values = {key: getattr(self, key) for key in _IDENTITY}
        # Only where it is on, so that models made before there was such a setting are found.
        values |= {"fragments_of_solutions": True} if self.fragments_of_solutions else {}
        values |= (
            {"solvers": {name: _identity_of(solver) for name, solver in self.solvers.items()}} if self.solvers else {}
        )
        values["env"] = values["env"] if isinstance(values["env"], str) else _path(values["env"])
        values["adam_betas"] = list(values["adam_betas"])
        return {"version": VERSION, **values}

    def cache_key(self) -> str:
        """Return a short digest of `identity`.

        Raises:
            TypeError: if a setting is not plain data.
        """
        text = json.dumps(self.identity(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @override(AlgorithmConfig)
    def get_default_rl_module_spec(self) -> RLModuleSpec:
        """Return the spec of the model, without reference."""
        return RLModuleSpec(
            module_class=CausalLMModule,
            observation_space=self.observation_space,
            action_space=self.action_space,
            model_config={"model": self.initial_model, "with_reference": False},
        )

    @override(AlgorithmConfig)
    def get_default_learner_class(self) -> type:
        """Return the learner's class."""
        from prorl_rllib.algorithms.warm_start.learner import WarmStartTorchLearner

        return WarmStartTorchLearner


def _path(item: Any) -> str:
    """The import path of a class or a function."""
    return f"{item.__module__}.{item.__qualname__}"


def _identity_of(solver: Any) -> str:
    """The import path of a solver and, of a user's own, which is edited, a digest of what it does."""
    path = _path(solver)
    if path.startswith("prorl_rllib."):
        return path
    return f"{path}:{hashlib.sha256(_content(solver.__code__).encode()).hexdigest()[:16]}"


def _content(code: CodeType) -> str:
    """What a function's code holds, without the places and addresses that differ from process to process."""
    constants = [_constant(each) for each in code.co_consts]
    return repr((code.co_code, constants, code.co_names))


def _constant(value: Any) -> str:
    """Write a constant of a function's code; sets have an order of their own in each process."""
    if isinstance(value, CodeType):
        return _content(value)
    return repr(sorted(map(repr, value)) if isinstance(value, frozenset) else value)
