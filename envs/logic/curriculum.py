"""Difficulty: the levels of Reasoning Gym's curricula as configs of its data sets."""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from prorl_rllib.envs.logic import reasoning_gym

MAX_DIFFICULTY = 5
"""Most curricula have four or five levels; level 4 is the fifth."""
HIGHEST_LEVELS = {"jugs": 1, "number_sequence": 1}
"""Data set -> highest level used, where generating takes seconds or more above it."""


def level_config(dataset: str, difficulty: int, given: Iterable[str]) -> dict[str, Any]:
    """Return what a difficulty sets in a data set's config.

    Difficulty 1 is the data set's default config, difficulty d level d - 1 of its curriculum (level 0 is often easier
    than the default). A data set without a curriculum, or without a valid level, keeps its default.

    Args:
        dataset: name of the data set.
        difficulty: 1 to `MAX_DIFFICULTY`.
        given: the keys that the user set; an attribute with one of them is left alone.
    """
    wanted = min(difficulty - 1, HIGHEST_LEVELS.get(dataset, difficulty - 1))
    if wanted == 0:
        return {}
    keys = set(given)
    attributes = json.loads(highest_valid_level(dataset, wanted))
    return {key: value for attribute in attributes if not keys & set(attribute) for key, value in attribute.items()}


@lru_cache(1024)
def highest_valid_level(dataset: str, wanted: int) -> str:
    """Return, as JSON, the attributes of the highest level up to a wanted one whose config the data set accepts.

    Args:
        dataset: name of the data set.
        wanted: the level; attributes with fewer levels stay at their last.
    """
    for level in range(wanted, -1, -1):
        attributes = attributes_of_level(dataset, level)
        if is_accepted(dataset, {key: value for attribute in attributes for key, value in attribute.items()}):
            return json.dumps(attributes)
    return "[]"


def attributes_of_level(dataset: str, level: int) -> list[dict[str, Any]]:
    """Return the config keys of each attribute of a curriculum at a level; none without a curriculum."""
    reasoning_gym.load()
    from reasoning_gym.factory import create_curriculum, has_curriculum

    if not has_curriculum(dataset):
        return []
    curriculum = create_curriculum(dataset)
    curriculum.set_global_level(level)
    config = curriculum.generate_configuration()
    return [{key: getattr(config, key) for key in keys_of(attribute)} for attribute in curriculum.attributes.values()]


def keys_of(attribute: Any) -> tuple[str, ...]:
    """Return the config keys that an attribute of a curriculum sets: one, or a lower and an upper bound."""
    if hasattr(attribute, "field_name"):
        return (attribute.field_name,)
    return (attribute.lower_field_name, attribute.upper_field_name)


def is_accepted(dataset: str, config: dict[str, Any]) -> bool:
    """Tell whether a data set takes a config; a few levels of the curricula lie outside what theirs take."""
    try:
        reasoning_gym.check_config(dataset, config)
    except reasoning_gym.EnvConfigError:
        return False
    return True
