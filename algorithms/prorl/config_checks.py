"""Checks of a config that read as one table: key, value, allowed range."""

import math
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.envs.settings import did_you_mean

_KL_ESTIMATORS = ("k1", "k2", "k3")
_DTYPES = ("float32", "bfloat16")

Predicate = Callable[[Any], bool]
Rule = tuple[str, Predicate, str]


def _integer(least: int) -> Predicate:
    return lambda value: isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def _number(condition: Callable[[float], bool]) -> Predicate:
    return lambda value: (
        isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value) and condition(float(value))
    )


def _optional(rule: Predicate) -> Predicate:
    return lambda value: value is None or rule(value)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_betas(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2 and all(map(_number(lambda beta: 0 <= beta < 1), value))


_AT_LEAST_1 = "an integer of at least 1"
_RULES: tuple[Rule, ...] = (
    (
        "model_name_or_path",
        _optional(lambda value: isinstance(value, str | Path)),
        "a str (the key is model)",
    ),
    ("model_dtype", lambda value: value in _DTYPES, "one of float32, bfloat16"),
    ("prompts_per_step", _integer(1), _AT_LEAST_1),
    ("prompts_per_optimizer_step", _integer(1), _AT_LEAST_1),
    ("group_size", _integer(2), "an integer of at least 2: a group of one has no relative advantage"),
    ("max_tokens_per_microbatch", _integer(1), _AT_LEAST_1),
    ("max_sampling_rounds", _integer(1), _AT_LEAST_1),
    ("max_completion_length", _integer(1), _AT_LEAST_1),
    ("lr_warmup_steps", _integer(0), "an integer of at least 0"),
    ("evaluation_interval", _optional(_integer(0)), "an integer of at least 1, or None for no evaluation"),
    ("evaluation_samples_per_prompt", _integer(1), _AT_LEAST_1),
    ("evaluation_duration", _integer(1), f"{_AT_LEAST_1}: the number of held-out tasks"),
    ("evaluate_before_training", _is_bool, "True or False"),
    ("samples_log_interval", _optional(_integer(1)), f"{_AT_LEAST_1}, or None"),
    ("samples_log_prompts", _integer(1), _AT_LEAST_1),
    ("num_threads_per_learner", _optional(_integer(1)), f"{_AT_LEAST_1}, or None"),
    ("num_learners", lambda value: value in (0, 1), "0 or 1"),
    ("seed", _optional(_integer(0)), "an integer of at least 0, or None, which is 0"),
    ("clip_low", _number(lambda value: 0 < value <= 1), "a number in (0, 1]"),
    ("clip_high", _number(lambda value: value > 0), "a number above 0"),
    ("kl_coeff", _number(lambda value: value >= 0), "a number of at least 0"),
    ("kl_estimator", lambda value: value in _KL_ESTIMATORS, "one of k1, k2, k3"),
    ("advantage_std_normalize", _is_bool, "True or False"),
    ("advantage_eps", _number(lambda value: value > 0), "a number above 0"),
    ("lr", _number(lambda value: value > 0), "a number above 0 (schedules are not supported)"),
    ("adam_betas", _is_betas, "two numbers in [0, 1)"),
    ("adam_epsilon", _number(lambda value: value > 0), "a number above 0"),
    ("weight_decay", _number(lambda value: value >= 0), "a number of at least 0"),
    ("grad_clip", _optional(_number(lambda value: value > 0)), "a number above 0, or None"),
    ("temperature", _number(lambda value: value > 0), "a number above 0"),
    (
        "top_p",
        lambda value: value == 1,
        "1.0: else another distribution would be sampled than is trained",
    ),
    ("evaluation_temperature", _optional(_number(lambda value: value >= 0)), "a number of at least 0, or None"),
    ("evaluation_top_p", _optional(_number(lambda value: 0 < value <= 1)), "a number in (0, 1], or None"),
    ("reset_period", _optional(_integer(1)), f"{_AT_LEAST_1}, or None for never"),
    ("reset_plateau_evaluations", _optional(_integer(1)), f"{_AT_LEAST_1}, or None for never"),
    ("reset_plateau_min_gain", _number(lambda value: value >= 0), "a number of at least 0"),
    ("reset_min_spacing", _integer(1), _AT_LEAST_1),
    ("reset_clear_optimizer", _is_bool, "True or False"),
    ("weight_sync_timeout_s", _number(lambda value: value > 0), "a number of seconds above 0"),
    ("sample_timeout_s", _number(lambda value: value > 0), "a number of seconds above 0: every wait has a deadline"),
    ("evaluation_sample_timeout_s", _number(lambda value: value > 0), "a number of seconds above 0"),
)
_ENGINE_RULES: tuple[Rule, ...] = (
    ("max_num_seqs", _integer(1), _AT_LEAST_1),
    ("num_threads", _integer(1), _AT_LEAST_1),
    ("dtype", lambda value: value in _DTYPES, "one of float32, bfloat16"),
)
# RLlib's settings that nothing here reads, and what stands in for them.
_NOT_READ = {
    "num_epochs": "each completion is trained on once",
    "minibatch_size": "prompts_per_optimizer_step",
    "gamma": "rewards of a text episode are not discounted",
    "num_envs_per_env_runner": "engine_config['max_num_seqs']",
    "rollout_fragment_length": "prompts_per_step",
}


def check_keys(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse names that nothing reads.

    Args:
        where: What the names were given to, for the message.
        given: The names.
        known: All that are allowed.

    Raises:
        ValueError: for an unknown name, with the nearest known one.
    """
    known = sorted(known)
    for key in given:
        if key not in known:
            raise ValueError(f"unknown key {key!r} in {where}{did_you_mean(key, known)}.")


def check_config(config: Any) -> None:
    """Check each setting and how they fit together.

    Args:
        config: A `ProRLConfig`.

    Raises:
        ValueError: naming the key, its value and the allowed range.
    """
    for key, holds, allowed in _RULES:
        _check(key, getattr(config, key), holds, allowed)
    _check_engine(config.engine_config)
    _check_evaluation(config)
    defaults = AlgorithmConfig()
    for key, instead in _NOT_READ.items():
        if getattr(config, key) != getattr(defaults, key):
            raise ValueError(f"{key}={getattr(config, key)!r} has no effect in ProRL; instead: {instead}.")
    if config.prompts_per_optimizer_step > config.prompts_per_step:
        raise ValueError(
            f"prompts_per_optimizer_step={config.prompts_per_optimizer_step} exceeds prompts_per_step="
            f"{config.prompts_per_step}: an optimizer step takes its prompts from one training step."
        )
    _check_model(config)


def _check(key: str, value: Any, holds: Predicate, allowed: str) -> None:
    if not holds(value):
        raise ValueError(f"{key}={value!r} is out of range: it must be {allowed}.")


def _check_engine(engine_config: Any) -> None:
    """Check the arguments that the engine will be built with."""
    if not isinstance(engine_config, dict):
        raise ValueError(f"engine_config={engine_config!r} is out of range: it must be a dict.")
    check_keys("engine_config", engine_config, [key for key, _, _ in _ENGINE_RULES])
    for key, holds, allowed in _ENGINE_RULES:
        if key in engine_config:
            _check(f"engine_config[{key!r}]", engine_config[key], holds, allowed)


def _check_evaluation(config: Any) -> None:
    """Refuse evaluation settings of RLlib's that mean nothing here."""
    if config.evaluation_num_env_runners:
        raise ValueError(
            f"evaluation_num_env_runners={config.evaluation_num_env_runners} is not supported: it must be 0; "
            "evaluation runs on the training env runners."
        )
    if config.evaluation_duration_unit != "episodes":
        raise ValueError(f"evaluation_duration_unit={config.evaluation_duration_unit!r}: it must be 'episodes'.")
    overrides = config.evaluation_config
    if isinstance(overrides, dict) and set(overrides) - {"env_config"}:
        raise ValueError(
            f"evaluation_config has the keys {sorted(overrides)}: only 'env_config' is read. How evaluations sample is "
            "set by evaluation_temperature, evaluation_top_p and evaluation_samples_per_prompt."
        )


def _check_model(config: Any) -> None:
    """Exactly one of `model` and `warm_start` says where the base model comes from."""
    if config.model_name_or_path is None and config.warm_start is None:
        raise ValueError("no model: set training(model=path or Hugging Face id), or training(warm_start=...).")
    if config.model_name_or_path is not None and config.warm_start is not None:
        raise ValueError(
            f"both model={str(config.model_name_or_path)!r} and warm_start are set: set training(warm_start=None) to "
            "train that model, or training(model=None) to make one."
        )
