"""The way of a config to plain data and YAML and back: what differs from the defaults, and nothing that is code."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

# What RLlib or a validation derives from other settings; the policies of a single agent are always the default one.
_DERIVED = {
    "algo_class",
    "class",
    "create_local_env_runner",
    "engine_choice",
    "policies",
    "simple_optimizer",
    "warm_started_model",
    "_is_frozen",
    "_is_online",
}


class NotPlain(ValueError):
    """A value that plain data cannot hold, such as a class or a function."""


def plain_settings(config: AlgorithmConfig, names: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings that differ from the defaults.

    Args:
        config: A config of a class that is made without arguments.
        names: Attribute -> the key that stands for it in dict configs, where they differ.

    Returns:
        Key -> numbers, text, booleans, None, and lists and dicts of these.

    Raises:
        ValueError: naming a setting whose value is not plain.
    """
    defaults = vars(type(config)())
    settings: dict[str, Any] = {}
    for key, value in vars(config).items():
        if key in _DERIVED or _equal(value, defaults.get(key)):
            continue
        try:
            settings[names.get(key, key)] = _plain(value)
        except NotPlain as error:
            raise ValueError(
                f"{key}={value!r} cannot be written to YAML: {error}. Set it in Python on the config that is read back."
            ) from None
    return settings


def dump_yaml(settings: Mapping[str, Any]) -> str:
    """Write plain settings as YAML, keys in their order.

    Args:
        settings: What `plain_settings` returned.
    """
    return yaml.dump(dict(settings), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def load_yaml(source: str | Path) -> dict[str, Any]:
    """Read settings from YAML.

    Args:
        source: The path of a file as a `Path`, or YAML text.

    Returns:
        Key -> value; empty for an empty text.

    Raises:
        ValueError: if the text is no YAML or no mapping, or a key is not text.
    """
    text = source.read_text() if isinstance(source, Path) else source
    settings = read_yaml_value(text)
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        hint = f" For a file pass Path({text!r})." if text.endswith((".yaml", ".yml")) else ""
        kind = type(settings).__name__
        raise ValueError(f"a YAML config must map keys to values; this is a {kind}: {text[:80]!r}.{hint}")
    if not_text := [f"{key!r} ({type(key).__name__})" for key in settings if not isinstance(key, str)]:
        raise ValueError(
            f"the keys of a YAML config must be text; {', '.join(not_text)} are none: put them in quotes, as they are "
            "written in the file (YAML takes a bare no, 1, ~ or date for another type)."
        )
    return settings


def read_yaml_value(text: str) -> Any:
    """Read one value from YAML, by the rules of `load_yaml`.

    Args:
        text: The value, such as `1e-5`, `[1, 2]` or `{difficulty: 3}`.

    Returns:
        Numbers, text, booleans, None, lists and dicts.

    Raises:
        ValueError: if the text is no YAML.
    """
    try:
        return yaml.load(text, _Loader)
    # PyYAML's constructors raise what they come across, for a value such as `!!int ''`.
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise ValueError(f"{text[:80]!r} is no YAML: {error}") from error


class _Loader(yaml.SafeLoader):
    """Reads 1e-5 as a number, as people mean it; YAML 1.1 takes it for text, for want of a dot.

    A key that is given twice is an error: YAML would take the last one, and nobody would know.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping, as `yaml.SafeLoader` does.

        Args:
            node: The mapping.
            deep: As in `yaml.SafeLoader`.

        Raises:
            yaml.constructor.ConstructorError: if a key is given twice.
        """
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


class _Dumper(yaml.SafeDumper):
    """Puts quotes around text that `_Loader` would read as a number."""


for _class in (_Loader, _Dumper):
    _class.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
    )


def _equal(left: Any, right: Any) -> bool:
    try:
        return type(left) is type(right) and bool(left == right)
    except (TypeError, ValueError):
        return left is right


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, AlgorithmConfig) and hasattr(value, "to_plain"):
        return value.to_plain()
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    raise NotPlain(f"a {type(value).__name__} is no plain value")
