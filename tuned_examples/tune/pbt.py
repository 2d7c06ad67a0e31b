"""Population based training of four: learning rate, KL coefficient, clip and reset policy change on the way.

What it shows: after each ten iterations of its own, a trial whose held-out accuracy is the lowest of the newest takes
over model, reference, optimizer and counters of the one with the highest, with mutated settings; `pbt_global.txt` in
the experiment's folder has a line for each. What a config says wins over what a checkpoint holds, so mutated settings
are in force from the next iteration on; docs/tune.md says what is taken over. Trials that run two at a time are
compared at different iterations; `synch=True` would let them wait for each other.

How to run it:

    rllib train file tuned_examples/tune/pbt.py --experiment-name pbt

Results to expect, as measured (the draws are random, and so is the outcome): after ten iterations the trial that was
last (0.44, lr 5e-5) took over the first (0.54, lr 3e-4) with lr 2.4e-4, and ended as the best of the four: held-out
pass@1 of 0.71 after 40 iterations, where the others had 0.66, 0.60 and 0.55; 0.39 before training.
"""

from typing import Any

from ray import tune
from ray.tune.schedulers import PopulationBasedTraining

from prorl_rllib.tuned_examples.tune._one_core import one_core_config

MUTATIONS: dict[str, Any] = {
    "lr": tune.loguniform(3e-5, 5e-4),
    "kl_coeff": tune.loguniform(1e-4, 1e-1),
    "clip_high": tune.uniform(0.2, 0.5),
    "reset_period": [None, 10, 20],
    "reset_clear_optimizer": [True, False],
}

config = one_core_config()
for key, values in MUTATIONS.items():
    # The population begins with values of the same ranges.
    setattr(config, key, tune.choice(values) if isinstance(values, list) else values)

tune_config = tune.TuneConfig(
    metric="newest_pass@1",
    mode="max",
    num_samples=4,
    scheduler=PopulationBasedTraining(
        time_attr="training_iteration", perturbation_interval=10, hyperparam_mutations=MUTATIONS
    ),
)
stop = {"training_iteration": 40}
