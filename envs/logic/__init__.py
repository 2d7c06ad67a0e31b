"""The logic domain and its environment."""

from prorl_rllib.envs.domain import register_domain
from prorl_rllib.envs.logic.domain import LogicDomain, LogicOptions
from prorl_rllib.envs.text_env import TextEnv, vector_entry_point

register_domain(LogicDomain())


class LogicEnv(TextEnv):
    """Reasoning Gym's puzzles; `env_config` is `TextEnvSettings`, and the keys of `LogicOptions`."""

    domain_name = "logic"


make_vector = vector_entry_point(LogicEnv)

__all__ = ["LogicDomain", "LogicEnv", "LogicOptions", "make_vector"]
