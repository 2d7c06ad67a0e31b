"""A ladder of tasks: sums of 2 to 8 terms; what a base gets wrong, and how it is trained."""

import os
import random
from typing import Any

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.warm_start.solutions.solver import goes_wrong
from prorl_rllib.envs import Task

TERMS = (2, 8)
"""Fewest and most terms of a sum; one family of tasks each number."""
MISTAKE_RATE = 0.8
"""Probability that a step of the base's worked solutions is wrong."""
SEED = int(os.environ.get("PRORL_RLLIB_SEED", "0"))
"""Seed of the base, of the prompts and of the sampling."""
RESETS_FOLDER, NO_RESETS_FOLDER = "boundary-resets", "boundary-no-resets"
"""Folders of the reports in a seed's results."""
KL_COEFFS = (0.05, 0.5)
PERIOD: dict[str, Any] = {"reset_period": 30}
NEVER: dict[str, Any] = {"reset_period": None}


def families(min_terms: int, max_terms: int) -> dict[str, Any]:
    """Return the `env_config` of several families in equal parts.

    Args:
        min_terms: fewest terms.
        max_terms: most terms.
    """
    settings = {"min_terms": min_terms, "max_terms": max_terms, "max_value": 9}
    return {"datasets": {"sum_chain": settings}, "answer_instruction": "", "size": 100_000}


def solve_one_too_many(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Add term by term, "4 + 7 -> 11 - 3 -> " and "8"; a wrong sum is one too many, always, so that none make up.

    Args:
        task: of the data set `sum_chain`.
        rng: draws the mistakes.
        mistake_rate: probability of a wrong sum, in [0, 1].

    Returns:
        The steps, and the answer.
    """
    total, *rest = task.metadata["terms"]
    steps = str(total)
    for term in rest:
        total += term + goes_wrong(rng, mistake_rate)
        steps += f" {'-' if term < 0 else '+'} {abs(term)} -> {total}"
    return steps.removesuffix(str(total)), str(total)


def training_config() -> ProRLConfig:
    """Return what all arms have in common: one process and one thread a trial, so that two run on two cores."""
    from prorl_rllib.tuned_examples.boundary.base import config as base_config

    return (
        ProRLConfig()
        .environment("prorl_rllib:prorl/Math-v0", env_config=families(*TERMS))
        .training(
            warm_start=base_config,
            prompts_per_step=48,
            prompts_per_optimizer_step=24,
            group_size=16,
            # A tiny model bears, and needs, a larger rate than the paper's 1.5 billion parameters.
            lr=3e-4,
            lr_warmup_steps=10,
            adam_betas=(0.9, 0.98),
            weight_decay=0.0,
            max_sampling_rounds=1,
            max_tokens_per_microbatch=8192,
            num_threads_per_learner=1,
        )
        .generation(temperature=1.0, max_completion_length=64, engine_config={"max_num_seqs": 768})
        .reference_reset(plateau_evaluations=None, min_spacing=1, checkpoint_before=False)
        .evaluation(evaluation_interval=10, evaluation_duration=240)
        .env_runners(num_env_runners=0)
        .resources(num_cpus_for_main_process=1)
        .debugging(seed=SEED)
    )
