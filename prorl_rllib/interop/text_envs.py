"""Environments as the adapters take them: by Gymnasium id, by class, or as an instance."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import gymnasium

from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.registration import register_environments
from prorl_rllib.envs.text_env import TextEnv

EnvLike: TypeAlias = str | type[TextEnv] | TextEnv
"""A Gymnasium id such as "prorl/Math-v0" or "my_module:my/Domain-v0"; a class; or an environment."""


def make_text_env(env: EnvLike, env_config: Mapping[str, Any] | None = None) -> TextEnv:
    """Return a text environment of its own for the caller.

    Args:
        env: which one; an instance gives one with its settings and tasks and an episode of its own.
        env_config: its keys, for an id or a class.

    Raises:
        EnvConfigError: for an unknown id, an environment that is no `TextEnv`, a wrong key, or keys beside an instance.
    """
    config = dict(env_config or {})
    if isinstance(env, str):
        return _from_id(env, config)
    if isinstance(env, type) and issubclass(env, TextEnv):
        return env(**config)
    model = getattr(env, "unwrapped", env)
    if not isinstance(model, TextEnv):
        raise EnvConfigError(f"env must be an id, a TextEnv class or a TextEnv, got {type(env).__name__}: {env!r:.100}")
    if config:
        raise EnvConfigError(f"env_config = {config!r:.200}: must be empty beside an environment that is made already")
    return model.copy_for_slot()


def _from_id(env_id: str, config: dict[str, Any]) -> TextEnv:
    """Make the environment of a Gymnasium id.

    Raises:
        EnvConfigError: as in `make_text_env`.
    """
    register_environments()
    try:
        made = gymnasium.make(env_id, **config).unwrapped
    except gymnasium.error.Error as error:
        raise EnvConfigError(f"env = {env_id!r}: {error}") from error
    if not isinstance(made, TextEnv):
        raise EnvConfigError(f"env = {env_id!r}: must be a text environment, got {type(made).__name__}")
    return made
