"""Low-rank adapters: the quick start, of whose model an adapter alone is trained, with resets that copy adapters.

What it shows: `training(lora=...)`. The weights stay frozen, the reference is a second adapter, and the exported folder
has the adapter merged in. An adapter bears, and needs, a larger learning rate than all weights do.

How to run it (`pip install '.[rllib,lora]'` in a clone brings peft):

    rllib train file tuned_examples/prorl/lora.py

Results to expect: not measured; this file has been run for one iteration (a test). Its rate and rank are guesses.

What to change first: `rank`, and `lr` with it; see docs/learner.md for what an adapter saves.
"""

from prorl_rllib.tuned_examples.prorl.quickstart import config as quickstart_config
from prorl_rllib.tuned_examples.prorl.quickstart import stop

__all__ = ["config", "stop"]

config = quickstart_config.copy(copy_frozen=False).training(
    lora={"rank": 16, "alpha": 32.0, "target_modules": "all-linear"}, lr=1e-3
)
