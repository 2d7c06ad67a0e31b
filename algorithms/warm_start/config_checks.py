"""Checks of a warm start's config that read as one table: key, value, allowed range."""

from types import FunctionType
from typing import Any

from prorl_rllib.algorithms.config_rules import (
    ABOVE_0,
    AT_LEAST_0,
    AT_LEAST_1,
    Rule,
    check_rules,
    check_value,
    integer,
    is_betas,
    is_bool,
    not_negative,
    number,
    positive,
    share,
)

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
    *((key, integer(1), AT_LEAST_1) for key in _COUNTS),
    ("max_fragments", integer(0), AT_LEAST_0),
    ("fragments_of_solutions", is_bool, "True or False"),
    ("lr_warmup_steps", integer(0), AT_LEAST_0),
    ("seed", integer(0), AT_LEAST_0),
    ("min_fragment_share", number(lambda value: 0 < value <= 1), "a number in (0, 1]"),
    ("lr", positive, "a number above 0 (schedules are not supported)"),
    ("adam_betas", is_betas, "two numbers in [0, 1)"),
    ("adam_epsilon", positive, ABOVE_0),
    ("weight_decay", not_negative, "a number of at least 0"),
    ("grad_clip", positive, ABOVE_0),
    ("mistake_rate", share, "a number in [0, 1]"),
    ("cache_timeout_s", positive, "a number of seconds above 0"),
    ("num_learners", lambda value: value == 0, "0: the warm start trains in its own process"),
    ("num_env_runners", lambda value: value == 0, "0: nothing is sampled"),
)


def check_config(config: Any) -> None:
    """Check each setting and how they fit together.

    Args:
        config: A `WarmStartConfig`.

    Raises:
        ValueError: naming the key, its value and the allowed range.
    """
    check_rules(config, _RULES)
    for dataset, rate in config.mistake_rates.items():
        check_value(f"mistake_rates[{dataset!r}]", rate, share, "a number in [0, 1]")
    for dataset, solver in config.solvers.items():
        # Its path is part of the cache's key, and two functions of one path would share a model.
        if not isinstance(solver, FunctionType) or "<" in solver.__qualname__:
            raise ValueError(
                f"solvers[{dataset!r}]={solver!r} must be a function at the top of a module: (task, generator, mistake "
                "rate) -> (steps, answer)."
            )
    if config.hidden_size % (2 * config.num_heads):
        raise ValueError(
            f"hidden_size={config.hidden_size} must be a multiple of 2 * num_heads={2 * config.num_heads}: each head "
            "takes an even share of the width."
        )
