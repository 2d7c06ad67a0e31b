r"""Worked solutions written by solvers, with a share of mistakes in them.

A solver reads a task and writes what a mediocre pupil would: the steps, and the answer in the domain's markup. Each
step goes wrong with probability `mistake_rate`; the pupil goes on, consistently, from the wrong value.
"""

import random

from prorl_rllib.algorithms.warm_start.solutions import code, instruction_following, logic, math, stem
from prorl_rllib.algorithms.warm_start.solutions.solver import Solver
from prorl_rllib.envs import Task

MARKUP = {
    "math": "\\boxed{%s}",
    "logic": "<answer>%s</answer>",
    "code": "```python\n%s\n```",
    "stem": "\\boxed{%s}",
    "instruction_following": "%s",
}
"""Where a domain looks for the answer."""

SOLVERS: dict[str, Solver] = {
    **math.SOLVERS,
    **logic.SOLVERS,
    **code.SOLVERS,
    **stem.SOLVERS,
    **instruction_following.SOLVERS,
}
"""Data set name -> solver, whatever the domain."""


def worked_solution(task: Task, rng: random.Random, mistake_rate: float) -> str:
    """Write a worked solution of a task.

    Args:
        task: A generated task; it names its data set and holds what the solver needs.
        rng: Draws the mistakes.
        mistake_rate: Probability that a step is wrong, in [0, 1].

    Returns:
        The steps and the answer.

    Raises:
        ValueError: if there is no solver for the data set, or no answer markup for the domain.
    """
    steps, answer = SOLVERS[check_dataset(task)](task, rng, mistake_rate)
    return steps + MARKUP[task.domain] % answer


def check_dataset(task: Task) -> str:
    """Return the data set of a task.

    Raises:
        ValueError: if there is no solver for it, or no answer markup for the task's domain.
    """
    dataset = task.metadata.get("dataset")
    if dataset not in SOLVERS:
        raise ValueError(
            f"no worked solutions for data set {dataset!r} of task {task.task_id!r}; the warm start knows "
            f"{', '.join(sorted(SOLVERS))}: choose among them with env_config `datasets`, or add a solver to SOLVERS"
        )
    if task.domain not in MARKUP:
        raise ValueError(f"no answer markup for domain {task.domain!r}; known are {', '.join(sorted(MARKUP))}")
    return str(dataset)
