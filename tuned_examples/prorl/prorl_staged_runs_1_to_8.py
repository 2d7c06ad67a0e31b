"""The eight runs of ProRL's first version, as stages of one run of the 1.5 billion parameter model.

What it shows: `stages(...)`, which change data, rewards, group size and lengths from an iteration on and may reset the
reference; here they are what arXiv 2505.24864 tells of its runs, over the recipe, data and resources of
prorl_v1_1_5b.py. A plateau of the held-out score brings further resets.

How to run it, on a Ray cluster with 16 GPUs of 80 GB, with model and data as in prorl_v1_1_5b.py:

    rllib train file tuned_examples/prorl/prorl_staged_runs_1_to_8.py --ray-address auto --checkpoint-freq 20

Results to expect are the paper's, see prorl_v1_1_5b.py; this file has been validated, and never run. The paper prints
neither the iterations at which its runs begin nor the form of the penalty from Run 4 on: these are ours here.

What to change first: the iterations. `rllib train file ... --resume` goes on with a run whose later stages were moved.
"""

from prorl_rllib.tuned_examples.prorl.prorl_v1_1_5b import MAX_PROMPT_LENGTH, WEIGHTS, domains
from prorl_rllib.tuned_examples.prorl.prorl_v1_1_5b import config as v1_config

__all__ = ["config", "stop"]

LONGEST_COMPLETION = 16384
# The first two runs are without instructions: there were no data yet.
FIRST_WEIGHTS = {**WEIGHTS, "instruction_following": 0.0}

config = (
    v1_config.copy(copy_frozen=False)
    .environment(env_config={"domains": domains, "weights": FIRST_WEIGHTS})
    .generation(engine_config={"max_num_seqs": 256, "max_model_len": MAX_PROMPT_LENGTH + LONGEST_COMPLETION})
    .stages(
        [
            # Run 2: a reset, nothing else. Runs 6 and 7, below, have two more; a plateau brings further ones.
            {"from_iteration": 400, "reset_reference": True},
            # Run 3: instructions.
            {"from_iteration": 700, "env_config": {"weights": WEIGHTS}},
            # Runs 4 and 5: answers that do not end cost reward.
            {"from_iteration": 1000, "rewards": {"truncation_coefficient": 0.5}},
            # Runs 6 and 7.
            {"from_iteration": 1400, "reset_reference": True, "training": {"group_size": 32}},
            {"from_iteration": 1800, "reset_reference": True},
            # Run 8: about 200 iterations with longer answers.
            {
                "from_iteration": 2200,
                "training": {"group_size": 16},
                "generation": {"max_completion_length": LONGEST_COMPLETION},
            },
        ]
    )
    # Of all domains from the start; the split is the held-out one unless said otherwise.
    .evaluation(evaluation_config={"env_config": {"weights": WEIGHTS}})
)

stop = {"training_iteration": 2400}
