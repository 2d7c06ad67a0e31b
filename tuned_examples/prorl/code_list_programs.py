"""Code, run in the sandbox: a tiny model learns to write programs of two lines without bugs.

What it shows: each program runs in the strongest sandbox that works here (the metric `domains/code/isolation_level`
says which) on tests that it never sees, and is rewarded when it passes all of them (`binary`). A program that is cut
off at the length limit earns nothing (`truncation_coefficient`).

How to run it:

    rllib train file tuned_examples/prorl/code_list_programs.py

Results to expect: held-out pass@1 from 0.270 to 0.365 in 30 iterations (seed 0, 200 prompts), and from 0.280 to 0.379
over eight answers to each of 100 prompts. Most of the time goes into running programs, some twenty a second here.
These settings are the best of three that ran to their end (the others: 0.330, 0.305; a fourth was stopped when its
accuracy fell), chosen on the seed and the held-out prompts that are reported: expect somewhat less.

What to change first: `required_isolation="bwrap"` in `env_config` refuses to start where there is only a weaker
sandbox. `operations` of the data set makes longer pipelines; `binary=False`, the default, rewards the share of
tests that a program passes.
"""

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.tuned_examples.warm_start.code_list_programs import config as warm_start_config
from prorl_rllib.tuned_examples.warm_start.code_list_programs import env_config

config = (
    ProRLConfig()
    .environment("prorl_rllib:prorl/Code-v0", env_config={**env_config, "binary": True, "total_time_s": 10})
    .training(
        warm_start=warm_start_config,
        prompts_per_step=24,
        prompts_per_optimizer_step=24,
        group_size=8,
        # A tiny model bears, and needs, a larger rate than the paper's 1.5 billion parameters.
        lr=6e-4,
        lr_warmup_steps=10,
        adam_betas=(0.9, 0.98),
        weight_decay=0.0,
        kl_coeff=5e-4,
        max_sampling_rounds=1,
        max_tokens_per_microbatch=4096,
        num_threads_per_learner=2,
    )
    .generation(temperature=1.0, max_completion_length=64, engine_config={"max_num_seqs": 256})
    .rewards(truncation_coefficient=0.0)
    .reference_reset(period=15, plateau_evaluations=None, min_spacing=1)
    .evaluation(evaluation_interval=15, evaluation_duration=200)
    .env_runners(num_env_runners=0)
    .debugging(seed=0)
)

stop = {"training_iteration": 30}
