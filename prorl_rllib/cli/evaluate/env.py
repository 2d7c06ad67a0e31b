"""The environment of an evaluation: found, made once, and its spaces looked at."""

from collections.abc import Callable, Mapping
from typing import Any

import gymnasium as gym
from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.rllib.env.env_context import EnvContext
from ray.rllib.utils.error import EnvError

from prorl_rllib.cli.env_ids import check_known, is_own
from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.envs import TextEnv
from prorl_rllib.envs.registration import ENVIRONMENTS

AnyEnv = gym.Env[Any, Any]


def env_name(env: Any) -> str:
    """Return how an environment is called in messages.

    Args:
        env: an id or a class.
    """
    return env if isinstance(env, str) else f"{env.__module__}.{env.__qualname__}"


def env_creator(env: Any, config: AlgorithmConfig) -> Callable[[Mapping[str, Any]], AnyEnv]:
    """Return what makes an environment from its `env_config`.

    Args:
        env: an id of Gymnasium, a name registered with Ray, the path of a class, or a class.
        config: any config.

    Returns:
        A function; whatever the environment raises, it raises as a CommandError.

    Raises:
        CommandError: if the id is unknown.
    """
    check_known(env)
    _, create = Algorithm._get_env_id_and_creator(env, config)

    def make(env_config: Mapping[str, Any]) -> AnyEnv:
        try:
            made: AnyEnv = create(EnvContext(dict(env_config), worker_index=0))
            return made
        except EnvError as error:
            # RLlib's message lists what an id may be; what was wrong is in its cause.
            reason = error.__cause__ or error.__context__ or error
            raise CommandError(f"The environment {env_name(env)!r} could not be made. {describe(reason)}") from error
        except Exception as error:
            raise CommandError(
                f"The environment {env_name(env)!r} could not be made with env_config={dict(env_config)}. "
                f"{describe(error)}"
            ) from error

    return make


def make_held_out_env(
    env: Any, base: Mapping[str, Any], overrides: Mapping[str, Any], config: AlgorithmConfig
) -> tuple[AnyEnv, dict[str, Any]]:
    """Make the environment of a language model's evaluation.

    Args:
        env: as in `env_creator`.
        base: the `env_config` of the training.
        overrides: keys of it that are the evaluation's own. Without a `split` among them an environment of this
            package, or one like them, gives its held-out tasks.
        config: any config.

    Returns:
        The environment and its `env_config`.

    Raises:
        CommandError: if it cannot be made, or its spaces are not text.
    """
    create = env_creator(env, config)
    held_out = {**base, "split": "heldout", **overrides}
    env_config = held_out if is_own(env) else {**base, **overrides}
    made = create(env_config)
    if isinstance(getattr(made, "unwrapped", made), TextEnv) and env_config != held_out:
        made.close()
        env_config, made = held_out, create(held_out)
    for space in (made.observation_space, made.action_space):
        if not isinstance(space, gym.spaces.Text):
            made.close()
            raise CommandError(
                f"The environment {env_name(env)!r} has the space {space}: a language model needs text, in "
                f"observations and in actions. Environments of this package: {', '.join(ENVIRONMENTS)}."
            )
    return made, env_config
