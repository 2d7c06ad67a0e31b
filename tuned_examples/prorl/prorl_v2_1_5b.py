"""ProRL's second version on a 1.5 billion parameter model: model, data and resources of the first, its own objective.

What it shows: `ProRLConfig.v2()`, which is REINFORCE++-baseline, a clip of 0.2/0.27, k2 at 1e-4, icepop in [0.5, 5],
a reset every 300 iterations that keeps the optimizer, and a cosine length penalty, 100 updates on and 500 off; with
what the published scripts set besides: no reward for answers that were cut off, and OpenRLHF's learning rate.

How to run it, on a Ray cluster with 16 GPUs of 80 GB, with vLLM for CUDA:

    export PRORL_RLLIB_MODEL=deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B   # or the first version's result
    export PRORL_RLLIB_DATA=/data/prorl                                  # see prorl_v1_1_5b.py
    rllib train file tuned_examples/prorl/prorl_v2_1_5b.py --ray-address auto

Results to expect are the second version's own report's, not this project's: this file has been validated, and never
run. After 3000 iterations, the first version's 2000 among them, it reports, over the base model's: mathematics
61.7 (44.5), code 41.0 (23.1), GPQA 41.3 (15.9), IFEval 70.9 (44.1), Reasoning Gym 62.5 (4.2), in percent.

What to change first: as in prorl_v1_1_5b.py. OpenRLHF's script samples 512 prompts an iteration, at temperature 1;
batch sizes and temperature here are the first version's.
"""

from prorl_rllib.tuned_examples.prorl.prorl_v1_1_5b import config as v1_config

__all__ = ["config", "stop"]

config = v1_config.copy(copy_frozen=False).v2().training(lr=1e-6).rewards(truncation_coefficient=0.0)

stop = {"training_iteration": 3000}
