"""The figures of one model on one family of tasks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from prorl_rllib.evaluation.boundary.estimator import LEAST_TASKS, Estimator
from prorl_rllib.evaluation.boundary.model_samples import TaskSamples
from prorl_rllib.evaluation.boundary.report import HistogramBin, Interval, ModelFigures, Novelty, Role
from prorl_rllib.evaluation.pass_at_k import pass_at_k, pass_at_k_bound

_BINS = 10


def model_figures(
    role: Role,
    tasks: Sequence[TaskSamples],
    ks: Sequence[int],
    estimator: Estimator,
    novelty: Sequence[Novelty] = (),
) -> ModelFigures:
    """Return the figures of a model.

    Args:
        role: Which model.
        tasks: Its tasks, at least two, each with a judged sample.
        ks: The k of pass@k.
        estimator: Makes the intervals.
        novelty: What was found of it before.
    """
    solved = np.array([task.num_correct / task.num_samples for task in tasks])
    mean, variance = float(solved.mean()), float(solved.var())
    majorities = [task.majority for task in tasks]
    return ModelFigures(
        role=role,
        num_samples=sum(task.num_samples for task in tasks),
        num_failed=sum(task.failed for task in tasks),
        pass_at=pass_at(tasks, ks, estimator),
        pass_at_bound={k: pass_at_k_bound(mean, variance, k) for k in ks if k >= 2},
        pass_at_1_variance=variance,
        mean_at_n=estimator.mean_share(solved),
        # A task in which nobody votes is one whose vote is not right, as long as others do vote.
        majority_at_n=estimator.mean_share([each or 0.0 for each in majorities]) if any_named(majorities) else None,
        solved_share=estimator.share(sum(task.num_correct > 0 for task in tasks), len(tasks)),
        reward=_per_sample([task.reward for task in tasks], tasks, estimator),
        histogram=histogram(solved),
        entropy=_entropy(tasks, estimator),
        tokens=_per_sample([task.tokens for task in tasks], tasks, estimator),
        characters=_per_sample([task.characters for task in tasks], tasks, estimator),
        truncated_share=_per_sample([task.truncated for task in tasks], tasks, estimator),
        duplicate_share=_per_sample([task.duplicates for task in tasks], tasks, estimator),
        novelty=tuple(novelty),
    )


def any_named(majorities: Sequence[float | None]) -> bool:
    """Return whether an answer was extracted in any task.

    Args:
        majorities: maj@n of each task, None where none was extracted.
    """
    return any(each is not None for each in majorities)


def task_pass_at(tasks: Sequence[TaskSamples], k: int) -> NDArray[np.float64]:
    """Return pass@k of each task.

    Args:
        tasks: Tasks with at least k judged samples each.
        k: Samples of an attempt.

    Returns:
        Shape (tasks,).
    """
    samples = np.array([task.num_samples for task in tasks], np.int64)
    estimates: NDArray[np.float64] = pass_at_k(samples, np.array([task.num_correct for task in tasks], np.int64), k)
    return estimates


def pass_at(tasks: Sequence[TaskSamples], ks: Sequence[int], estimator: Estimator) -> dict[int, Interval]:
    """Return mean pass@k by k; without the k that fewer than two tasks have judged samples enough for.

    Args:
        tasks: The tasks.
        ks: The k.
        estimator: Makes the intervals.
    """
    found = {}
    for k in ks:
        enough = [task for task in tasks if task.num_samples >= k]
        if len(enough) >= LEAST_TASKS:
            found[k] = estimator.mean_share(task_pass_at(enough, k))
    return found


def histogram(solved: NDArray[np.float64]) -> tuple[HistogramBin, ...]:
    """Count tasks by their share of right samples: exactly 0, ten bins between, exactly 1.

    Args:
        solved: Share of right samples of each task, in [0, 1].
    """
    between = solved[(solved > 0.0) & (solved < 1.0)]
    # Bins are open below and closed above. Shares such as 3/10 have to be in the bin that ends at 0.3.
    numbers = np.minimum(np.ceil(between * _BINS - 1e-9).astype(int) - 1, _BINS - 1)
    counts = np.bincount(numbers, minlength=_BINS)
    inner = [
        HistogramBin(low=number / _BINS, high=(number + 1) / _BINS, count=int(counts[number]))
        for number in range(_BINS)
    ]
    none = HistogramBin(low=0.0, high=0.0, count=int((solved == 0.0).sum()))
    every = HistogramBin(low=1.0, high=1.0, count=int((solved == 1.0).sum()))
    return none, *inner, every


def _per_sample(sums: Sequence[float], tasks: Sequence[TaskSamples], estimator: Estimator) -> Interval:
    """Return the mean over tasks of a mean over samples."""
    return estimator.mean([each / task.num_samples for each, task in zip(sums, tasks, strict=True)])


def _entropy(tasks: Sequence[TaskSamples], estimator: Estimator) -> Interval | None:
    """Return the mean over tasks of nats a token; of those whose samples have tokens."""
    values = [-task.logprobs / task.tokens for task in tasks if task.tokens]
    return estimator.mean(values) if len(values) >= LEAST_TASKS else None
