"""Two learners that each hold half of the model (FSDP2), for models whose optimizer does not fit on one GPU.

What it shows: `learners(learner_sharding="fsdp2")`, on the quick start. Policy, reference, gradients and the state of
the optimizer are dealt out over the learners; checkpoints are those of one learner. A model this small gains nothing.

How to run it:

    rllib train file tuned_examples/prorl/fsdp2.py

Results to expect: held-out pass@1 from 0.374 to 0.612 in 20 iterations and to 0.718 in 40 (seed 0, 500 prompts).

What to change first: `model`, `num_learners` and `num_gpus_per_learner=1`; see docs/learner.md for what is not shared.
"""

from prorl_rllib.tuned_examples.prorl.multi_learner import config as multi_learner_config
from prorl_rllib.tuned_examples.prorl.multi_learner import stop

__all__ = ["config", "stop"]

config = multi_learner_config.copy(copy_frozen=False).learners(learner_sharding="fsdp2")
