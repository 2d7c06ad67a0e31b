"""Look at an environment before a trial is started for it: that its id exists, and that it takes its config."""

import importlib
from functools import cache
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import find_highest_version, parse_env_id
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.tune.registry import ENV_CREATOR, _global_registry

OWN_NAMESPACE = "prorl"


def check_environment(config: AlgorithmConfig) -> None:
    """Find a config's environment; make the project's own ones once, as their settings are checked there.

    Args:
        config: a validated configuration of one trial.

    Raises:
        ValueError: if the id is unknown.
        EnvConfigError: if an environment of this project does not take its `env_config`.
        Exception: what else an environment of this project raises when it is made.
    """
    env = config.env
    if not isinstance(env, str) or _global_registry.contains(ENV_CREATOR, env):
        return
    if not _is_own(env):
        return
    made: list[dict[str, Any]] = []
    evaluation = (config.evaluation_config or {}) if config.evaluation_interval else {}
    for settings in (config.env_config, {**config.env_config, **evaluation.get("env_config", {})}):
        if settings not in made:
            made.append(settings)
            gym.make(env, **settings).close()


@cache
def _is_own(env: str) -> bool:
    """Whether an id is one of this project's; an unknown one is refused."""
    try:
        return _namespace(env) == OWN_NAMESPACE
    except (gym.error.Error, ImportError) as error:
        if _is_class(env):
            return False
        raise ValueError(
            f"env={env!r} is unknown: {error} An environment is an id of Gymnasium, with its module where that must be "
            "imported first (prorl_rllib:prorl/Math-v0), a class's path (package.module.Class), or a name that the "
            "experiment's file registers with ray.tune.register_env."
        ) from error


def _namespace(env: str) -> str | None:
    """Return the namespace of an id that Gymnasium knows, once its module is imported."""
    module, _, env_id = env.rpartition(":")
    if module:
        importlib.import_module(module)
    namespace, name, version = parse_env_id(env_id)
    # Gymnasium takes the newest version where none is named.
    if version is not None or find_highest_version(namespace, name) is None:
        gym.spec(env_id)
    return namespace


def _is_class(path: str) -> bool:
    """Whether a text is the path of something that can be imported."""
    module, dot, name = path.rpartition(".")
    if not dot or not module.replace(".", "").isidentifier():
        return False
    try:
        return hasattr(importlib.import_module(module), name)
    except ImportError:
        return False
