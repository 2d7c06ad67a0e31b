"""From a task and a response to a verdict."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, cast

from pydantic import BaseModel

from prorl_rllib.envs.domain import Domain, get_domain
from prorl_rllib.envs.errors import UnparseableAnswer, VerifierError
from prorl_rllib.envs.task import Status, Task, Verdict
from prorl_rllib.envs.verification.pool import WorkerPool, WorkResult, default_pool

DEFAULT_TIMEOUT_S = 3.0
Options = BaseModel | Mapping[str, Any] | None
"""Options of a domain: an instance of its `options_model`, the same as a mapping, or None for the defaults."""


class PendingVerdict:
    """A verification under way: already decided, or waiting for a worker."""

    def __init__(
        self,
        verdict: Verdict | None = None,
        *,
        answer: str = "",
        future: "Future[WorkResult] | None" = None,
        pool: WorkerPool | None = None,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        """Hold a verdict, or the future of a worker's result.

        Args:
            verdict: when it is decided already.
            answer: what was extracted.
            future: what the pool returned.
            pool: the pool that works on it.
            timeout_s: the limit the job was given.
        """
        self._verdict, self._answer = verdict, answer
        self._future, self._pool, self._timeout_s = future, pool, timeout_s

    def done(self) -> bool:
        """Tell whether `result` returns at once."""
        return self._verdict is not None or (self._future is not None and self._future.done())

    def result(self) -> Verdict:
        """Wait for the verdict.

        Raises:
            TaskError: when the task cannot be scored by what is installed.
            VerifierError: when the pool stands still or was closed.
        """
        if self._verdict is None:
            assert self._future is not None and self._pool is not None
            work = self._pool.result(self._future, self._timeout_s)
            self._verdict = Verdict(
                reward=work.reward,
                status=cast(Status, work.status),
                answer=self._answer,
                detail=work.detail,
                seconds=work.seconds,
                queued_seconds=work.queued_seconds,
            )
        return self._verdict


def submit(
    task: Task,
    response: str,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    options: Options = None,
    pool: WorkerPool | None = None,
) -> PendingVerdict:
    """Start the verification of a response and return at once.

    Args:
        task: the task that was answered.
        response: all the model wrote, thinking included.
        timeout_s: seconds a worker may score; queueing and preparation do not count. A domain whose scorer keeps limits
            of its own, such as those of a sandbox, may take longer.
        options: of the task's domain.
        pool: the workers; this process's own when None.

    Raises:
        TypeError: when the task is no `Task` or the response no str.
        EnvConfigError: when the domain is unknown or the options are not its own.
        TaskError: when the task's reference is not its domain's.
    """
    if not isinstance(task, Task):
        raise TypeError(f"a task must be a prorl_rllib.envs.Task, got {type(task).__name__}: {task!r:.100}")
    if not isinstance(response, str):
        raise TypeError(f"a response must be a str, got {type(response).__name__}: {response!r:.100}")
    domain = get_domain(task.domain)
    checked = domain.check_options(options)
    reference = domain.check_reference(task)
    try:
        answer = domain.extract(response)
    except UnparseableAnswer as reason:
        return PendingVerdict(Verdict(reward=0.0, status="unparseable", detail=str(reason)))
    score = domain.quick_score(reference, answer, checked)
    if score is not None:
        return PendingVerdict(Verdict(reward=score.reward, status="scored", answer=answer, detail=score.detail))
    pool = pool or default_pool()
    job = {
        "domain": domain.name,
        "class": f"{module_of(domain)}:{type(domain).__name__}",
        "reference": task.reference,
        "options": checked.model_dump(mode="json"),
        "answer": answer,
    }
    deadline_s = domain.deadline_s(reference, checked, timeout_s)
    return PendingVerdict(answer=answer, future=pool.submit(job, deadline_s), pool=pool, timeout_s=deadline_s)


def module_of(domain: Domain) -> str:
    """Return the module whose import registers a domain in a worker.

    Raises:
        VerifierError: when the domain is defined in the main script, which a worker does not run.
    """
    module = type(domain).__module__
    if module == "__main__":
        raise VerifierError(
            f"domain {domain.name!r} is defined in the main script, which verifier workers do not import: "
            f"move it, with its register_domain call, to a module"
        )
    return module


def verify(
    task: Task,
    response: str,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    options: Options = None,
    pool: WorkerPool | None = None,
) -> Verdict:
    """Return the verdict on one response; arguments and errors as in `submit`."""
    return submit(task, response, timeout_s=timeout_s, options=options, pool=pool).result()


def verify_batch(
    tasks: Sequence[Task],
    responses: Sequence[str],
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    options: Options = None,
    pool: WorkerPool | None = None,
) -> list[Verdict]:
    """Return the verdicts on many responses, in the order given; the workers share them.

    Args:
        tasks: one a response.
        responses: all the model wrote.
        timeout_s: as in `submit`.
        options: as in `submit`; of the domain that all the tasks share.
        pool: as in `submit`.

    Raises:
        TypeError: when either is no sequence, or as in `submit`.
        ValueError: when the two differ in length.
    """
    for name, given in (("tasks", tasks), ("responses", responses)):
        if isinstance(given, (str, Task)):
            raise TypeError(f"{name} must be a sequence, got one {type(given).__name__}; for one answer use verify")
    if len(tasks) != len(responses):
        raise ValueError(f"{len(tasks)} tasks for {len(responses)} responses: there must be one task a response")
    pending = [
        submit(task, response, timeout_s=timeout_s, options=options, pool=pool)
        for task, response in zip(tasks, responses, strict=True)
    ]
    return [verdict.result() for verdict in pending]
