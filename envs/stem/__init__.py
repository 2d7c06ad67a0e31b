"""The STEM domain and its environment."""

from prorl_rllib.envs.domain import register_domain
from prorl_rllib.envs.stem.domain import STEMDomain
from prorl_rllib.envs.text_env import TextEnv, vector_entry_point

register_domain(STEMDomain())


class STEMEnv(TextEnv):
    """Science problems with answers in a box; `env_config` is `TextEnvSettings` and `require_unit`."""

    domain_name = "stem"


make_vector = vector_entry_point(STEMEnv)

__all__ = ["STEMDomain", "STEMEnv", "make_vector"]
