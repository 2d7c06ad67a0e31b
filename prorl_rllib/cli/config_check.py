"""Validate an algorithm's configuration before a trial is started for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.tune.search.sample import Categorical, Domain

from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.engines.model_loading import resolve_model


def _values(space: Any) -> list[Any] | None:
    """List the values of a search space: all of a grid or a choice, one sample of others; None if it is no space."""
    if isinstance(space, dict) and set(space) == {"grid_search"}:
        return list(space["grid_search"])
    if isinstance(space, Categorical):
        return list(space.categories)
    return [space.sample()] if isinstance(space, Domain) else None


def _spaces(config: AlgorithmConfig) -> dict[str, list[Any]]:
    """Collect the values of each attribute that is a search space."""
    spaces = {name: values for name, space in vars(config).items() if (values := _values(space)) is not None}
    for name, values in spaces.items():
        if not values:
            raise CommandError(f"The search space of `{name}` in `config` has no values; it needs one at least.")
    return spaces


def _variant(config: AlgorithmConfig, values: dict[str, Any]) -> AlgorithmConfig:
    """Copy `config` with `values` in place of its search spaces."""
    variant = config.copy(copy_frozen=False)
    for name, value in values.items():
        setattr(variant, name, value)
    return variant


def variants(config: AlgorithmConfig) -> Iterator[tuple[str, AlgorithmConfig]]:
    """Make configurations that trials could have, so that each value of each search space occurs in one.

    Args:
        config: a configuration, with or without `tune.grid_search`, `tune.choice` or sampled attributes.

    Yields:
        The value that is new in a variant, such as "lr=0.001" (empty for the first, which has the first value of each
        space), and the variant. Not all combinations: their number may be large.
    """
    spaces = _spaces(config)
    first = {name: values[0] for name, values in spaces.items()}
    yield "", _variant(config, first)
    for name, values in spaces.items():
        for value in values[1:]:
            yield f"{name}={value!r}", _variant(config, {**first, name: value})


def _check_model(config: AlgorithmConfig) -> None:
    """Make sure that a model given by its path is there; an id of the hub is looked up when it is loaded."""
    model = getattr(config, "model_name_or_path", None)
    if model is not None:
        resolve_model(str(model))


def check_config(config: AlgorithmConfig, path: Path) -> AlgorithmConfig:
    """Validate `config` as the algorithm would when it is built, with each value of its search spaces.

    Args:
        config: the experiment's configuration; it is not changed.
        path: the file it comes from, for the message.

    Returns:
        The validated first variant.

    Raises:
        CommandError: if the configuration names no algorithm or is not valid.
    """
    if config.algo_class is None:
        raise CommandError(
            f"`config` in {path} names no algorithm: it is a plain {type(config).__name__}. "
            "Use an algorithm's own class, such as ProRLConfig or PPOConfig."
        )
    valid = []
    for difference, variant in variants(config):
        try:
            variant.validate()
            _check_model(variant)
        except Exception as error:
            with_value = f" with {difference}" if difference else ""
            raise CommandError(f"`config` in {path} is not valid{with_value}. {describe(error)}") from error
        valid.append(variant)
    return valid[0]
