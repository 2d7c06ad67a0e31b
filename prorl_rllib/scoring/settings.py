"""How rows are scored: what every process that scores must know."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from prorl_rllib.envs.datasets.build import OWN, build_task
from prorl_rllib.envs.datasets.files import read_rows
from prorl_rllib.envs.datasets.rows import RowRejected
from prorl_rllib.envs.datasets.schemas import get_schema
from prorl_rllib.envs.domain import domain_names, get_domain
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.settings import did_you_mean
from prorl_rllib.envs.task import Task
from prorl_rllib.envs.verification.verify import DEFAULT_TIMEOUT_S


class ScoringSettings(BaseModel):
    """How rows are scored. Frozen; it crosses process borders.

    Attributes:
        timeout_s: seconds a verifier may work on one response.
        options: domain -> its options, such as `{"code": {"required_isolation": "bwrap"}}`; the defaults for others.
        domains: domains of one's own as "module:Class", imported in each process that scores.
        tasks: a file or folder of `Task` rows; rows may then name their task by `task_id` alone. Must be readable in
            each process that scores.
        run_programs: whether programs are run: the responses of the code domain, whose rows are rejected otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    timeout_s: float = Field(default=DEFAULT_TIMEOUT_S, gt=0, le=300)
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    domains: tuple[str, ...] = ()
    tasks: str | None = None
    run_programs: bool = True

    def prepare(self) -> None:
        """Import the domains and check the options; call it once in each process, before rows are scored.

        Raises:
            EnvConfigError: for a domain or an option that there is not, or that this machine cannot serve.
        """
        for path in self.domains:
            get_domain(path)
        for name, options in self.options.items():
            if name not in domain_names():
                known = domain_names()
                hint = did_you_mean(name, known)
                raise EnvConfigError(f"options of domain {name!r}: unknown{hint}; domains: {', '.join(known)}")
            domain = get_domain(name)
            domain.prepare(domain.check_options(options))

    def tasks_by_id(self) -> Mapping[str, Task]:
        """Return the tasks of the file `tasks`, read once a process; none without one.

        Raises:
            EnvConfigError: if the file cannot be read.
            TaskError: naming the first row that is no task, or repeats the id of another one.
        """
        return {} if self.tasks is None else _read_tasks(self.tasks)


@cache
def _read_tasks(path: str) -> Mapping[str, Task]:
    """Read the tasks of a file."""
    tasks: dict[str, Task] = {}
    for row in read_rows(Path(path)):
        try:
            task = build_task(row, get_schema(OWN))
        except RowRejected as rejected:
            raise TaskError(f"{row.place}: not a task: {rejected}") from None
        if tasks.setdefault(task.task_id, task) != task:
            raise TaskError(f"{row.place}: another task of this file has task_id = {task.task_id!r:.100}")
    return tasks
