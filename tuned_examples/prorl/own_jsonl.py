"""Problems of your own, from a JSONL file: how to bring data to an environment.

What it shows: `env_config={"tasks": "schema:path"}`. The file beside this one, own_jsonl_rows.jsonl, has 600 rows such
as {"problem": "Compute 3 + 9 - 6.", "answer": "6"}; the schema `deepscaler` reads a problem and an answer, whatever is
called so (docs/datasets.md has the others). Wrong rows are counted and dropped, and a hash of each problem decides
whether it is for training or held out. The base model is the quick start's.

How to run it:

    rllib train file tuned_examples/prorl/own_jsonl.py

Results to expect: held-out pass@1 (50 problems, eight answers each) from 0.350 to 0.733 in 60 iterations (seed 0).

What to change first: PRORL_RLLIB_ROWS=/path/of/your.jsonl, and with problems that this base model has never seen the
like of, `model="path or Hugging Face id"` in place of its `warm_start`.
"""

import os
from pathlib import Path

from prorl_rllib.tuned_examples.prorl.quickstart import config as quickstart_config

__all__ = ["config", "stop"]

ROWS = os.environ.get("PRORL_RLLIB_ROWS", str(Path(__file__).with_name("own_jsonl_rows.jsonl")))

config = (
    quickstart_config.copy(copy_frozen=False)
    .environment("prorl_rllib:prorl/Math-v0")
    .evaluation(evaluation_interval=20, evaluation_duration=60, evaluation_samples_per_prompt=8)
)
# Anew: `environment` would add to the quick start's keys, which are a mixture's.
config.env_config = {"tasks": f"deepscaler:{Path(ROWS).absolute()}"}

stop = {"training_iteration": 60}
