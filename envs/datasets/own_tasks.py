"""Files that the user wrote for an environment: any wrong row is an error."""

from collections.abc import Mapping
from pathlib import Path

from prorl_rllib.envs.datasets.build import OWN, build_task
from prorl_rllib.envs.datasets.distinct import DistinctTasks
from prorl_rllib.envs.datasets.files import read_rows
from prorl_rllib.envs.datasets.rows import Row, RowRejected
from prorl_rllib.envs.datasets.schemas import get_schema
from prorl_rllib.envs.domain import Domain
from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.task import Task


def read_own_tasks(path: Path, domain: Domain) -> list[Task]:
    """Return the tasks of a file or folder whose rows are `Task`s, the first of each problem, in order.

    Args:
        path: as in `read_rows`.
        domain: of all of them.

    Raises:
        EnvConfigError: when the file is missing, unreadable, of another kind, or empty.
        TaskError: for a row that is no task of the domain, and for rows that contradict each other, with their places.
    """
    distinct = DistinctTasks()
    for row in read_rows(path):
        distinct.add(row.place, _task(row, domain))
    return distinct.tasks()


def _task(row: Row, domain: Domain) -> Task:
    """Return the task of a row.

    Raises:
        TaskError: naming its place and what is wrong.
    """
    found = row.value.get("domain") if isinstance(row.value, Mapping) else None
    if isinstance(found, str) and found != domain.name:
        raise TaskError(f"{row.place}: domain = {found!r:.100}: this environment takes {domain.name!r} only")
    try:
        return build_task(row, get_schema(OWN))
    except RowRejected as rejected:
        prefix = "" if rejected is row.problem and rejected.reason == "not UTF-8" else "not a task: "
        raise TaskError(f"{row.place}: {prefix}{rejected}") from None
