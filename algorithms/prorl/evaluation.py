"""An evaluation during training, on held-out tasks."""

import time
from typing import Any

from ray.rllib.utils.metrics import ENV_RUNNER_RESULTS

from prorl_rllib.algorithms.prorl.rollout import check_fits
from prorl_rllib.algorithms.prorl.rollout_metrics import evaluation_metrics
from prorl_rllib.algorithms.prorl.sampler import Sampler
from prorl_rllib.evaluation.held_out_prompts import evaluation_prompts


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
