"""Eurus-2-RL: mathematics and code in chats, with the instructions of PRIME around them."""

import re
from collections.abc import Mapping
from typing import Any

from prorl_rllib.envs.datasets.code_tests import tests_of_contest
from prorl_rllib.envs.datasets.columns import as_text, decode_json, facts, is_empty
from prorl_rllib.envs.datasets.final_answer import bare_answer
from prorl_rllib.envs.datasets.rows import Columns, ParsedRow, RowRejected
from prorl_rllib.envs.datasets.schema import Schema
from prorl_rllib.envs.task import Message

ACTIONS = re.compile(r"\[ASSESS\]|\[ADVANCE\]|following actions", re.IGNORECASE)
"""What PRIME's system message, and no other, speaks of."""
INSTRUCTIONS = (
    re.compile(r"Present the answer in LaTex format: \\boxed\{Your answer\}\Z", re.IGNORECASE),
    re.compile(r"Write Python code to solve the problem\. Present the code in\s*```python\s*Your code\s*```.*", re.S),
)
"""How to give the answer, which the environment says in its own words."""


def domain_of(row: Columns) -> str:
    """Return the domain that the row's `ability` names.

    Raises:
        RowRejected: when it is neither mathematics nor code.
    """
    ability = row.get("ability")
    if ability not in ("math", "code"):
        raise RowRejected("ability is neither math nor code", f"{ability!r:.100}")
    return str(ability)


def parse(row: Columns) -> ParsedRow:
    """Return the task of a row."""
    domain = domain_of(row)
    reward = row.get("reward_model")
    truth = reward.get("ground_truth") if isinstance(reward, Mapping) else None
    if is_empty(truth) or not isinstance(truth, (str, int, float, dict)):
        raise RowRejected("no ground_truth", f"{reward!r:.100}")
    prompt = prompt_of(row.get("prompt"))
    metadata = facts(row, "data_source")
    if domain == "math":
        if isinstance(truth, dict):
            raise RowRejected("no ground_truth", f"{truth!r:.100}")
        return ParsedRow(domain, prompt, {"answer": bare_answer(as_text(truth))}, metadata)
    tests = tests_of_contest(decode_json(truth, "the tests are no JSON") if isinstance(truth, str) else truth)
    return ParsedRow(domain, with_function_name(prompt, tests), {"tests": tests}, metadata)


def prompt_of(chat: Any) -> str | tuple[Message, ...]:
    """Return the prompt of a chat without the system message and the answer instruction of PRIME.

    Raises:
        RowRejected: when it is no chat.
    """
    if not isinstance(chat, list) or not all(isinstance(message, Mapping) for message in chat):
        raise RowRejected("prompt is no list of messages", f"{chat!r:.100}")
    messages = []
    for message in chat:
        role, content = message.get("role"), message.get("content")
        if not isinstance(role, str) or not isinstance(content, str):
            raise RowRejected("a message has no role or content", f"{message!r:.100}")
        if role != "system" or not ACTIONS.search(content):
            messages.append({"role": role, "content": without_instruction(content) if role == "user" else content})
    if not messages or not messages[-1]["content"].strip():
        raise RowRejected("no prompt")
    return messages[0]["content"] if [each["role"] for each in messages] == ["user"] else tuple(messages)


def without_instruction(content: str) -> str:
    """Return a user message without the sentence that says how to give the answer."""
    content = content.strip()
    for instruction in INSTRUCTIONS:
        content = instruction.sub("", content).rstrip()
    return content


def with_function_name(prompt: str | tuple[Message, ...], tests: Mapping[str, Any]) -> str | tuple[Message, ...]:
    """Return a prompt that names the function the tests call, where it does not already."""
    name = tests.get("fn_name")
    if name is None or name in str(prompt):
        return prompt
    request = f"\n\nWrite a function named `{name}`."
    if isinstance(prompt, str):
        return prompt + request
    return (*prompt[:-1], {**prompt[-1], "content": prompt[-1]["content"] + request})


SCHEMAS = (Schema("eurus2", ("math", "code"), parse, domain_of, hub_files=("*.parquet",)),)
