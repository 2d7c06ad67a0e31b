"""The quick start with vLLM: the same tasks, model and recipe, sampled by two vLLM env runners.

What it shows: how to choose the engine, where it runs, and that nothing else changes. Each env runner holds one vLLM
engine on one thread; fractional CPUs let two of them, and the learner, share two cores.

How to run it (`make setup` installs vLLM for CPUs):

    rllib train file tuned_examples/prorl/quickstart_vllm.py

Results to expect: held-out pass@1 from 0.376 to 0.850 (seed 0), the quick start's (README) up to noise: the engines
draw other random numbers. The model has half a million parameters, and vLLM pays from some million on (docs/engines.md
has the table), so this example is slower than the quick start, and `engine="auto"` would not take vLLM for it.

What to change first: `model="path or Hugging Face id"` instead of `warm_start`, a model of the size that you want to
train; see tuned_examples/prorl/prorl_v1_1_5b.py for GPUs.
"""

from prorl_rllib.tuned_examples.prorl.quickstart import config as quickstart_config
from prorl_rllib.tuned_examples.prorl.quickstart import stop

__all__ = ["config", "stop"]

config = (
    quickstart_config.copy(copy_frozen=False)
    .generation(engine="vllm", engine_config={"max_num_seqs": 256, "num_threads": 1})
    .env_runners(num_env_runners=2, num_cpus_per_env_runner=0.5)
)
