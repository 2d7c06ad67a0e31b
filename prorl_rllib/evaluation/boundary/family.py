"""The report of one family: each model's figures, their differences, and what became of each task."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from prorl_rllib.evaluation.boundary.estimator import LEAST_TASKS, Estimator
from prorl_rllib.evaluation.boundary.model_figures import model_figures, task_pass_at
from prorl_rllib.evaluation.boundary.model_samples import TaskSamples
from prorl_rllib.evaluation.boundary.regime import regime
from prorl_rllib.evaluation.boundary.report import (
    OUTCOMES,
    Counts,
    Difference,
    FamilyReport,
    Novelty,
    Outcome,
    Role,
    TaskOutcome,
)

_PAIRS: tuple[tuple[Role, Role], ...] = (("trained", "base"), ("mid", "base"), ("trained", "mid"))

Tasks = Mapping[Role, Sequence[TaskSamples]]
"""The same tasks in the same order, by role: base, mid if there is one, trained."""


@dataclass(frozen=True)
class Family:
    """A family of tasks: an environment with its config, and what the models answered.

    Attributes:
        name: Its name.
        files: Files of samples, as `rllib evaluate --out` writes them, by role: base, trained, and mid if there is one.
        training: Whether it was trained on; None where that is not said.
        difficulty: A number that orders families of one environment; None for none.
        finished: Whether the evaluations are known to have come to their end. If not, a file without the last prompts
            is refused: it cannot be told whether it was cut off, or they did not fit the model's context.
    """

    name: str
    files: Mapping[Role, str | Path]
    training: Literal["trained", "unseen"] | None = None
    difficulty: float | None = None
    finished: bool = False


def family_report(
    family: Family,
    header: Mapping[str, Any],
    tasks: Tasks,
    ks: Sequence[int],
    boundary_k: int,
    tolerance: float,
    estimator: Estimator,
    novelty: Mapping[Role, Sequence[Novelty]],
) -> FamilyReport:
    """Compare the models on one family.

    Args:
        family: What it is.
        header: Settings of its samples, of which the environment is taken.
        tasks: At least two, each with a judged sample of each model.
        ks: The k of pass@k.
        boundary_k: K of the regime.
        tolerance: What counts as equal in the rule of the regime.
        estimator: Makes the intervals.
        novelty: By role; may lack any.
    """
    differences = {
        (first, second): difference(first, second, tasks, sorted({1, *ks, boundary_k}), estimator)
        for first, second in _PAIRS
        if first in tasks and second in tasks
    }
    outcomes = task_outcomes(tasks)
    over_base, over_mid = differences["trained", "base"], differences.get(("trained", "mid"))
    count = Counter(task.outcome for task in outcomes)
    return FamilyReport(
        name=family.name,
        env=header["env"],
        env_config=header["env_config"],
        training=family.training,
        difficulty=family.difficulty,
        num_tasks=len(outcomes),
        models={
            role: model_figures(role, of_model, ks, estimator, novelty.get(role, ()))
            for role, of_model in tasks.items()
        },
        differences=tuple(differences.values()),
        outcome_counts={outcome: count[outcome] for outcome in OUTCOMES},
        tasks=outcomes,
        regime=regime(
            boundary_k,
            over_base.num_tasks[boundary_k],
            over_base.pass_at.get(1),
            over_base.pass_at.get(boundary_k),
            over_mid.pass_at.get(boundary_k) if over_mid else None,
            tolerance,
            over_mid.num_tasks[boundary_k] if over_mid else None,
        ),
    )


def difference(first: Role, second: Role, tasks: Tasks, ks: Sequence[int], estimator: Estimator) -> Difference:
    """Return the mean over tasks of `pass@k of first - pass@k of second`.

    Args:
        first: What is subtracted from.
        second: What is subtracted.
        tasks: The tasks.
        ks: The k; those that fewer than two tasks have judged samples enough for get no interval.
        estimator: Makes the intervals.
    """
    counts, estimates = {}, {}
    for k in ks:
        pairs = [
            pair
            for pair in zip(tasks[first], tasks[second], strict=True)
            if min(pair[0].num_samples, pair[1].num_samples) >= k
        ]
        counts[k] = len(pairs)
        if len(pairs) >= LEAST_TASKS:
            ones, others = zip(*pairs, strict=True)
            estimates[k] = estimator.difference(task_pass_at(ones, k), task_pass_at(others, k))
    return Difference(first=first, second=second, num_tasks=counts, pass_at=estimates)


def task_outcomes(tasks: Tasks) -> tuple[TaskOutcome, ...]:
    """Return what became of each task.

    Args:
        tasks: The tasks.
    """
    found = []
    for each in zip(*tasks.values(), strict=True):
        by_role = dict(zip(tasks, each, strict=True))
        found.append(
            TaskOutcome(
                task_id=each[0].task_id,
                prompt_index=each[0].prompt_index,
                counts={
                    role: Counts(samples=task.num_samples, correct=task.num_correct) for role, task in by_role.items()
                },
                outcome=outcome(by_role["base"].num_correct, by_role["trained"].num_correct),
            )
        )
    return tuple(found)


def outcome(base: int, trained: int) -> Outcome:
    """Name what became of a task.

    Args:
        base: Right samples of the base.
        trained: Right samples of the trained model.
    """
    if trained:
        return "kept" if base else "gained"
    return "lost" if base else "unsolved"
