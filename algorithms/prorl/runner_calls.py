"""What the driver asks of env runners: each call with its arguments, and a reason for each runner that was lost."""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError
from ray.rllib.env.env_runner_group import EnvRunnerGroup

logger = logging.getLogger(__name__)

LOCAL = 0
"""Id of the env runner in the driver's process."""
_PROGRESS_LINE_S = 10.0


@dataclass(frozen=True)
class RunnerAnswers:
    """What came of a call.

    Attributes:
        answers: Id of the runner -> what it returned.
        lost: Id of the runner -> why there is no answer and never will be.
        silent: Ids of the runners that had not answered in time.
    """

    answers: dict[int, Any] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    silent: tuple[int, ...] = ()


def runner_ids(group: EnvRunnerGroup) -> list[int]:
    """Return the ids of the runners that can be called.

    Args:
        group: The runners.
    """
    return list(group.healthy_env_runner_ids()) if group.num_remote_env_runners() else [LOCAL]


def call_runners(
    group: EnvRunnerGroup, method: str, arguments: Mapping[int, Mapping[str, Any]], timeout_s: float
) -> RunnerAnswers:
    """Call a method of several runners at once.

    Args:
        group: The runners.
        method: Its name.
        arguments: Id of the runner -> keyword arguments; the others are not called.
        timeout_s: Seconds to wait for remote runners.

    Returns:
        The answers; a runner whose process ended is from then on left out, until it is restored.

    Raises:
        Exception: what the method raised on a runner.
    """
    if not arguments:
        return RunnerAnswers()
    if group.num_remote_env_runners() == 0:
        return RunnerAnswers({LOCAL: getattr(group.local_env_runner, method)(**arguments[LOCAL])})
    ids = list(arguments)
    results = group._worker_manager.foreach_actor(
        [method] * len(ids),
        kwargs=[dict(arguments[number]) for number in ids],
        remote_actor_ids=ids,
        timeout_seconds=timeout_s,
    )
    answers: dict[int, Any] = {}
    lost: dict[int, str] = {}
    for result in results.result_or_errors:
        value = result.get()
        if result.ok:
            answers[result.actor_id] = value
        elif isinstance(value, RayTaskError) or not isinstance(value, RayError):
            raise value
        else:
            lost[result.actor_id] = f"env runner {result.actor_id}: {value}"
    silent = tuple(number for number in ids if number not in answers and number not in lost)
    return RunnerAnswers(answers, lost, silent)


def end_runners(group: EnvRunnerGroup, ids: Sequence[int], *, restart: bool) -> None:
    """Kill remote runners.

    Args:
        group: The runners.
        ids: Which ones.
        restart: Whether Ray is to start them anew.
    """
    manager = group._worker_manager
    for number in ids:
        ray.kill(manager.actors()[number], no_restart=not restart)
        manager.set_actor_state(number, healthy=False)


def raise_construction_error(group: EnvRunnerGroup | None, timeout_s: float) -> None:
    """Raise what the constructor of a remote runner raised, if one did; RLlib puts it into its log alone.

    Args:
        group: The runners; None when there are none.
        timeout_s: Seconds to wait for their answers.
    """
    if group is None or group.num_remote_env_runners() == 0:
        return
    manager = group._worker_manager
    for result in manager.foreach_actor("assert_healthy", healthy_only=False, timeout_seconds=timeout_s):
        error = result.get()
        if isinstance(error, RayActorError) and error.actor_init_failed:
            cause = getattr(error.args[0], "cause", None)
            raise cause if isinstance(cause, Exception) else error


@contextlib.contextmanager
def progress_lines(what: str, timeout_s: float) -> Iterator[None]:
    """Log every ten seconds, while a block runs, that it still does.

    Args:
        what: What is being waited for.
        timeout_s: How long that may take.

    Yields:
        Nothing.
    """
    over, began = threading.Event(), time.monotonic()

    def log() -> None:
        while not over.wait(_PROGRESS_LINE_S):
            logger.info("waiting for %s: %.0f s of at most %g s", what, time.monotonic() - began, timeout_s)

    threading.Thread(target=log, name="progress-lines", daemon=True).start()
    try:
        yield
    finally:
        over.set()
