r"""Warm start of `prorl/math_products`: a tiny model that multiplies digit by digit, and is off by a little at times.

    rllib train file tuned_examples/warm_start/math_products.py

A worked solution reads "23 * 17 -> 340 + 51 -> \boxed{391}"; a partial product is wrong with the probability
`mistake_rate`.

The base (seed 0) answers 0.35 of the held-out tasks right, and 0.81 of them at least once in eight tries: it knows how,
and slips, which is what reinforcement learning sharpens.
"""

from prorl_rllib.algorithms.warm_start import WarmStartConfig

env_config = {"datasets": ["product"], "difficulty": 3, "answer_instruction": "", "size": 100_000}

config = (
    WarmStartConfig()
    .environment("prorl_rllib:prorl/Math-v0", env_config=env_config)
    .model_architecture(hidden_size=64, num_heads=2, intermediate_size=256)
    .training(num_steps=1500, batch_size=32, mistake_rate=0.15)
    .debugging(seed=0)
)

stop = {"training_iteration": config.num_steps // config.steps_per_iteration}
