"""ProRL's first version on a 1.5 billion parameter model: the recipe of arXiv 2505.24864 with vLLM env runners on GPUs.

What it shows: the paper's objective, batch sizes and lengths (they are `ProRLConfig`'s defaults), its five domains from
local copies of its data sets, its eight runs as stages of one run, and the resources that a model of this size takes:
16 GPUs of 80 GB, such as two nodes of eight, half of them for learners and half for vLLM.

How to run it, on a Ray cluster that has them, with vLLM for CUDA (`pip install '.[rllib,vllm,parquet]'` in a clone):

    export PRORL_RLLIB_MODEL=deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B   # or a folder that all nodes see
    export PRORL_RLLIB_DATA=/data/prorl                                  # likewise; the files are listed below
    rllib train file tuned_examples/prorl/prorl_v1_1_5b.py --ray-address auto

Results to expect are the paper's, not this project's: this file has been validated, and never run. After about 16
thousand hours of H100 the paper reports, over the base model's: mathematics 60.1 (44.5), code 37.5 (23.1), GPQA 41.8
(15.9), IFEval 66.0 (44.1), Reasoning Gym 59.1 (4.2), all in percent, at temperature 0.6, top_p 0.95 and answers of up
to 32k tokens. Of how they were reached it does not print the blend of the domains and the learning rate's warm-up;
these are ours here. It evaluates on AIME 2024, Codeforces, GPQA, IFEval and graph_color, this file on a held-out tenth
of the training data.

What to change first: NUM_LEARNERS and NUM_ENV_RUNNERS. On a network with NCCL between learners and env runners,
`generation(weight_transfer="nccl")` saves the way of the weights over the hosts' memory (docs/weight_transfer.md).
"""

import os
from pathlib import Path

from prorl_rllib.algorithms import ProRLConfig

MODEL = os.environ.get("PRORL_RLLIB_MODEL", "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B")
DATA = Path(os.environ.get("PRORL_RLLIB_DATA", "data")).absolute()
NUM_LEARNERS, NUM_ENV_RUNNERS = 8, 8
# Of prompts; longer ones are dropped and counted.
MAX_PROMPT_LENGTH = 2048
MAX_COMPLETION_LENGTH = 8192

# Problems of each domain in the paper, in thousands: a blend in which each problem is as likely as any other.
WEIGHTS = {"math": 40.0, "code": 24.0, "stem": 25.0, "logic": 37.0, "instruction_following": 10.0}

# Files, or folders of files, in the form in which the data sets are published (docs/datasets.md).
domains = {
    "math": {"tasks": f"deepscaler:{DATA / 'DeepScaleR-Preview-Dataset'}"},
    # All tests of a program, within 5 seconds in all.
    "code": {"tasks": f"eurus2:{DATA / 'Eurus-2-RL-Data'}", "total_time_s": 5.0},
    "stem": {"tasks": f"scp116k:{DATA / 'SCP-116K'}"},
    # Reasoning Gym makes them.
    "logic": {"size": 37_000},
    "instruction_following": {"tasks": f"llama_nemotron_if:{DATA / 'Llama-Nemotron-Post-Training-Dataset'}"},
}

config = (
    ProRLConfig()
    .environment("prorl_rllib:prorl/Mixture-v0", env_config={"domains": domains, "weights": WEIGHTS})
    .training(
        model=MODEL,
        model_dtype="bfloat16",
        gradient_checkpointing=True,
        max_tokens_per_microbatch=32768,
        # In bfloat16 vLLM's log-probabilities differ from the learner's by rounding; the paper's framework computes the
        # ratio's denominator with the learner, too.
        old_logprobs="learner",
    )
    .generation(
        temperature=1.2,
        max_completion_length=MAX_COMPLETION_LENGTH,
        evaluation_temperature=0.6,
        evaluation_top_p=0.95,
        engine="vllm",
        engine_config={"max_num_seqs": 256, "max_model_len": MAX_PROMPT_LENGTH + MAX_COMPLETION_LENGTH},
        engine_start_timeout_s=900.0,
        weight_transfer="object_store",
    )
    .evaluation(
        evaluation_interval=20,
        evaluation_duration=500,
        evaluation_samples_per_prompt=4,
    )
    # CPUs beside each GPU, for verifiers and sandboxes.
    .env_runners(
        num_env_runners=NUM_ENV_RUNNERS,
        num_gpus_per_env_runner=1,
        num_cpus_per_env_runner=8,
        sample_timeout_s=4 * 3600.0,
    )
    .learners(num_learners=NUM_LEARNERS, num_gpus_per_learner=1, update_timeout_s=4 * 3600.0)
    .debugging(seed=0)
)

stop = {"training_iteration": 2400}
