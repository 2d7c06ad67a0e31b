"""Warm start of `boundary/ladder`: a tiny model that adds term by term, and adds one too many in most of its steps.

    rllib train file tuned_examples/boundary/base.py

A step of a worked solution is wrong with probability 0.8, always by one: the confusion is the same one each time, so
that a lower temperature does not take it away, two do not make up for each other, and a sum of 8 terms, seven steps,
comes out right about never. Each seed has a base of its own.

The base of seed 0 solves 0.12 of sums of 2 terms, 0.004 of 4 terms, and none of 50 of 6 terms in 256 answers each.
"""

from prorl_rllib.algorithms.warm_start import WarmStartConfig
from prorl_rllib.tuned_examples.boundary._ladder import MISTAKE_RATE, SEED, TERMS, families, solve_one_too_many

config = (
    WarmStartConfig()
    .environment("prorl_rllib:prorl/Math-v0", env_config=families(*TERMS))
    .training(
        num_steps=1400,
        mistake_rate=MISTAKE_RATE,
        solvers={"sum_chain": solve_one_too_many},
    )
    .debugging(seed=SEED)
)

stop = {"training_iteration": config.num_steps // config.steps_per_iteration}
