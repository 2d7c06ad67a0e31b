"""Whether the answer a data set calls right is right to its own verifier."""

from collections.abc import Iterator, Sequence
from typing import Literal

from prorl_rllib.envs.datasets.distinct import example_response
from prorl_rllib.envs.datasets.rows import RowRejected
from prorl_rllib.envs.domain import get_domain
from prorl_rllib.envs.errors import TaskError, UnparseableAnswer
from prorl_rllib.envs.task import Task
from prorl_rllib.envs.verification.verify import Options, PendingVerdict, submit

Mode = bool | Literal["quick"]
"""True: by the pool of workers where needed. "quick": only what this process decides at once. False: not at all."""
WRONG = "the gold answer does not verify"
UNVERIFIABLE = "the gold answer could not be verified"
FAILED = "the verifier failed on the gold answer"


def check_golds(
    tasks: Sequence[Task], mode: Mode, *, timeout_s: float, options: Options = None
) -> Iterator[bool | RowRejected]:
    """Yield for each task, in order, whether its gold answer was checked, or why the task is to be dropped.

    Args:
        tasks: whose references their domains accept.
        mode: how thoroughly.
        timeout_s: seconds a worker may score one answer.
        options: of the tasks' domain.

    Raises:
        EnvConfigError: when a domain says that it cannot score answers under the options.
        VerifierError: when the machinery of verification fails.
    """
    examples = [None if mode is False else example_response(task) for task in tasks]
    if mode is True:
        for name in sorted({task.domain for task, each in zip(tasks, examples, strict=True) if each is not None}):
            get_domain(name).prepare(get_domain(name).check_options(options))
        pending = [_submit(task, example, timeout_s, options) for task, example in zip(tasks, examples, strict=True)]
        yield from map(_outcome, pending)
        return
    for task, example in zip(tasks, examples, strict=True):
        yield False if example is None else _check_quickly(task, example, options)


def _submit(task: Task, example: str | None, timeout_s: float, options: Options) -> PendingVerdict | RowRejected | None:
    """Start the verification of a gold answer, None where there is none."""
    if example is None:
        return None
    try:
        return submit(task, example, timeout_s=timeout_s, options=options)
    except TaskError as error:
        return RowRejected(UNVERIFIABLE, f"{error}"[:300])


def _outcome(pending: PendingVerdict | RowRejected | None) -> bool | RowRejected:
    """Wait for a verification under way."""
    if pending is None or isinstance(pending, RowRejected):
        return pending or False
    try:
        verdict = pending.result()
    except TaskError as error:
        return RowRejected(UNVERIFIABLE, f"{error}"[:300])
    if verdict.status in ("error", "timeout"):
        return RowRejected(FAILED if verdict.status == "error" else UNVERIFIABLE, verdict.detail[:300])
    return verdict.reward == 1.0 or RowRejected(WRONG, f"{verdict.detail}: {verdict.answer!r:.100}")


def _check_quickly(task: Task, example: str, options: Options) -> bool | RowRejected:
    """Check a gold answer in this process; False when only a worker could."""
    domain = get_domain(task.domain)
    try:
        answer = domain.extract(example)
    except UnparseableAnswer as reason:
        return RowRejected(WRONG, f"{reason}"[:300])
    score = domain.quick_score(domain.check_reference(task), answer, domain.check_options(options))
    if score is None:
        return False
    return score.reward == 1.0 or RowRejected(WRONG, f"{score.detail}: {answer!r:.100}")
