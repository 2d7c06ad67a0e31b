"""An evaluation: the same prompts in every run and at every time."""

import time
from typing import Any

import numpy as np
from ray.rllib.utils.metrics import ENV_RUNNER_RESULTS

from prorl_rllib.algorithms.prorl.rollout import check_fits
from prorl_rllib.algorithms.prorl.rollout_metrics import evaluation_metrics
from prorl_rllib.algorithms.prorl.sampler import Sampler
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


def evaluate_held_out(sampler: Sampler) -> dict[str, Any]:
    """Sample the held-out tasks and score the answers.

    Args:
        sampler: Its config says how many tasks there are to be.

    Returns:
        What `ProRL.evaluate` returns.

    Raises:
        ValueError: if no prompt fits the model's context.
    """
    start = time.monotonic()
    prompts = evaluation_prompts(sampler.config.evaluation_duration, sampler.task_space(evaluation=True).num_tasks)
    groups = sampler.sample(prompts, evaluation=True)
    check_fits(groups, len(prompts), sampler.config.max_completion_length)
    episodes = [episode for group in groups for episode in group]
    return {ENV_RUNNER_RESULTS: evaluation_metrics(episodes), "seconds": time.monotonic() - start}
