"""The table of Gymnasium ids."""

import gymnasium

ENVIRONMENTS = {
    "prorl/Math-v0": "prorl_rllib.envs.math:MathEnv",
    "prorl/Code-v0": "prorl_rllib.envs.code:CodeEnv",
    "prorl/STEM-v0": "prorl_rllib.envs.stem:STEMEnv",
    "prorl/Logic-v0": "prorl_rllib.envs.logic:LogicEnv",
    "prorl/InstructionFollowing-v0": "prorl_rllib.envs.instruction_following:InstructionFollowingEnv",
    "prorl/Mixture-v0": "prorl_rllib.envs.mixture:MixtureEnv",
}
"""Id -> entry point. Its module also has `make_vector`, the vector entry point."""


def register_environments() -> None:
    """Register every id with Gymnasium; those it knows already are left alone."""
    for env_id, entry_point in ENVIRONMENTS.items():
        if env_id not in gymnasium.registry:
            module = entry_point.partition(":")[0]
            gymnasium.register(env_id, entry_point=entry_point, vector_entry_point=f"{module}:make_vector")
