"""The data set `composite`, which blends others: its config in JSON, checked part by part.

{"composite": {"datasets": [{"name": "gcd", "weight": 2, "config": {"max_numbers": 3}}, {"name": "lcm"}]}}
"""

from collections.abc import Callable, Mapping
from typing import Any

from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.logic.examined import BLEND, EXAMINED
from prorl_rllib.envs.settings import did_you_mean, reject_unknown_keys

PART_KEYS = ("name", "weight", "config")
NOT_A_PART = {BLEND: "a blend of blends", "codeio": "its entries are made outside Reasoning Gym"}
"""Data set -> why it cannot be a part."""


def check_parts(config: Mapping[str, Any], where: str, check_config: Callable[[str, Mapping[str, Any]], str]) -> None:
    """Raise when a part of a blend is wrong.

    Args:
        config: of the blend.
        where: what to call it in an error.
        check_config: checks the config of a part.

    Raises:
        EnvConfigError: naming the part.
    """
    given = config.get("datasets")
    if not isinstance(given, list) or not given or not all(isinstance(part, Mapping) for part in given):
        raise EnvConfigError(f"{where}: `datasets` must be a list of {{name, weight, config}}, got {given!r:.100}")
    for part in given:
        reject_unknown_keys(part, PART_KEYS, f"{where}['datasets']")
        name = part.get("name")
        if name not in EXAMINED:
            raise EnvConfigError(f"{where}: unknown data set {name!r}{did_you_mean(str(name), EXAMINED)}")
        if name in NOT_A_PART:
            raise EnvConfigError(f"{where}: {name!r} cannot be a part: {NOT_A_PART[name]}")
        check_config(name, part.get("config", {}))


def specifications(config: Mapping[str, Any]) -> list[Any]:
    """Return the parts of a checked config as Reasoning Gym takes them."""
    from reasoning_gym.composite import DatasetSpec

    return [
        DatasetSpec(part["name"], part.get("weight", 1.0), dict(part.get("config", {}))) for part in config["datasets"]
    ]


def part_names(config: Mapping[str, Any]) -> set[str]:
    """Return the names of the parts of a checked config."""
    return {part["name"] for part in config["datasets"]}
