"""Warm start of `prorl/logic_matrix_rotation`: a tiny model that rotates small matrices, and mixes up some numbers.

    rllib train file tuned_examples/warm_start/logic_matrix_rotation.py

Each number of an answer is another one of the matrix with the probability `mistake_rate`.

The base (seed 0) answers 0.51 of the held-out tasks right, and 0.99 of them at least once in eight tries: it knows how,
and slips, which is what reinforcement learning sharpens.
"""

from prorl_rllib.algorithms.warm_start import WarmStartConfig

env_config = {
    "datasets": {"rotate_matrix": {"min_n": 2, "max_n": 3, "min_rotations": 1, "max_rotations": 1}},
    "answer_instruction": "",
    "size": 100_000,
}

config = (
    WarmStartConfig()
    .environment("prorl_rllib:prorl/Logic-v0", env_config=env_config)
    .model_architecture(hidden_size=96, num_layers=2)
    .vocabulary(vocabulary_prompts=300)
    .training(num_steps=1200, batch_size=32, mistake_rate=0.1)
    .debugging(seed=0)
)

stop = {"training_iteration": config.num_steps // config.steps_per_iteration}
