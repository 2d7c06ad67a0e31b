"""What a row of responses may look like, and why one is rejected."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from prorl_rllib.envs.datasets.rows import RowRejected
from prorl_rllib.envs.domain import domain_names, get_domain
from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.settings import describe, did_you_mean
from prorl_rllib.envs.task import Task

DETAIL_CHARACTERS = 300


def parse_row(value: Any, tasks: Mapping[str, Task]) -> tuple[Task, str]:
    """Return the task and the response of a row.

    A row is an object with `response` and one of: `task`, the fields of a `Task` as an object or as JSON text;
    `domain` and `reference` (`prompt`, `metadata` and `task_id` may be given too); or the `task_id` of one of `tasks`.
    Other keys are left alone.

    Args:
        value: the row.
        tasks: tasks that rows may name, by id.

    Raises:
        RowRejected: with the kind of fault and what this row holds.
    """
    if not isinstance(value, Mapping):
        raise RowRejected("the row is no object", f"{value!r:.100}")
    response = value.get("response")
    if not isinstance(response, str):
        raise RowRejected("response is no text" if "response" in value else "no response", _keys(value, response))
    task = _task(value, tasks)
    if task.domain not in domain_names():
        raise RowRejected("unknown domain", f"{task.domain!r:.100}{did_you_mean(task.domain, domain_names())}")
    try:
        get_domain(task.domain).check_reference(task)
    except TaskError as error:
        raise RowRejected(f"the {task.domain} domain refuses the reference", f"{error}"[:DETAIL_CHARACTERS]) from None
    return task, response


def _keys(value: Mapping[str, Any], found: Any) -> str:
    """Say what stands there instead of a response."""
    return f"got {type(found).__name__}" if "response" in value else f"the row has {', '.join(map(str, value))[:200]}"


def _task(value: Mapping[str, Any], tasks: Mapping[str, Task]) -> Task:
    """Return the task of a row.

    Raises:
        RowRejected: when it holds none.
    """
    if "task" in value:
        return _validated(_object("task", value["task"]))
    if "domain" in value and "reference" in value:
        return _validated(
            {
                "task_id": value.get("task_id", ""),
                "domain": value["domain"],
                "prompt": value.get("prompt", ""),
                "reference": _object("reference", value["reference"]),
                "metadata": _object("metadata", value.get("metadata", {})),
            }
        )
    task_id = value.get("task_id")
    if isinstance(task_id, str) and task_id in tasks:
        return tasks[task_id]
    if "task_id" in value:
        where = f"none of the {len(tasks)} tasks given has it" if tasks else "no file of tasks is given"
        raise RowRejected("no reference", f"the row names task_id {task_id!r:.100}, and {where}")
    raise RowRejected("no task", "the row must hold task, or domain and reference, or task_id")


def _object(key: str, value: Any) -> Any:
    """Return what a column holds: an object, or the JSON text of one."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise RowRejected(f"{key} is neither an object nor JSON", f"{error}"[:DETAIL_CHARACTERS]) from None


def _validated(fields: Any) -> Task:
    """Return a task of its fields."""
    try:
        return Task.model_validate(fields)
    except ValidationError as error:
        raise RowRejected("not a task", describe(error)[:DETAIL_CHARACTERS]) from None
    except RecursionError:
        raise RowRejected("not a task", "lists or objects nested too deeply") from None
