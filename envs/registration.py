"""The table of Gymnasium ids."""

from typing import Any

import gymnasium

from prorl_rllib.envs.text_env import TextVectorEnv

ENVIRONMENTS = {
    "prorl/Math-v0": ("prorl_rllib.envs.math:MathEnv", "prorl_rllib.envs.registration:make_math_vector"),
    "prorl/Logic-v0": ("prorl_rllib.envs.logic:LogicEnv", "prorl_rllib.envs.registration:make_logic_vector"),
    "prorl/Mixture-v0": ("prorl_rllib.envs.mixture:MixtureEnv", "prorl_rllib.envs.registration:make_mixture_vector"),
}
"""Id -> entry point, vector entry point."""


def register_environments() -> None:
    """Register every id with Gymnasium; those it knows already are left alone."""
    for env_id, (entry_point, vector_entry_point) in ENVIRONMENTS.items():
        if env_id not in gymnasium.registry:
            gymnasium.register(env_id, entry_point=entry_point, vector_entry_point=vector_entry_point)


def make_math_vector(num_envs: int = 1, **env_config: Any) -> TextVectorEnv:
    """Return the vector form of prorl/Math-v0.

    Args:
        num_envs: number of slots.
        env_config: as for the single environment.
    """
    from prorl_rllib.envs.math import MathEnv

    return TextVectorEnv.from_env(MathEnv(**env_config), num_envs)


def make_logic_vector(num_envs: int = 1, **env_config: Any) -> TextVectorEnv:
    """Return the vector form of prorl/Logic-v0; arguments as in `make_math_vector`."""
    from prorl_rllib.envs.logic import LogicEnv

    return TextVectorEnv.from_env(LogicEnv(**env_config), num_envs)


def make_mixture_vector(num_envs: int = 1, **env_config: Any) -> TextVectorEnv:
    """Return the vector form of prorl/Mixture-v0; arguments as in `make_math_vector`."""
    from prorl_rllib.envs.mixture import MixtureEnv

    return TextVectorEnv.from_env(MixtureEnv(**env_config), num_envs)
