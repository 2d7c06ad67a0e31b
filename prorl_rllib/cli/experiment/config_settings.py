"""Set keys of a config from plain data: unknown keys and values of the wrong kind are refused, for any algorithm."""

import inspect
from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.fluent_config import SPECIAL_KEYS, FluentConfig
from prorl_rllib.cli.errors import CommandError, reason

OTHER_API_STACK = ("enable_rl_module_and_learner", "enable_env_runner_and_connector_v2", "_enable_new_api_stack")


def apply_settings(config: AlgorithmConfig, settings: Mapping[str, Any], where: str) -> AlgorithmConfig:
    """Copy a config and set keys of it.

    Args:
        config: any algorithm's configuration; it is not changed.
        settings: the keys of dict configs and their values; `{"grid_search": [...]}` is a search space. A dict is
            merged into `env_config`, and replaces other dicts.
        where: what the settings were read from, for the message.

    Returns:
        The copy.

    Raises:
        CommandError: for a key that the algorithm does not have, with the nearest one, or a value of the wrong kind.
    """
    copy = config.copy(copy_frozen=False)
    try:
        _check(copy, settings)
        values = dict(settings)
        if "model_config" in values and not isinstance(copy, FluentConfig):
            copy.rl_module(model_config=values.pop("model_config"))
        copy.update_from_dict(values)
    except Exception as error:
        raise CommandError(f"{where}: {reason(error)}") from error
    return copy


def known_keys(config: AlgorithmConfig) -> set[str]:
    """List the keys that a config takes from plain data.

    Args:
        config: any algorithm's configuration.

    Returns:
        Attributes, the names that stand for some of them in dict configs, and RLlib's special keys.
    """
    names = set(config.DICT_KEYS.values()) if isinstance(config, FluentConfig) else {"model_config"}
    properties = {name for name, _ in inspect.getmembers(type(config), _is_settable)}
    return set(vars(type(config)())) | set(config.to_dict()) | names | properties | SPECIAL_KEYS


def _is_settable(member: Any) -> bool:
    """Whether a member of a class is a property with a setter, such as `train_batch_size_per_learner`."""
    return isinstance(member, property) and member.fset is not None


def _check(config: AlgorithmConfig, settings: Mapping[str, Any]) -> None:
    """Check keys and kinds of values."""
    check_keys(type(config).__name__, map(str, settings), known_keys(config))
    defaults = type(config)()
    names = {key: name for name, key in config.DICT_KEYS.items()} if isinstance(config, FluentConfig) else {}
    for key, value in settings.items():
        if key in OTHER_API_STACK and value is not True:
            raise ValueError(f"{key}={value!r}: only RLlib's new API stack is supported; leave the key out.")
        for one in _values(value):
            _check_kind(key, one, getattr(defaults, names.get(key, key), None))


def _values(value: Any) -> Iterator[Any]:
    """Yield a value, or those of a search space."""
    if isinstance(value, dict) and set(value) == {"grid_search"}:
        if not isinstance(value["grid_search"], list):
            raise ValueError(f"grid_search needs a list of values, got {value['grid_search']!r}.")
        yield from value["grid_search"]
    else:
        yield value


def _check_kind(key: str, value: Any, default: Any) -> None:
    """Refuse text for a number, and the like; RLlib itself would set it and fail much later, or not at all."""
    if isinstance(default, bool):
        wrong = value is not None and not isinstance(value, bool)
        kind = "true or false"
    elif isinstance(default, Real):
        wrong = isinstance(value, bool | dict) or (isinstance(value, str) and value != "auto")
        kind = "a number"
    elif isinstance(default, dict):
        wrong, kind = value is not None and not isinstance(value, dict), "a mapping of keys to values"
    else:
        return
    if wrong:
        raise ValueError(f"{key}={value!r} is of type {type(value).__name__}: it must be {kind}.")
