r"""Worked solutions written by solvers, with a share of mistakes in them.

A solver reads a task and writes what a mediocre pupil would: the steps, and the answer in the domain's markup. Each
step goes wrong with probability `mistake_rate`; the pupil goes on, consistently, from the wrong value.
"""

import random
from collections.abc import Mapping

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


def worked_solution(
    task: Task, rng: random.Random, mistake_rate: float, solvers: Mapping[str, Solver] = SOLVERS
) -> str:
    """Write a worked solution of a task.

    Args:
        task: A generated task; it names its data set and holds what the solver needs.
        rng: Draws the mistakes.
        mistake_rate: Probability that a step is wrong, in [0, 1].
        solvers: Data set name -> solver.

    Returns:
        The steps and the answer.

    Raises:
        ValueError: if there is no solver for the data set, or no answer markup for the domain.
    """
    steps, answer = solvers[check_dataset(task, solvers)](task, rng, mistake_rate)
    return steps + MARKUP[task.domain] % answer


def check_dataset(task: Task, solvers: Mapping[str, Solver] = SOLVERS) -> str:
    """Return the data set of a task.

    Args:
        task: A generated task.
        solvers: Data set name -> solver.

    Raises:
        ValueError: if there is no solver for it, or no answer markup for the task's domain.
    """
    dataset = task.metadata.get("dataset")
    if dataset not in solvers:
        raise ValueError(
            f"no worked solutions for data set {dataset!r} of task {task.task_id!r}; the warm start knows "
            f"{', '.join(sorted(solvers))}: choose among them with env_config `datasets`, or give one of your own with "
            "training(solvers={name: function})"
        )
    if task.domain not in MARKUP:
        raise ValueError(f"no answer markup for domain {task.domain!r}; known are {', '.join(sorted(MARKUP))}")
    return str(dataset)
