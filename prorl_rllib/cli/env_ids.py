"""Ids of environments: which exist, and which are this project's."""

import importlib
from typing import Any

import gymnasium as gym
from gymnasium.envs.registration import find_highest_version, parse_env_id
from ray.tune.registry import ENV_CREATOR, _global_registry

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.envs.registration import ENVIRONMENTS
from prorl_rllib.envs.settings import did_you_mean


def check_known(env: Any) -> None:
    """Refuse an id that nobody knows, with the nearest one.

    Args:
        env: an id of Gymnasium, a name registered with Ray, the path of a class, or a class.

    Raises:
        CommandError: if it is none of them.
    """
    if not isinstance(env, str) or _global_registry.contains(ENV_CREATOR, env) or _is_class(env):
        return
    try:
        _look_up(env)
    except (gym.error.Error, ImportError) as error:
        near = did_you_mean(env.rpartition(":")[2], ENVIRONMENTS)
        raise CommandError(
            f"There is no environment {env!r}{near}. {error} It may be an id of Gymnasium, with its module where that "
            "must be imported first (prorl_rllib:prorl/Math-v0), a class's path (package.module.Class), or a name "
            "that an experiment's file registers with ray.tune.register_env, which `rllib evaluate` reads with --file."
        ) from error


def is_own(env: Any) -> bool:
    """Whether an id is one of this project's.

    Args:
        env: as in `check_known`.
    """
    return isinstance(env, str) and env.rpartition(":")[2] in ENVIRONMENTS


def _look_up(env: str) -> None:
    """Find an id of Gymnasium, once its module is imported."""
    module, _, env_id = env.rpartition(":")
    if module:
        importlib.import_module(module)
    namespace, name, version = parse_env_id(env_id)
    # Gymnasium takes the newest version where none is named.
    if version is not None or find_highest_version(namespace, name) is None:
        gym.spec(env_id)


def _is_class(path: str) -> bool:
    """Whether a text is the path of something that can be imported."""
    module, dot, name = path.rpartition(".")
    if not dot or not module.replace(".", "").isidentifier():
        return False
    try:
        return hasattr(importlib.import_module(module), name)
    except ImportError:
        return False
