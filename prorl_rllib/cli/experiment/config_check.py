"""Validate an algorithm's configuration before a trial is started for it."""

from collections.abc import Iterator, Mapping
from typing import Any

from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.tune.search.sample import Categorical, Domain, Function

from prorl_rllib.algorithms.config_rules import AT_LEAST_0, Rule, check_rules, integer, not_negative, optional
from prorl_rllib.cli.errors import CommandError, reason
from prorl_rllib.cli.experiment.environment_check import check_environment
from prorl_rllib.engines.model_loading import resolve_model

Path = tuple[str, ...]

_AT_LEAST_NOTHING = "a number of at least 0"
RESOURCES: tuple[Rule, ...] = (
    ("num_env_runners", integer(0), AT_LEAST_0),
    ("num_learners", integer(0), AT_LEAST_0),
    ("num_cpus_for_main_process", not_negative, _AT_LEAST_NOTHING),
    ("num_cpus_per_env_runner", not_negative, _AT_LEAST_NOTHING),
    ("num_gpus_per_env_runner", not_negative, _AT_LEAST_NOTHING),
    ("num_cpus_per_learner", lambda value: value == "auto" or not_negative(value), f'{_AT_LEAST_NOTHING}, or "auto"'),
    ("num_gpus_per_learner", not_negative, _AT_LEAST_NOTHING),
    ("seed", optional(integer(0)), f"{AT_LEAST_0}, or None"),
)
"""What RLlib takes as it comes, for Ray to wait for ever or to fail on much later."""


def _values(space: Any, default: Any) -> list[Any] | None:
    """List the values of a search space: all of a grid or a choice, one sample of others; None if it is no space."""
    if isinstance(space, dict) and set(space) == {"grid_search"}:
        return list(space["grid_search"])
    if isinstance(space, Categorical):
        return list(space.categories)
    if isinstance(space, Function):
        # Its value depends on those of others, which only Tune knows; the default stands for it.
        return [default]
    return [space.sample()] if isinstance(space, Domain) else None


def _spaces(values: Mapping[str, Any], defaults: Mapping[str, Any], above: Path = ()) -> dict[Path, list[Any]]:
    """Collect the values of each search space among attributes, and in the dicts among them."""
    spaces: dict[Path, list[Any]] = {}
    for name, value in values.items():
        path = (*above, name)
        found = _values(value, defaults.get(name))
        if found is not None:
            spaces[path] = found
        elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
            spaces |= _spaces(value, {}, path)
    return spaces


def _with_value(whole: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Copy nested dicts, with `value` at a path."""
    name, *inner = path
    return {**whole, name: _with_value(whole[name], tuple(inner), value) if inner else value}


def _variant(config: AlgorithmConfig, values: Mapping[Path, Any]) -> AlgorithmConfig:
    """Copy `config` with `values` in place of its search spaces."""
    variant = config.copy(copy_frozen=False)
    for (name, *inner), value in values.items():
        setattr(variant, name, _with_value(getattr(variant, name), tuple(inner), value) if inner else value)
    return variant


def variants(config: AlgorithmConfig) -> Iterator[tuple[str, AlgorithmConfig]]:
    """Make configurations that trials could have, so that each value of each search space occurs in one.

    Args:
        config: a configuration, with or without `tune.grid_search`, `tune.choice` or sampled values, among its
            attributes or in dicts such as `env_config`.

    Yields:
        The value that is new in a variant, such as "lr=0.001" (empty for the first, which has the first value of each
        space), and the variant. Not all combinations: their number may be large.

    Raises:
        CommandError: if a search space has no values.
    """
    spaces = _spaces(vars(config), vars(type(config)()))
    for path, values in spaces.items():
        if not values:
            raise CommandError(f"The search space of `{'.'.join(path)}` has no values; it needs one at least.")
    first = {path: values[0] for path, values in spaces.items()}
    yield "", _variant(config, first)
    for path, values in spaces.items():
        for value in values[1:]:
            yield f"{'.'.join(path)}={value!r}", _variant(config, {**first, path: value})


def _check_model(config: AlgorithmConfig) -> None:
    """Make sure that a model given by its path is there; an id of the hub is looked up when it is loaded."""
    model = getattr(config, "model_name_or_path", None)
    if model is not None:
        resolve_model(str(model))


def check_config(config: AlgorithmConfig, source: str) -> list[AlgorithmConfig]:
    """Validate `config` as the algorithm would when it is built, with each value of its search spaces.

    Args:
        config: the experiment's configuration; it is not changed.
        source: where it comes from, for the message.

    Returns:
        The validated variants, see `variants`.

    Raises:
        CommandError: if the configuration names no algorithm or is not valid.
    """
    if config.algo_class is None:
        raise CommandError(
            f"`config` in {source} names no algorithm: it is a plain {type(config).__name__}. "
            "Use an algorithm's own class, such as ProRLConfig or PPOConfig."
        )
    valid = []
    for difference, variant in variants(config):
        try:
            check_rules(variant, RESOURCES)
            variant.validate()
            _check_model(variant)
            check_environment(variant)
        except Exception as error:
            with_value = f" with {difference}" if difference else ""
            raise CommandError(f"`config` in {source} is not valid{with_value}. {reason(error)}") from error
        valid.append(variant)
    return valid
