"""`key=value` after an experiment: settings that go before the file's."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.algorithms.plain_config import read_yaml_value
from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.experiment.config_settings import apply_settings

_OVERRIDE = re.compile(r"(?P<path>[A-Za-z_]\w*(\.[^.=\s]+)*)=(?P<value>.*)", re.DOTALL)


def parse_override(text: str) -> tuple[list[str], Any]:
    """Read one override.

    Args:
        text: such as `lr=1e-4`, `env_config.difficulty=3` or `lr={grid_search: [1e-4, 3e-4]}`; the value is YAML.

    Returns:
        The path of keys, and the value.

    Raises:
        CommandError: if it has another form, or the value is no YAML.
    """
    found = _OVERRIDE.fullmatch(text)
    if found is None or not found["value"].strip():
        raise CommandError(
            f"{text!r} is no setting: write key=value without blanks around the sign, such as lr=1e-4, "
            "env_config.difficulty=3 or model=null."
        )
    try:
        return found["path"].split("."), read_yaml_value(found["value"])
    except ValueError as error:
        raise CommandError(f"The value of {found['path']!r} cannot be read: {error}") from error


def apply_overrides(config: AlgorithmConfig, overrides: Sequence[str]) -> AlgorithmConfig:
    """Copy a config with settings of the command line.

    Args:
        config: any algorithm's configuration; it is not changed.
        overrides: texts as in `parse_override`; a later one goes before an earlier one.

    Returns:
        The copy.

    Raises:
        CommandError: if an override cannot be read, names no key of the config, or has a value of the wrong kind.
    """
    for text in overrides:
        (key, *inner), value = parse_override(text)
        if inner:
            value = _with_value(vars(config).get(key), inner, value, text, key)
        config = apply_settings(config, {key: value}, text)
    return config


def _with_value(whole: Any, path: list[str], value: Any, text: str, at: str) -> Any:
    """Copy what is at the key `at`, with `value` at a path in it."""
    key, *inner = path
    if isinstance(whole, AlgorithmConfig):
        return apply_overrides(whole, [text.removeprefix(f"{at}.")])
    if whole is not None and not isinstance(whole, Mapping):
        raise CommandError(f"{text}: {at} is {whole!r}, of type {type(whole).__name__}; only a mapping has keys.")
    present = whole or {}
    if inner:
        value = _with_value(present.get(key), inner, value, text, f"{at}.{key}")
    return {**present, key: value}
