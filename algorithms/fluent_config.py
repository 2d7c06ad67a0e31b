"""What the configurations of this package share: fluent setters, strict keys, and the way to YAML and back."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig, NotProvided
from ray.rllib.utils.annotations import override

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.plain_config import dump_yaml, load_yaml, plain_settings

SPECIAL_KEYS = {"callbacks", "framework", "multiagent", "input", "lambda", "num_workers", "class"}
"""Keys of RLlib's dict configs that are no attributes."""


class FluentConfig(AlgorithmConfig):
    """An `AlgorithmConfig` that refuses unknown keys, with the nearest known one, and travels as a dict or YAML."""

    DICT_KEYS: ClassVar[Mapping[str, str]] = {}
    """Attribute -> its key in dict configs and YAML, where that is another."""

    @override(AlgorithmConfig)
    def update_from_dict(self, config_dict: dict[str, Any]) -> Self:
        """Update from a dict, as from YAML or Tune; unknown keys are errors.

        Args:
            config_dict: Attribute names and values.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown key, with the nearest known one.
        """
        default = type(self)()
        # Tune's own keys, such as "__trial_info__", travel with the config.
        keys = [str(key) for key in config_dict if not str(key).startswith("__")]
        known = set(vars(default)) | set(default.to_dict()) | set(self.DICT_KEYS.values())
        check_keys("config", keys, known | SPECIAL_KEYS)
        return super().update_from_dict(self._from_plain(config_dict, default))

    def _from_plain(self, config_dict: Mapping[str, Any], default: Self) -> dict[str, Any]:
        """Return values by attribute, with tuples where plain data has lists."""
        attributes = {key: attribute for attribute, key in self.DICT_KEYS.items()}
        values: dict[str, Any] = {}
        for key, value in config_dict.items():
            # RLlib's old stack keeps a dict of defaults under "model", which a config copied by dict sends back.
            attribute = key if key == "model" and isinstance(value, dict) else attributes.get(key, key)
            is_pair = isinstance(value, list) and isinstance(getattr(default, attribute, None), tuple)
            values[attribute] = tuple(value) if is_pair else value
        return values

    def to_plain(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, as plain data.

        Returns:
            A dict that `update_from_dict` of a new config takes.

        Raises:
            ValueError: naming a setting that plain data cannot hold, such as a class.
        """
        return plain_settings(self, self.DICT_KEYS)

    def to_yaml(self) -> str:
        """Return the settings that differ from the defaults, as YAML.

        Raises:
            ValueError: naming a setting that YAML cannot hold, such as a class.
        """
        return dump_yaml(self.to_plain())

    @classmethod
    def from_yaml(cls, source: str | Path) -> Self:
        """Make a config from YAML.

        Args:
            source: The path of a file as a `Path`, or YAML text, with the keys of dict configs.

        Returns:
            A new config: the defaults and what `source` changes of them.

        Raises:
            ValueError: for an unknown key, with the nearest known one, or if `source` is no YAML mapping.
        """
        return cls().update_from_dict(load_yaml(source))

    def _set(self, values: Mapping[str, Any]) -> Self:
        for key, value in values.items():
            if value is not NotProvided:
                setattr(self, key, value)
        return self


def parameters_of(method: Any) -> set[str]:
    """Return the names of a method's parameters."""
    return set(inspect.signature(method).parameters) - {"self"}
