"""The mathematics domain and its environment."""

from prorl_rllib.envs.domain import register_domain
from prorl_rllib.envs.math.domain import MathDomain
from prorl_rllib.envs.text_env import TextEnv, vector_entry_point

register_domain(MathDomain())


class MathEnv(TextEnv):
    """Mathematics problems with answers in a box; `env_config` is `TextEnvSettings`."""

    domain_name = "math"


make_vector = vector_entry_point(MathEnv)

__all__ = ["MathDomain", "MathEnv", "make_vector"]
