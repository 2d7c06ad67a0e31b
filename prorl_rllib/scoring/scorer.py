"""Verdicts on rows, each for itself: a row that is wrong does not cost the others theirs."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from prorl_rllib.envs.code.domain import CodeDomain
from prorl_rllib.envs.datasets.rows import RowRejected
from prorl_rllib.envs.domain import get_domain
from prorl_rllib.envs.errors import EnvConfigError, TaskError, VerifierError
from prorl_rllib.envs.task import Message, Task, Verdict
from prorl_rllib.envs.verification import PendingVerdict, WorkerPool, submit
from prorl_rllib.scoring.rows import DETAIL_CHARACTERS, parse_row
from prorl_rllib.scoring.settings import ScoringSettings

WINDOW = 64
"""Rows under verification at once: enough to keep the workers busy, few enough to stop soon."""
VERDICT_KEYS = ("reward", "status", "answer", "detail")
"""What a verdict adds to a row."""
PROGRAMS_NOT_RUN = "programs are not run here"
HOW_TO_RUN_PROGRAMS = "rllib serve-verifiers runs those of clients with a token, and with --run-programs those of all"


@dataclass(frozen=True)
class ScoredRow:
    """What became of a row: a verdict, or the reason why there is none.

    Attributes:
        domain: of the task; "" where that is not known.
        verdict: of the response; its status is "error" where the verification failed twice.
        rejected: the kind of fault of a row that cannot be scored, the same text for all rows that have it.
        detail: what this row holds instead.
    """

    domain: str = ""
    verdict: Verdict | None = None
    rejected: str | None = None
    detail: str = ""

    def fields(self) -> dict[str, Any]:
        """Return the verdict as plain values by `VERDICT_KEYS`; without one, and for status "error", reward is None."""
        verdict = self.verdict
        if verdict is None:
            return {"reward": None, "status": None, "answer": None, "detail": self.detail}
        return {
            "reward": verdict.reward_or_none,
            "status": verdict.status,
            "answer": verdict.answer,
            "detail": verdict.detail,
        }


@dataclass(frozen=True)
class _UnderWay:
    """A row whose verification has begun."""

    domain: str
    pending: PendingVerdict


def score_rows(
    values: Iterable[Any],
    settings: ScoringSettings | None = None,
    *,
    pool: WorkerPool | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[ScoredRow]:
    """Verify the responses of rows, as `verify_batch` would; what is wrong with a row is said of that row alone.

    Args:
        values: rows as `parse_row` takes them; read as the results are.
        settings: how they are scored; `prepare` of it has been called.
        pool: the workers; this process's own when None.
        stopped: asked before each row; once it is true, no other row is begun.

    Yields:
        One result a row, in order; fewer when stopped.
    """
    settings = settings or ScoringSettings()
    under_way: deque[_UnderWay | ScoredRow] = deque()
    for value in values:
        if stopped():
            return
        under_way.append(_begun(value, settings, pool))
        if len(under_way) >= WINDOW:
            yield _ended(under_way.popleft())
    while under_way:
        yield _ended(under_way.popleft())


def _begun(value: Any, settings: ScoringSettings, pool: WorkerPool | None) -> _UnderWay | ScoredRow:
    """Begin the verification of a row."""
    try:
        task, response = parse_row(value, settings.tasks_by_id())
    except RowRejected as rejected:
        return ScoredRow(rejected=rejected.reason, detail=rejected.detail)
    if not settings.run_programs and isinstance(get_domain(task.domain), CodeDomain):
        return ScoredRow(task.domain, rejected=PROGRAMS_NOT_RUN, detail=HOW_TO_RUN_PROGRAMS)
    options = settings.options.get(task.domain)
    try:
        text = response if isinstance(response, str) else _final_response(task, response, options)
        pending = submit(task, text, timeout_s=settings.timeout_s, options=options, pool=pool)
    except (TaskError, VerifierError) as error:
        return _without_verdict(task.domain, error)
    return _UnderWay(task.domain, pending)


def _final_response(task: Task, messages: list[Message], options: dict[str, Any] | None) -> str:
    """Return the text of a chat that is verified: the last answer, of a task that is played in turns all of them.

    Raises:
        TaskError: when the options play in turns what is not played so.
    """
    domain = get_domain(task.domain)
    checked, reference = domain.check_options(options), domain.check_reference(task)
    try:
        return domain.final_response(reference, messages, checked)
    except EnvConfigError as error:
        raise TaskError(f"{error}") from None


def _ended(row: _UnderWay | ScoredRow) -> ScoredRow:
    """Wait for the end of a row's verification."""
    if isinstance(row, ScoredRow):
        return row
    try:
        return ScoredRow(row.domain, row.pending.result())
    except (TaskError, VerifierError) as error:
        return _without_verdict(row.domain, error)


def _without_verdict(domain: str, error: TaskError | VerifierError) -> ScoredRow:
    """Reject a task that its verifier cannot use; a failure of the machinery says nothing about the row."""
    detail = f"{error}"[:DETAIL_CHARACTERS]
    if isinstance(error, TaskError):
        return ScoredRow(domain, rejected="the task cannot be scored", detail=detail)
    return ScoredRow(domain, Verdict(reward=0.0, status="error", detail=detail))
