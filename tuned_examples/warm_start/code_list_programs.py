"""Warm start of `prorl/code_list_programs`: a tiny model that writes two lines of code, one in three with a bug.

    rllib train file tuned_examples/warm_start/code_list_programs.py

The tokenizer is trained on programs as well as on prompts, so that an operation is a few tokens and not forty letters.

The base (seed 0) answers 0.28 of the held-out tasks right, and 0.83 of them at least once in eight tries: it knows how,
and slips, which is what reinforcement learning sharpens.
"""

from prorl_rllib.algorithms.warm_start import WarmStartConfig

env_config = {
    "datasets": {"list_pipeline": {"max_length": 4, "tests": 6, "forms": ["fn"]}},
    "size": 100_000,
}

config = (
    WarmStartConfig()
    .environment("prorl_rllib:prorl/Code-v0", env_config=env_config)
    .model_architecture(hidden_size=64, num_layers=2, num_heads=2, intermediate_size=256, max_position_embeddings=256)
    .vocabulary(vocabulary_prompts=300, min_fragment_share=0.02, fragments_of_solutions=True)
    .training(num_steps=500, batch_size=32, mistake_rate=0.35)
    .debugging(seed=0)
)

stop = {"training_iteration": config.num_steps // config.steps_per_iteration}
