r"""Warm start of `prorl/stem_units`: a tiny model that multiplies physical units, a tenth of them wrong.

    rllib train file tuned_examples/warm_start/stem_units.py

A worked solution of "(capacitance) * (frequency)^2" reads "kg^-1 m^-2 s^4 A^2 * s^-2 -> \boxed{kg^-1 m^-2 s^2 A^2}".

The base (seed 0) answers 0.27 of the held-out tasks right, and 0.68 of them at least once in eight tries: it knows how,
and slips, which is what reinforcement learning sharpens.
"""

from prorl_rllib.algorithms.warm_start import WarmStartConfig

env_config = {"datasets": ["unit_analysis"], "answer_instruction": "", "size": 100_000}

config = (
    WarmStartConfig()
    .environment("prorl_rllib:prorl/STEM-v0", env_config=env_config)
    .model_architecture(hidden_size=64, num_heads=2, intermediate_size=256)
    .vocabulary(vocabulary_prompts=500, min_fragment_share=0.03)
    .training(num_steps=1500, batch_size=32, mistake_rate=0.1)
    .debugging(seed=0)
)

stop = {"training_iteration": config.num_steps // config.steps_per_iteration}
