"""Tasks as rows of other libraries' data sets: the task travels as JSON in one column, its prompt as a chat."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

import gymnasium
from pydantic import BaseModel, ValidationError

from prorl_rllib.envs.domain import Domain, get_domain
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.settings import describe
from prorl_rllib.envs.task import Message, Task
from prorl_rllib.envs.text_env import TextEnv

TASK_COLUMN = "prorl_task"
"""The column, or the key, in which a row carries its task."""
TaskLike: TypeAlias = Task | Mapping[str, Any] | str
"""A task; its fields; or its JSON, as `task_to_json` writes it."""
DomainOptions: TypeAlias = Mapping[str, BaseModel | Mapping[str, Any]] | None
"""Domain name -> the options of that domain, such as `{"code": {"binary": True}}`; None for the defaults."""
Tasks: TypeAlias = gymnasium.Env[Any, Any] | Iterable[Task]
"""Where the rows come from: an environment of ours, whose tasks are taken in order, or the tasks themselves."""


def task_to_json(task: Task) -> str:
    """Return a task as one line of ASCII JSON, which `as_task` reads back unchanged.

    Unlike `model_dump_json`, it keeps infinities and half characters in a reference.
    """
    return json.dumps(task.model_dump(mode="python"))


def as_task(task: TaskLike) -> Task:
    """Return a task given as a `Task`, as a mapping of its fields, or as its JSON.

    Raises:
        TaskError: when it is none, naming the wrong field.
    """
    if isinstance(task, Task):
        return task
    value: Any = task
    if isinstance(task, str):
        try:
            value = json.loads(task)
        except (ValueError, RecursionError) as error:
            raise TaskError(f"a task must be JSON as `task_to_json` writes it, got {task!r:.100}: {error}") from None
    if not isinstance(value, Mapping):
        raise TaskError(f"a task must be a Task, a mapping or JSON, got {type(value).__name__}: {value!r:.100}")
    try:
        return Task.model_validate(dict(value))
    except ValidationError as error:
        raise TaskError(f"not a task: {describe(error)}") from None


def domain_options(domain: Domain, options: DomainOptions) -> Any:
    """Return the checked options of one domain, out of those of several.

    Raises:
        EnvConfigError: when `options` names no domain or a wrong option.
    """
    return domain.check_options((options or {}).get(domain.name))


def check_domain_options(options: DomainOptions) -> None:
    """Raise when options by domain name an unknown domain or a wrong option.

    Raises:
        EnvConfigError: naming it, and what is allowed.
    """
    if options is not None and not isinstance(options, Mapping):
        raise EnvConfigError(f"options must map domains to their options, got {options!r:.100}")
    for name in options or {}:
        domain_options(get_domain(name), options)


def prompt_messages(
    task: Task, *, options: DomainOptions = None, answer_instruction: str | None = None
) -> list[Message]:
    """Return the chat that a model is to answer: the task's, with the answer instruction, as `TextEnv.reset` gives it.

    Args:
        task: what is asked.
        options: by domain; they may change the instruction.
        answer_instruction: appended to the last message; the domain's own when None, nothing when "".
    """
    domain = get_domain(task.domain)
    own = domain.instruction(domain_options(domain, options)) if answer_instruction is None else answer_instruction
    messages = task.messages
    if own:
        messages[-1]["content"] += "\n" + own
    return messages


def iterate_tasks(tasks: Tasks, limit: int | None = None) -> Iterator[Task]:
    """Yield the first `limit` tasks of an environment (wrapped or not), or of any iterable; all when None.

    Raises:
        EnvConfigError: when the limit is below 1.
        TypeError: for what is no task.
    """
    if limit is not None and limit < 1:
        raise EnvConfigError(f"limit = {limit}: must be at least 1, or None for all tasks")
    env = _text_env(tasks)
    found: Iterator[Any] = iter(cast(Iterable[Any], tasks)) if env is None else map(env.task, range(env.num_tasks))
    for number, task in enumerate(found):
        if number == limit:
            return
        if not isinstance(task, Task):
            raise TypeError(f"tasks must hold prorl_rllib.envs.Task, got {type(task).__name__}: {task!r:.100}")
        yield task


def iterate_prompts(
    tasks: Tasks, limit: int | None = None, *, options: DomainOptions = None, answer_instruction: str | None = None
) -> Iterator[tuple[Task, list[Message]]]:
    """Yield each task with the chat that a model is to answer.

    Args:
        tasks: an environment, or tasks.
        limit: as in `iterate_tasks`.
        options: as in `prompt_messages`; an environment's own when neither these nor `answer_instruction` is given.
        answer_instruction: as in `prompt_messages`.
    """
    check_domain_options(options)
    env = _text_env(tasks)
    own = env is not None and options is None and answer_instruction is None
    for task in iterate_tasks(tasks, limit):
        given = env.source.part_of(task).answer_instruction() if env is not None and own else answer_instruction
        yield task, prompt_messages(task, options=options, answer_instruction=given)


def _text_env(tasks: Any) -> TextEnv | None:
    """Return the environment that `tasks` is, None for an iterable of tasks."""
    model = getattr(tasks, "unwrapped", tasks)
    return model if isinstance(model, TextEnv) else None
