"""IFEval and the instruction-following rows of Llama-Nemotron: instruction ids and their arguments."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from prorl_rllib.envs.datasets.columns import facts, is_empty
from prorl_rllib.envs.datasets.rows import Columns, ParsedRow, RowRejected
from prorl_rllib.envs.datasets.schema import Schema
from prorl_rllib.envs.task import Message

HOLDERS = ("args", "verifier_metadata", "ground_truth", "extra_info")
"""Columns that may hold the instructions, when the row itself does not."""
IDS = ("instruction_id_list", "instruction_id")
ARGUMENTS = ("kwargs", "instruction_kwargs", "args_list")
PROMPTS = ("prompt", "input", "messages", "question")
MODES = ("detailed thinking on", "detailed thinking off")
"""System messages that switch a mode of another model."""


def parse(row: Columns) -> ParsedRow:
    """Return the task of a row, wherever it keeps its instructions.

    Raises:
        RowRejected: when there are none, or there is one that no checker exists for.
    """
    holder = next((each for each in _holders(row) if any(not is_empty(each.get(key)) for key in IDS)), None)
    if holder is None:
        raise RowRejected("no instruction ids", f"columns {', '.join(row)}"[:200])
    ids = _ids(next(holder[key] for key in IDS if not is_empty(holder.get(key))))
    given = next((holder[key] for key in ARGUMENTS if holder.get(key) is not None), None)
    reference = {"instruction_id_list": ids, "kwargs": _arguments(given, len(ids))}
    return ParsedRow("instruction_following", _prompt(row), reference, facts(row, "key", "id", "category"))


def _holders(row: Columns) -> Iterator[Mapping[str, Any]]:
    """Yield the mappings that may hold the instructions: the row, and its columns, decoded where they are JSON."""
    yield row
    for name in HOLDERS:
        value = _decoded(row.get(name))
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, Mapping):
            yield value


def _decoded(value: Any) -> Any:
    """Return the value of a JSON text, and anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _ids(value: Any) -> list[str]:
    """Return a list of instruction ids; a single one may stand alone.

    Raises:
        RowRejected: when they are no texts, or one is unknown: it would count as never, or always, followed.
    """
    from prorl_rllib.envs.instruction_following.instructions import INSTRUCTIONS

    value = _decoded(value)
    ids = [value] if isinstance(value, str) else value
    if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise RowRejected("instruction ids are no list of texts", f"{value!r:.100}")
    stripped = [each.strip() for each in ids]
    if unknown := [each for each in stripped if each not in INSTRUCTIONS]:
        raise RowRejected("unknown instruction id", f"{unknown[0]!r:.100}")
    return stripped


def _arguments(value: Any, count: int) -> list[dict[str, Any]]:
    """Return the arguments of each instruction, without those that are null, which stand for "not used".

    Raises:
        RowRejected: when they are no mappings, or not one an instruction.
    """
    value = _decoded(value)
    listed = [{}] * count if value is None else [value] if isinstance(value, Mapping) else value
    if not isinstance(listed, list):
        raise RowRejected("instruction arguments are no list", f"{value!r:.100}")
    decoded = [{} if each is None else _decoded(each) for each in listed]
    if not all(isinstance(each, Mapping) for each in decoded):
        raise RowRejected("instruction arguments are no mappings", f"{value!r:.100}")
    if len(decoded) != count:
        raise RowRejected("not one mapping of arguments an instruction", f"{count} ids, {len(decoded)} mappings")
    return [{key: value for key, value in each.items() if not _is_null(value)} for each in decoded]


def _is_null(value: Any) -> bool:
    """Tell whether an argument is missing: null, or the NaN a table makes of it (0 and "" are values)."""
    return value is None or (isinstance(value, float) and value != value)


def _prompt(row: Columns) -> str | tuple[Message, ...]:
    """Return the prompt, a text or a chat.

    Raises:
        RowRejected: when there is none.
    """
    nested = row.get("responses_create_params")
    given = [row.get(name) for name in PROMPTS]
    given.append(nested.get("input") if isinstance(nested, Mapping) else None)
    value = _decoded_chat(next((each for each in given if not is_empty(each)), None))
    if value is None:
        raise RowRejected("no prompt")
    if isinstance(value, str):
        return value.strip()
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise RowRejected("prompt is neither text nor chat", f"{value!r:.100}")
    messages = [_message(each) for each in value]
    messages = [each for each in messages if each["role"] != "system" or not _is_mode(each["content"])]
    if not messages or not messages[-1]["content"].strip():
        raise RowRejected("no prompt")
    return messages[0]["content"].strip() if [m["role"] for m in messages] == ["user"] else tuple(messages)


def _decoded_chat(value: Any) -> Any:
    """Return the chat of a JSON text that holds one; any other text is a prompt as it stands."""
    decoded = _decoded(value)
    is_chat = isinstance(decoded, list) and decoded and all(isinstance(each, Mapping) for each in decoded)
    return decoded if is_chat else value


def _message(message: Mapping[str, Any]) -> Message:
    """Return the role and content of a message.

    Raises:
        RowRejected: when one is missing.
    """
    role, content = message.get("role"), message.get("content")
    if not isinstance(role, str) or not isinstance(content, str):
        raise RowRejected("a message has no role or content", f"{message!r:.100}")
    return {"role": role, "content": content}


def _is_mode(content: str) -> bool:
    """Tell whether a system message only switches a mode."""
    return not content.strip() or content.strip().lower() in MODES


SCHEMAS = (
    Schema("ifeval", ("instruction_following",), parse, has_golds=False),
    Schema(
        "llama_nemotron_if",
        ("instruction_following",),
        parse,
        has_golds=False,
        hub_files=("RL/instruction_following/*.jsonl",),
    ),
)
