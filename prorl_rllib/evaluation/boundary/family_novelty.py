"""Novelty of the models' answers on one family, from the files of their samples."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from prorl_rllib.evaluation.boundary.estimator import LEAST_TASKS, Estimator
from prorl_rllib.evaluation.boundary.model_samples import answer_text, by_prompt
from prorl_rllib.evaluation.boundary.novelty import AnswerNovelty, Reference, novelty
from prorl_rllib.evaluation.boundary.report import Novelty, Role
from prorl_rllib.evaluation.sample_records import SampleRecord

ANSWERS_PER_TASK = 16
"""Answers of a task that are compared, of those with an even `sample_index`: the first."""

Compared = list[tuple[bool, AnswerNovelty]]
"""Whether an answer is right, and its novelty."""


def family_novelty(
    paths: Mapping[Role, Path],
    prompts: Sequence[int],
    corpus: Reference | None,
    estimator: Estimator,
    answers_per_task: int = ANSWERS_PER_TASK,
) -> dict[Role, tuple[Novelty, ...]]:
    """Compare answers with a corpus, and with the base's answers to the same task.

    Answers with an even `sample_index` are compared; the base's with an odd one are the reference. So no answer is
    compared with itself, and the reference is the same for all models.

    Args:
        paths: Files of samples, by role.
        prompts: Indices of the prompts that are compared.
        corpus: The user's; None for none.
        estimator: Makes the intervals, over tasks.
        answers_per_task: Answers of a task that are compared, at least 1.

    Returns:
        By role: the reference "corpus" first, if there is one; over all answers, then over the right ones. Without
        those that fewer than two tasks have answers for, which are long enough, and something to compare them with.

    Raises:
        ValueError: if a file cannot be read as samples.
        OSError: if one cannot be read.
    """
    return {
        role: tuple(_of_model(path, paths["base"], set(prompts), corpus, estimator, answers_per_task))
        for role, path in paths.items()
    }


def _of_model(
    path: Path, base: Path, prompts: set[int], corpus: Reference | None, estimator: Estimator, count: int
) -> Iterator[Novelty]:
    """Return what is known of one model."""
    if corpus is not None:
        found = [_compare(records, corpus, count) for index, records in by_prompt(path) if index in prompts]
        yield from _summaries("corpus", found, estimator)
    # Beside no word of the base everything would look new.
    found = [
        _compare(records, reference, count)
        for records, reference in _with_base(path, base, prompts)
        if reference.num_words
    ]
    yield from _summaries("base_samples", found, estimator)


def _with_base(path: Path, base: Path, prompts: set[int]) -> Iterator[tuple[list[SampleRecord], Reference]]:
    """Read the samples of both files prompt by prompt; of the base's, the odd ones become the reference."""
    of_model = (records for index, records in by_prompt(path) if index in prompts)
    of_base = (records for index, records in by_prompt(base) if index in prompts)
    for records, others in zip(of_model, of_base, strict=True):
        yield records, Reference(answer_text(other) for other in others if other.judged and other.sample_index % 2)


def _compare(records: Sequence[SampleRecord], reference: Reference, count: int) -> Compared:
    """Compare the first even answers of a task with a reference."""
    chosen = [record for record in records if record.judged and record.sample_index % 2 == 0][:count]
    found = []
    for right in (False, True):
        texts = [answer_text(record) for record in chosen if record.correct is right]
        found += [(right, each) for each in novelty(texts, reference)]
    return found


def _summaries(
    reference: Literal["corpus", "base_samples"], tasks: Sequence[Compared], estimator: Estimator
) -> Iterator[Novelty]:
    """Return the means over tasks: of all answers, then of the right ones."""
    for correct_only in (False, True):
        chosen = [[each for right, each in task if right or not correct_only] for task in tasks]
        chosen = [answers for answers in chosen if answers]
        if len(chosen) >= LEAST_TASKS:
            yield _summary(reference, correct_only, chosen, estimator)


def _summary(
    reference: Literal["corpus", "base_samples"],
    correct_only: bool,
    tasks: Sequence[Sequence[AnswerNovelty]],
    estimator: Estimator,
) -> Novelty:
    """Return the means over tasks of the means over their answers."""

    def mean(value: Callable[[AnswerNovelty], float]) -> list[float]:
        return [float(np.mean([value(answer) for answer in answers])) for answers in tasks]

    lengths = list(tasks[0][0].uniqueness)
    return Novelty(
        reference=reference,
        num_solutions=sum(map(len, tasks)),
        correct_only=correct_only,
        longest_overlap=estimator.mean(mean(lambda answer: answer.longest_overlap)),
        uniqueness={
            length: estimator.mean(mean(lambda answer, length=length: answer.uniqueness[length]))  # type: ignore[misc]
            for length in lengths
        },
        index=estimator.mean(mean(lambda answer: answer.index)),
    )
