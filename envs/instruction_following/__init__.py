"""The instruction following domain and its environment."""

from prorl_rllib.envs.domain import register_domain
from prorl_rllib.envs.instruction_following.domain import InstructionFollowingDomain
from prorl_rllib.envs.text_env import TextEnv, vector_entry_point

register_domain(InstructionFollowingDomain())


class InstructionFollowingEnv(TextEnv):
    """Requests with verifiable instructions; `env_config` is `TextEnvSettings` with `InstructionFollowingOptions`."""

    domain_name = "instruction_following"


make_vector = vector_entry_point(InstructionFollowingEnv)
"""Makes the environment's vector form, for `gymnasium.make_vec`."""

__all__ = ["InstructionFollowingDomain", "InstructionFollowingEnv", "make_vector"]
