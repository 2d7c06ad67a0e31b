"""What a row of responses may look like, and why one is rejected."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from prorl_rllib.envs.datasets.rows import RowRejected
from prorl_rllib.envs.domain import domain_names, get_domain
from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.settings import describe, did_you_mean
from prorl_rllib.envs.task import Message, Task
from prorl_rllib.interop.scoring import answers_of

DETAIL_CHARACTERS = 300
SEVERAL_TURNS = (
    "later_turns is not empty: the verdict is that of the environment which played the episode; response is its last "
    "turn alone"
)


def parse_row(value: Any, tasks: Mapping[str, Task]) -> tuple[Task, str | list[Message]]:
    """Return the task and the response of a row.

    A row is an object with `response`, a text or chat messages, and one of: `task`, the fields of a `Task` as an object
    or as JSON text; `domain` and `reference` (`prompt`, `metadata` and `task_id` may be given too); or the `task_id` of
    one of `tasks`. Of the other keys `later_turns`, which an evaluation writes for an episode of several turns, must be
    empty; the rest is left alone.

    Args:
        value: the row.
        tasks: tasks that rows may name, by id.

    Returns:
        The task; the response, of chat messages those up to the last of the assistant, which is the answer.

    Raises:
        RowRejected: with the kind of fault and what this row holds.
    """
    if not isinstance(value, Mapping):
        raise RowRejected("the row is no object", f"{value!r:.100}")
    response = _response(value)
    task = _task(value, tasks)
    if task.domain not in domain_names():
        raise RowRejected("unknown domain", f"{task.domain!r:.100}{did_you_mean(task.domain, domain_names())}")
    try:
        get_domain(task.domain).check_reference(task)
    except TaskError as error:
        # Domains begin with the task's id, which a row need not have.
        detail = f"{error}".removeprefix("task '': ")[:DETAIL_CHARACTERS]
        raise RowRejected(f"the {task.domain} domain refuses the reference", detail) from None
    return task, response


def _response(value: Mapping[str, Any]) -> str | list[Message]:
    """Return the response of a row.

    Raises:
        RowRejected: when there is none, or it is the last of several turns.
    """
    if "response" not in value:
        raise RowRejected("no response", f"the row has {', '.join(map(str, value))[:200]}")
    if value.get("later_turns"):
        raise RowRejected("an episode of several turns", SEVERAL_TURNS)
    response = value["response"]
    if isinstance(response, str):
        return response
    try:
        return answers_of(response)
    except TypeError as error:
        raise RowRejected("response is neither text nor chat messages", f"{error}"[:DETAIL_CHARACTERS]) from None


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
