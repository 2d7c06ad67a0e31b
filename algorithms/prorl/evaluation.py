"""The prompts of an evaluation: the same in every run and at every time."""

import numpy as np

from prorl_rllib.env_runners.prompt_request import PromptRequest

_SEED = 2505_24864


def evaluation_prompts(num_prompts: int, num_tasks: int | None) -> list[PromptRequest]:
    """Return the prompts of an evaluation.

    Args:
        num_prompts: Prompts wanted.
        num_tasks: Held-out tasks there are, which is the most that are asked for; None if they have no index.
    """
    count = num_prompts if num_tasks is None else min(num_prompts, num_tasks)
    seeds = np.random.SeedSequence(_SEED).generate_state(count, np.uint64) >> np.uint64(1)
    return [
        PromptRequest(
            group_id=f"evaluation-{index:06d}", task_index=None if num_tasks is None else index, seed=int(seed)
        )
        for index, seed in enumerate(seeds)
    ]
