"""The published recipes as tables: what sets ProRL's second version apart from its first."""

from typing import Any

V1: dict[str, Any] = {
    "advantage_estimator": "grpo",
    "advantage_statistics": "trajectory",
    "advantage_std_normalize": True,
    "policy_loss": "clip",
    "clip_low": 0.2,
    "clip_high": 0.4,
    "dual_clip": None,
    "loss_aggregation": "token_mean",
    "kl_coeff": 1e-4,
    "kl_estimator": "k3",
    "kl_placement": "loss",
    "kl_target": None,
    "old_logprobs": None,
    "mismatch_correction": None,
    "mismatch_low": 0.5,
    "mismatch_high": 5.0,
    "reset_period": None,
    "reset_plateau_evaluations": 3,
    "reset_clear_optimizer": True,
    "truncation_coefficient": None,
    "soft_overlong_buffer": None,
    "cosine_length": None,
    "cosine_length_on": 100,
    "cosine_length_off": 500,
}
"""ProRL (arXiv 2505.24864, sections 2.3 and 3.2); the KL term is the technical report's (arXiv 2507.12507)."""

V2: dict[str, Any] = {
    **V1,
    "advantage_estimator": "reinforce_plus_plus_baseline",
    "clip_high": 0.27,
    "kl_estimator": "k2",
    "mismatch_correction": "icepop",
    "reset_period": 300,
    "reset_plateau_evaluations": None,
    "reset_clear_optimizer": False,
    # The report gives no values for the bounds and the weight; these are this project's.
    "cosine_length": {"min": -0.5, "max": 0.0, "weight": 1.0},
}
"""ProRL v2 (https://developer.nvidia.com/blog/scaling-llm-reinforcement-learning-with-prolonged-training-using-prorl-v2/
and the recipes of OpenRLHF and NeMo RL, whose upper clip distance is 0.27 where the post has 0.28)."""
