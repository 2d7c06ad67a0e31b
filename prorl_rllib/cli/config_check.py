"""Validate an algorithm's configuration before a trial is started for it."""

from pathlib import Path
from typing import Any

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.tune.search.sample import Domain

from prorl_rllib.cli.errors import CommandError, describe


def _first_value(value: Any) -> Any:
    """Replace a search space by one of its values."""
    if isinstance(value, dict) and set(value) == {"grid_search"}:
        return value["grid_search"][0]
    return value.sample() if isinstance(value, Domain) else value


def first_variant(config: AlgorithmConfig) -> AlgorithmConfig:
    """Copy `config` with each attribute that is a search space replaced by one value of it.

    Args:
        config: a configuration, with or without `tune.grid_search` or sampled attributes.

    Returns:
        A configuration that one trial could have.
    """
    variant = config.copy(copy_frozen=False)
    for name, value in vars(variant).items():
        replaced = _first_value(value)
        if replaced is not value:
            setattr(variant, name, replaced)
    return variant


def check_config(config: AlgorithmConfig, path: Path) -> AlgorithmConfig:
    """Validate `config` as the algorithm would when it is built.

    Args:
        config: the experiment's configuration; it is not changed.
        path: the file it comes from, for the message.

    Returns:
        The validated variant.

    Raises:
        CommandError: if the configuration names no algorithm or is not valid.
    """
    if config.algo_class is None:
        raise CommandError(
            f"`config` in {path} names no algorithm: it is a plain {type(config).__name__}. "
            "Use an algorithm's own class, such as ProRLConfig or PPOConfig."
        )
    variant = first_variant(config)
    try:
        variant.validate()
    except Exception as error:
        raise CommandError(f"`config` in {path} is not valid. {describe(error)}") from error
    return variant
