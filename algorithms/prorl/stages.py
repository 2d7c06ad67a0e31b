"""Stages: from an iteration on, some settings take other values, as between the paper's Runs 1 to 8.

ProRL (arXiv 2505.24864, appendix E) trains in eight runs that change the data, the group size, the completion length or
the shaping of rewards, often together with a reset of the reference. Here they are one run with stages.
"""

from collections.abc import Mapping, Sequence
from typing import Any

SECTIONS = ("training", "generation", "rewards", "reference_reset")
"""Sections of a stage, each named after the method of the config that takes its keys."""


def stage_number(stages: Sequence[Mapping[str, Any]], iteration: int) -> int:
    """Return how many stages have begun by an iteration.

    Args:
        stages: The stages, in order of `from_iteration`.
        iteration: Number of the iteration, from 1.

    Returns:
        0 before the first stage.
    """
    return sum(stage["from_iteration"] <= iteration for stage in stages)


def stage_config(config: Any, stages: Sequence[Mapping[str, Any]]) -> Any:
    """Return the config in force when some stages have begun; a later stage overrides an earlier one.

    Args:
        config: The run's config; it is not changed.
        stages: The stages that have begun, in order.

    Returns:
        A frozen copy with the stages' settings.
    """
    changed = config.copy(copy_frozen=False)
    for stage in stages:
        for section in SECTIONS:
            if section in stage:
                getattr(changed, section)(**stage[section])
    changed.freeze()
    return changed


def stage_settings(config: Any, stages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the attributes of the config that some stages changed, with their values.

    Args:
        config: The run's config.
        stages: The stages that have begun, in order.
    """
    before, after = vars(config), vars(stage_config(config, stages))
    touched = {key for stage in stages for key in touched_settings(stage)}
    return {key: after[key] for key in sorted(touched & after.keys()) if after[key] != before[key]}


def touched_settings(stage: Mapping[str, Any]) -> set[str]:
    """Return the attributes of the config that a stage sets, its environment's aside.

    Args:
        stage: The stage.
    """
    touched = {key for section in SECTIONS if section != "reference_reset" for key in stage.get(section, {})}
    return touched | {f"reset_{key}" for key in stage.get("reference_reset", {})}


def env_changes(config: Any, stages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the keys of the training environment's `env_config` that differ from the config's, with their values.

    Args:
        config: The run's config; `curriculum(weights=...)` precedes the weights in `env_config`.
        stages: The stages that have begun, in order; they precede both.
    """
    changes: dict[str, Any] = {"weights": config.curriculum_weights} if config.curriculum_weights else {}
    for stage in stages:
        changes.update(stage.get("env_config", {}))
    return changes
