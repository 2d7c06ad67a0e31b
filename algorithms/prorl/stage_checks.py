"""Checks of a run's stages before anything starts."""

from collections.abc import Callable, Mapping
from typing import Any

from prorl_rllib.algorithms.config_rules import check_keys, check_value, integer, is_bool
from prorl_rllib.algorithms.fluent_config import parameters_of
from prorl_rllib.algorithms.prorl.config_cross_checks import check_effects, check_weights
from prorl_rllib.algorithms.prorl.config_objective import ObjectiveConfig
from prorl_rllib.algorithms.prorl.config_resets import ReferenceResetConfig
from prorl_rllib.algorithms.prorl.config_rewards import RewardsConfig
from prorl_rllib.algorithms.prorl.stages import stage_config, touched_settings

_BATCH_SIZES = {"prompts_per_step", "prompts_per_optimizer_step", "group_size", "max_tokens_per_microbatch"}
_OPTIMIZER = {"lr", "grad_clip", "max_sampling_rounds", "on_sampling_cap"}
STAGE_KEYS: dict[str, set[str]] = {
    "training": _BATCH_SIZES | _OPTIMIZER | parameters_of(ObjectiveConfig.objective) - {"unknown"},
    "generation": {"temperature", "max_completion_length"},
    "rewards": parameters_of(RewardsConfig.rewards) - {"unknown"},
    "reference_reset": parameters_of(ReferenceResetConfig.reference_reset) - {"unknown"},
    "env_config": {"weights"},
}
"""What a stage may change, by section."""


def check_stages(config: Any, check_settings: Callable[[Any], None]) -> list[Any]:
    """Check the order of the stages, their keys, and the settings that each leads to.

    Args:
        config: A `ProRLConfig`.
        check_settings: Raises a ValueError unless the settings of a config fit together.

    Returns:
        The config in force in each stage.

    Raises:
        ValueError: naming the stage, the key, its value and the allowed range.
    """
    stages = config.training_stages
    for number, stage in enumerate(stages, start=1):
        _check_stage(config, f"stage {number}", stage)
        if number > 1 and stage["from_iteration"] <= stages[number - 2]["from_iteration"]:
            raise ValueError(
                f"stage {number} has from_iteration={stage['from_iteration']}, which is not after that of stage "
                f"{number - 1} ({stages[number - 2]['from_iteration']}): stages must be in order."
            )
    configs = []
    for number in range(1, len(stages) + 1):
        try:
            in_force = stage_config(config, stages[:number])
            configs.append(in_force)
            check_settings(in_force)
            # Those of earlier stages may rest: a stage that turns a penalty off leaves its size alone.
            check_effects(in_force, touched_settings(stages[number - 1]))
        except ValueError as error:
            raise ValueError(f"stage {number}: {error}") from error
    return configs


def _check_stage(config: Any, name: str, stage: Any) -> None:
    check_value(name, stage, lambda value: isinstance(value, Mapping), "a dict")
    check_keys(name, stage, {"from_iteration", "reset_reference", *STAGE_KEYS})
    at = stage.get("from_iteration")
    allowed = "an integer of at least 2: what holds from the first iteration on is set outside of stages"
    check_value(f"{name}: from_iteration", at, integer(2), allowed)
    check_value(f"{name}: reset_reference", stage.get("reset_reference", False), is_bool, "True or False")
    if not set(stage) & {"reset_reference", *STAGE_KEYS}:
        raise ValueError(f"{name} changes nothing: give it one of reset_reference, {', '.join(STAGE_KEYS)}.")
    for section, keys in STAGE_KEYS.items():
        values = stage.get(section, {})
        check_value(f"{name}: {section}", values, lambda value: isinstance(value, Mapping), "a dict")
        check_keys(f"{section} of {name}", values, keys)
    if "weights" in stage.get("env_config", {}):
        check_weights(config, f"{name}: weights", stage["env_config"]["weights"])
