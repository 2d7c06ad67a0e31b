"""From what another library hands over, a task record and a text or a chat, to the verdict that `verify` gives.

A verdict with status `error` is a failure of the machinery, never a reward of 0: `reward_of` returns None for it, and
each adapter says what its library is given instead.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from prorl_rllib.envs.domain import get_domain
from prorl_rllib.envs.task import Message, Task, Verdict
from prorl_rllib.envs.verification import PendingVerdict, WorkerPool, submit
from prorl_rllib.envs.verification.verify import DEFAULT_TIMEOUT_S
from prorl_rllib.interop.task_rows import DomainOptions, TaskLike, as_task, check_domain_options, domain_options

Response: TypeAlias = str | Sequence[Mapping[str, Any]]
"""All the model wrote: a text, or the chat messages of its completion."""


def score(
    task: TaskLike,
    response: Response,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    options: DomainOptions = None,
    pool: WorkerPool | None = None,
) -> Verdict:
    """Return the verdict on one response.

    Args:
        task: a `Task`, its fields, or its JSON.
        response: a text, thinking included; or chat messages, of which the last assistant message is the answer (of a
            task that is played in turns, all of them).
        timeout_s: as in `verify`.
        options: by domain.
        pool: as in `verify`.

    Raises:
        TaskError: when the task is none or cannot be scored.
        EnvConfigError: for an unknown domain or a wrong option.
        TypeError: when the response is neither text nor messages.
        VerifierError: when the pool of workers stands still.
    """
    return score_batch([as_task(task)], [response], timeout_s=timeout_s, options=options, pool=pool)[0]


def score_batch(
    tasks: Sequence[TaskLike],
    responses: Sequence[Response],
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    options: DomainOptions = None,
    pool: WorkerPool | None = None,
) -> list[Verdict]:
    """Return the verdicts on many responses, in the order given; the tasks may be of several domains.

    Args:
        tasks: one a response.
        responses: as in `score`.
        timeout_s: as in `score`.
        options: as in `score`.
        pool: as in `score`.

    Raises:
        ValueError: when the two differ in length; else as in `score`.
    """
    check_domain_options(options)
    if len(tasks) != len(responses):
        raise ValueError(f"{len(tasks)} tasks for {len(responses)} responses: there must be one task a response")
    records = [as_task(task) for task in tasks]
    pending = [
        _submit(task, response, timeout_s, options, pool) for task, response in zip(records, responses, strict=True)
    ]
    return [verdict.result() for verdict in pending]


def reward_of(verdict: Verdict) -> float | None:
    """Return a verdict's reward, None where the machinery failed and there is none."""
    return verdict.reward_or_none


def _submit(
    task: Task, response: Response, timeout_s: float, options: DomainOptions, pool: WorkerPool | None
) -> PendingVerdict:
    """Start the verification of a text or a chat."""
    domain = get_domain(task.domain)
    checked = domain_options(domain, options)
    if isinstance(response, str):
        text = response
    else:
        text = domain.final_response(domain.check_reference(task), answers_of(response), checked)
    return submit(task, text, timeout_s=timeout_s, options=checked, pool=pool)


def answers_of(messages: Sequence[Mapping[str, Any]]) -> list[Message]:
    """Return the messages of a chat up to the last one of the assistant, as role and text.

    Args:
        messages: as chat interfaces have them; a content may be a list of parts, or None beside a tool call.

    Raises:
        TypeError: when they are no messages, or none of them is the assistant's.
    """
    if not isinstance(messages, Sequence) or isinstance(messages, bytes):
        raise TypeError(f"a response must be a str or messages, got {type(messages).__name__}: {messages!r:.100}")
    plain = [_plain(message) for message in messages]
    last = max((index for index, message in enumerate(plain) if message["role"] == "assistant"), default=None)
    if last is None:
        raise TypeError(f"a response of messages must hold one of role assistant, got {messages!r:.200}")
    return plain[: last + 1]


def _plain(message: Mapping[str, Any]) -> Message:
    """Return the role and the text of a message; parts that are no text are left out.

    Raises:
        TypeError: when it is none.
    """
    if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
        raise TypeError(f"a message must be a mapping with role and content, got {message!r:.100}")
    content = message.get("content")
    if content is None:
        content = ""
    elif not isinstance(content, str):
        parts = [part for part in content if isinstance(part, Mapping)]
        content = "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    return {"role": message["role"], "content": content}
