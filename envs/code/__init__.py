"""The code domain and its environment."""

from prorl_rllib.envs.code.domain import CodeDomain
from prorl_rllib.envs.domain import register_domain
from prorl_rllib.envs.text_env import TextEnv, vector_entry_point

register_domain(CodeDomain())


class CodeEnv(TextEnv):
    """Programming problems with tests; `env_config` is `TextEnvSettings` and `CodeOptions`."""

    domain_name = "code"


make_vector = vector_entry_point(CodeEnv)

__all__ = ["CodeDomain", "CodeEnv", "make_vector"]
