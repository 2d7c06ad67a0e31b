"""Checks of a warm start's config that read as one table: key, type, range."""

import math
from collections.abc import Callable
from typing import Any

Rule = tuple[str, type | tuple[type, ...], Callable[[Any], bool], str]

_NUMBER = (int, float)
_COUNTS = (
    "hidden_size",
    "num_layers",
    "num_heads",
    "intermediate_size",
    "max_position_embeddings",
    "vocabulary_prompts",
    "num_steps",
    "batch_size",
    "steps_per_iteration",
    "num_threads",
)
_RULES: tuple[Rule, ...] = (
    *((key, int, lambda value: value >= 1, "an integer of at least 1") for key in _COUNTS),
    ("max_fragments", int, lambda value: value >= 0, "an integer of at least 0"),
    ("lr_warmup_steps", int, lambda value: value >= 0, "an integer of at least 0"),
    ("seed", int, lambda value: value >= 0, "an integer of at least 0"),
    ("min_fragment_share", _NUMBER, lambda value: 0 < value <= 1, "a number in (0, 1]"),
    ("lr", _NUMBER, lambda value: value > 0, "a number above 0 (schedules are not supported)"),
    ("adam_epsilon", _NUMBER, lambda value: value > 0, "a number above 0"),
    ("weight_decay", _NUMBER, lambda value: value >= 0, "a number of at least 0"),
    ("grad_clip", _NUMBER, lambda value: value > 0, "a number above 0"),
    ("mistake_rate", _NUMBER, lambda value: 0 <= value <= 1, "a number in [0, 1]"),
    ("cache_timeout_s", _NUMBER, lambda value: value > 0, "a number of seconds above 0"),
    ("num_learners", int, lambda value: value == 0, "0: the warm start trains in its own process"),
    ("num_env_runners", int, lambda value: value == 0, "0: nothing is sampled"),
)


def check_config(config: Any) -> None:
    """Check each setting and how they fit together.

    Args:
        config: A `WarmStartConfig`.

    Raises:
        ValueError: naming the key, its value and the allowed range.
    """
    for key, kind, holds, allowed in _RULES:
        _check(key, getattr(config, key), kind, holds, allowed)
    for dataset, rate in config.mistake_rates.items():
        _check(f"mistake_rates[{dataset!r}]", rate, _NUMBER, lambda value: 0 <= value <= 1, "a number in [0, 1]")
    if len(config.adam_betas) != 2 or not all(0 <= beta < 1 for beta in config.adam_betas):
        raise ValueError(f"adam_betas={config.adam_betas!r} is out of range: it must be two numbers in [0, 1).")
    if config.hidden_size % (2 * config.num_heads):
        raise ValueError(
            f"hidden_size={config.hidden_size} must be a multiple of 2 * num_heads={2 * config.num_heads}: each head "
            "takes an even share of the width."
        )


def _check(key: str, value: Any, kind: type | tuple[type, ...], holds: Callable[[Any], bool], allowed: str) -> None:
    """Raise a ValueError unless a value has the type and is in range."""
    fits = isinstance(value, kind) and not isinstance(value, bool)
    if not fits or not math.isfinite(value) or not holds(value):
        raise ValueError(f"{key}={value!r} is out of range: it must be {allowed}.")
