"""From a row to a task whose reference its domain accepts."""

from collections.abc import Mapping

from pydantic import ValidationError

from prorl_rllib.envs.datasets.columns import normalise_columns
from prorl_rllib.envs.datasets.distinct import problem_hash
from prorl_rllib.envs.datasets.rows import Columns, ParsedRow, Row, RowRejected
from prorl_rllib.envs.datasets.schema import Schema
from prorl_rllib.envs.domain import domain_names, get_domain
from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.settings import describe
from prorl_rllib.envs.task import Task

OWN = "tasks"
"""The schema of rows that are tasks already, whose metadata stays as it is."""


def build_task(row: Row, schema: Schema, domain: str | None = None) -> Task:
    """Return the task of a row.

    Args:
        row: as it was read.
        schema: makes a task of it.
        domain: the only one that is wanted; any when None.

    Raises:
        RowRejected: when the row is no task, or one of another domain.
    """
    if row.problem is not None:
        raise row.problem
    if not isinstance(row.value, Mapping):
        raise RowRejected("not an object", f"{row.value!r:.100}")
    try:
        return _checked_task(row, row.value, schema, domain)
    except RecursionError:
        raise RowRejected("lists or objects nested too deeply") from None


def _checked_task(row: Row, value: Columns, schema: Schema, domain: str | None) -> Task:
    """Return the task of a row's columns; arguments and errors as in `build_task`."""
    columns = normalise_columns(value)
    if schema.domain_of is not None:
        _check_domain(schema.domain_of(columns), domain)
    parsed = schema.parse(columns)
    _check_domain(parsed.domain, domain)
    task = _task(parsed, row, schema)
    if task.domain not in domain_names():
        raise RowRejected("unknown domain", f"{task.domain!r:.100}")
    try:
        get_domain(task.domain).check_reference(task)
    except TaskError as error:
        raise RowRejected(f"the {task.domain} domain refuses the reference", f"{error}"[:300]) from None
    return task


def _check_domain(found: str, wanted: str | None) -> None:
    """Raise for a task of a domain that is not wanted.

    Raises:
        RowRejected: naming its domain.
    """
    if wanted is not None and found != wanted:
        raise RowRejected("of another domain", f"domain {found!r:.100}")


def _task(parsed: ParsedRow, row: Row, schema: Schema) -> Task:
    """Return the task of a parsed row, with its id and where it is from.

    Raises:
        RowRejected: when prompt or reference are of no use.
    """
    metadata = parsed.metadata
    if schema.name != OWN:
        metadata = {**metadata, "dataset": schema.name, "source": f"{row.file.name}:{row.number}"}
    try:
        task = Task(
            task_id=parsed.task_id or "",
            domain=parsed.domain,
            prompt=parsed.prompt,
            reference=parsed.reference,
            metadata=metadata,
        )
    except ValidationError as error:
        raise RowRejected("not a task", describe(error)[:300]) from None
    if parsed.task_id is not None:
        return task
    return task.model_copy(update={"task_id": f"{schema.name}/{problem_hash(task)[:16]}"})
