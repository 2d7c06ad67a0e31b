"""Two learners: the quick start, whose groups are dealt out to two processes that compute one gradient.

What it shows: `learners(num_learners=2)`. Whole groups go to the learners, balanced by tokens; the gradient is that of
one learner, up to rounding. On GPUs each learner takes one (`num_gpus_per_learner=1`); here both share two cores.

How to run it:

    rllib train file tuned_examples/prorl/multi_learner.py

Results to expect: held-out pass@1 from 0.374 to 0.612 in 20 iterations and to 0.718 in 40 (seed 0, 500 prompts).

What to change first: `num_learners`, and the env runners, which compete with the learners for the cores here.
"""

from prorl_rllib.tuned_examples.prorl.quickstart import config as quickstart_config

__all__ = ["config", "stop"]

config = (
    quickstart_config.copy(copy_frozen=False)
    .training(num_threads_per_learner=1)
    .learners(num_learners=2, num_cpus_per_learner=0.5)
    .env_runners(num_env_runners=1, num_cpus_per_env_runner=0.5)
    .resources(num_cpus_for_main_process=0.5)
)

stop = {"training_iteration": 40}
