"""BroRL (arXiv 2510.01180): 512 answers a prompt, to go on where more iterations of ProRL no longer help.

What it shows: how far `group_size` goes, and what goes with it. BroRL starts from the second version's result, samples
512 instead of 16 answers of up to 16k tokens to each prompt, keeps the number of optimizer steps an iteration, and
raises the learning rate by the square root of the growth of the batch: 128 prompts x 512 answers are 16 times 256 x 16.

How to run it, on a Ray cluster with 16 GPUs of 80 GB, with data as in prorl_v1_1_5b.py:

    export PRORL_RLLIB_MODEL=/models/prorl_v2                            # the second version's Hugging Face folder
    rllib train file tuned_examples/prorl/brorl_n512.py --ray-address auto --checkpoint-freq 10

Results to expect are those that others report of the paper, not this project's: this file has been validated, and never
run. From mathematics 61.9, code 52.7 and Reasoning Gym 61.9 to 63.0, 54.2 and 63.1, in percent, with 100 to 191 more
iterations (the sources differ), where as many hours of ProRL brought nothing.

What to change first: `prompts_per_step`; an iteration samples 65,536 answers.
"""

from prorl_rllib.tuned_examples.prorl.prorl_v1_1_5b import MAX_PROMPT_LENGTH
from prorl_rllib.tuned_examples.prorl.prorl_v2_1_5b import config as v2_config

__all__ = ["config", "stop"]

GROUP_SIZE, PROMPTS_PER_STEP, MAX_COMPLETION_LENGTH = 512, 128, 16384
# Of the second version, by which the learning rate grows.
COMPLETIONS_BEFORE = v2_config.group_size * v2_config.prompts_per_step
GROWTH = GROUP_SIZE * PROMPTS_PER_STEP / COMPLETIONS_BEFORE

config = (
    v2_config.copy(copy_frozen=False)
    .training(
        group_size=GROUP_SIZE,
        prompts_per_step=PROMPTS_PER_STEP,
        prompts_per_optimizer_step=PROMPTS_PER_STEP // 4,
        lr=v2_config.lr * GROWTH**0.5,
    )
    .objective(mismatch_correction="tis")
    .generation(
        max_completion_length=MAX_COMPLETION_LENGTH,
        engine_config={"max_num_seqs": 256, "max_model_len": MAX_PROMPT_LENGTH + MAX_COMPLETION_LENGTH},
    )
    .env_runners(sample_timeout_s=12 * 3600.0)
    .learners(update_timeout_s=12 * 3600.0)
)

stop = {"training_iteration": 191}
