"""Checks of a config that read as one table: key, value, allowed range."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from prorl_rllib.envs.settings import did_you_mean

_KL_ESTIMATORS = ("k1", "k2", "k3")
_DTYPES = ("float32", "bfloat16")

Rule = tuple[str, Callable[[Any], bool], str]


def _integer(least: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _number(condition: Callable[[float], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int | float) and math.isfinite(value) and condition(value)


def _optional(rule: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or rule(value)


_RULES: tuple[Rule, ...] = (
    ("prompts_per_step", _integer(1), "an integer of at least 1"),
    ("prompts_per_optimizer_step", _integer(1), "an integer of at least 1"),
    ("group_size", _integer(2), "an integer of at least 2: a group of one has no relative advantage"),
    ("max_tokens_per_microbatch", _integer(1), "an integer of at least 1"),
    ("max_sampling_rounds", _integer(1), "an integer of at least 1"),
    ("max_completion_length", _integer(1), "an integer of at least 1"),
    ("lr_warmup_steps", _integer(0), "an integer of at least 0"),
    ("evaluation_samples_per_prompt", _integer(1), "an integer of at least 1"),
    ("evaluation_duration", _integer(1), "an integer of at least 1: the number of held-out tasks"),
    ("samples_log_interval", _optional(_integer(1)), "an integer of at least 1, or None"),
    ("samples_log_prompts", _integer(1), "an integer of at least 1"),
    ("num_threads_per_learner", _optional(_integer(1)), "an integer of at least 1, or None"),
    ("num_learners", lambda value: value in (0, 1), "0 or 1"),
    ("clip_low", _number(lambda value: 0 < value <= 1), "a number in (0, 1]"),
    ("clip_high", _number(lambda value: value > 0), "a number above 0"),
    ("kl_coeff", _number(lambda value: value >= 0), "a number of at least 0"),
    ("kl_estimator", lambda value: value in _KL_ESTIMATORS, "one of k1, k2, k3"),
    ("model_dtype", lambda value: value in _DTYPES, "one of float32, bfloat16"),
    ("advantage_eps", _number(lambda value: value > 0), "a number above 0"),
    ("lr", _number(lambda value: value > 0), "a number above 0 (schedules are not supported)"),
    ("weight_decay", _number(lambda value: value >= 0), "a number of at least 0"),
    ("adam_epsilon", _number(lambda value: value > 0), "a number above 0"),
    ("grad_clip", _optional(_number(lambda value: value > 0)), "a number above 0, or None"),
    ("temperature", _number(lambda value: value > 0), "a number above 0"),
    ("top_p", _number(lambda value: 0 < value <= 1), "a number in (0, 1]"),
    ("evaluation_temperature", _optional(_number(lambda value: value >= 0)), "a number of at least 0, or None"),
    ("evaluation_top_p", _optional(_number(lambda value: 0 < value <= 1)), "a number in (0, 1], or None"),
    ("weight_sync_timeout_s", _number(lambda value: value > 0), "a number of seconds above 0"),
    ("sample_timeout_s", _number(lambda value: value > 0), "a number of seconds above 0: every wait has a deadline"),
)


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
        value = getattr(config, key)
        if not holds(value):
            raise ValueError(f"{key}={value!r} is out of range: it must be {allowed}.")
    if config.prompts_per_optimizer_step > config.prompts_per_step:
        raise ValueError(
            f"prompts_per_optimizer_step={config.prompts_per_optimizer_step} exceeds prompts_per_step="
            f"{config.prompts_per_step}: an optimizer step takes its prompts from one training step."
        )
    if config.evaluation_num_env_runners:
        raise ValueError(
            f"evaluation_num_env_runners={config.evaluation_num_env_runners} is not supported: it must be 0; "
            "evaluation runs on the training env runners."
        )
    if config.evaluation_duration_unit != "episodes":
        raise ValueError(
            f"evaluation_duration_unit={config.evaluation_duration_unit!r}: it must be 'episodes' (tasks)."
        )
    config.reference_reset_settings.validate()
