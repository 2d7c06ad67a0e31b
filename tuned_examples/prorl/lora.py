"""Low-rank adapters: the quick start, of whose model an adapter alone is trained, with resets that copy adapters.

What it shows: `training(lora=...)`. The weights stay frozen, the reference is a second adapter, and the exported folder
has the adapter merged in. An adapter bears, and needs, a larger learning rate than all weights do.

How to run it (`pip install '.[rllib,lora]'` in a clone brings peft):

    rllib train file tuned_examples/prorl/lora.py

Results to expect: held-out pass@1 from 0.374 to 0.684 in 20 iterations, to 0.804 in 100 and 0.770 in 140 (seed 0, 500
prompts). Its rate and rank are guesses that were not tuned.

What to change first: `rank`, and `lr` with it; see docs/learner.md for what an adapter saves.
"""

from prorl_rllib.tuned_examples.prorl.quickstart import config as quickstart_config
from prorl_rllib.tuned_examples.prorl.quickstart import stop

__all__ = ["config", "stop"]

config = quickstart_config.copy(copy_frozen=False).training(
    lora={"rank": 16, "alpha": 32.0, "target_modules": "all-linear"}, lr=1e-3
)
