"""The prompts of an evaluation: the same in every run and at every time."""

import numpy as np

from prorl_rllib.env_runners.prompt_request import PromptRequest

EVALUATION_SEED = 2505_24864
"""Seed of the evaluations during training, and the default of the others."""


def evaluation_prompts(num_prompts: int, num_tasks: int | None, *, seed: int = EVALUATION_SEED) -> list[PromptRequest]:
    """Return the prompts of an evaluation.

    Args:
        num_prompts: Prompts wanted.
        num_tasks: Held-out tasks there are, which is the most that are asked for; None if they have no index.
        seed: Seed of the sampling, at least 0; of the tasks too, where these have no index.
    """
    count = num_prompts if num_tasks is None else min(num_prompts, num_tasks)
    seeds = np.random.SeedSequence(seed).generate_state(count, np.uint64) >> np.uint64(1)
    return [
        PromptRequest(
            group_id=f"evaluation-{index:06d}", task_index=None if num_tasks is None else index, seed=int(prompt_seed)
        )
        for index, prompt_seed in enumerate(seeds)
    ]
