"""ASHA on held-out accuracy: six settings begin, those behind are stopped early, on the quick start's model and tasks.

What it shows: a Tune scheduler that decides by pass@1 on held-out tasks. Tune wants its metric in every result, and
`evaluation/env_runners/pass@1` is only in those of iterations with an evaluation; `newest_pass@1` is in all. The rungs,
here iterations 10, 20 and 40, should be multiples of `evaluation_interval`, else an older score decides.

How to run it:

    rllib train file tuned_examples/tune/asha_held_out.py --experiment-name asha

Results to expect, as measured: from held-out pass@1 of 0.39, two trials (lr 1.9e-4 and 1.6e-4) reach iteration 40 with
0.74 and 0.72; three are stopped at iteration 10 (lr 1.1e-5, 1.2e-5 and 1.2e-4, at 0.40 to 0.47), and one at 20, which
was ahead at 10 (lr 6.7e-4, 0.55, then 0.52). Which trials a rung stops depends on the order in which they reach it.
"""

from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.basic_variant import BasicVariantGenerator

from prorl_rllib.tuned_examples.tune._one_core import one_core_config

config = one_core_config()
config.lr = tune.loguniform(1e-5, 1e-3)
config.clip_high = tune.choice([0.2, 0.4])

tune_config = tune.TuneConfig(
    metric="newest_pass@1",
    mode="max",
    num_samples=6,
    scheduler=ASHAScheduler(time_attr="training_iteration", grace_period=10, reduction_factor=2, max_t=40),
    # Seeded, so that the same six settings are drawn each time.
    search_alg=BasicVariantGenerator(random_state=0),
)
stop = {"training_iteration": 40}
