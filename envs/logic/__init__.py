"""The logic domain and its environment."""

from prorl_rllib.envs.domain import register_domain
from prorl_rllib.envs.logic.domain import LogicDomain
from prorl_rllib.envs.text_env import TextEnv

register_domain(LogicDomain())


class LogicEnv(TextEnv):
    """Reasoning Gym's puzzles; `env_config` is `TextEnvSettings`."""

    domain_name = "logic"


__all__ = ["LogicDomain", "LogicEnv"]
