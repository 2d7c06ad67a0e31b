"""STEM, with resets at a plateau: a tiny model learns to multiply physical units.

What it shows: resets of the reference as ProRL's first version has them, when held-out pass@1 no longer grows: after
an evaluation without a gain of 0.02, at least 16 iterations apart, back `to` the best policy, optimizer cleared. The
console, and `reference_reset_reason` among the metrics, say when and why.

How to run it:

    rllib train file tuned_examples/prorl/stem_units.py

Results to expect: held-out pass@1 from 0.283 to 0.420 in 48 iterations (seed 0, 300 prompts), with resets after
iterations 16 and 32, both for the plateau. Of three settings tried on the same seed and prompts (0.427 without a reset,
0.357, this one) it was kept because it resets. About six minutes on two busy cores.

What to change first: `to="current"` keeps the newest policy, as the paper does; `period=16` resets by the clock.
`max_factors` and `max_number` of the data set make longer products.
"""

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.tuned_examples.warm_start.stem_units import config as warm_start_config
from prorl_rllib.tuned_examples.warm_start.stem_units import env_config

config = (
    ProRLConfig()
    .environment("prorl_rllib:prorl/STEM-v0", env_config=env_config)
    .training(
        warm_start=warm_start_config,
        prompts_per_step=64,
        prompts_per_optimizer_step=32,
        group_size=8,
        # A tiny model bears, and needs, a larger rate than the paper's 1.5 billion parameters.
        lr=3e-4,
        lr_warmup_steps=10,
        adam_betas=(0.9, 0.98),
        weight_decay=0.0,
        kl_coeff=5e-4,
        max_sampling_rounds=1,
        max_tokens_per_microbatch=4096,
        num_threads_per_learner=2,
    )
    .generation(temperature=1.0, max_completion_length=72, engine_config={"max_num_seqs": 256})
    .reference_reset(plateau_evaluations=1, plateau_min_gain=0.02, min_spacing=16, to="best")
    .evaluation(evaluation_interval=8, evaluation_duration=300)
    .env_runners(num_env_runners=0)
    .debugging(seed=0)
)

stop = {"training_iteration": 48}
