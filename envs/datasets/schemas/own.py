"""Rows that are `Task`s already."""

from typing import Any

from prorl_rllib.envs.datasets.columns import decode_json
from prorl_rllib.envs.datasets.rows import Columns, ParsedRow, RowRejected
from prorl_rllib.envs.datasets.schema import Schema

KEYS = frozenset({"task_id", "domain", "prompt", "reference", "metadata"})


def parse(row: Columns) -> ParsedRow:
    """Return a task's fields; mappings may be JSON texts, as in tables that cannot nest.

    Raises:
        RowRejected: when a field is missing, unknown or of another type.
    """
    if unknown := sorted(set(row) - KEYS):
        raise RowRejected("unknown keys", f"{', '.join(unknown)}"[:200])
    for key in ("task_id", "domain"):
        if not isinstance(row.get(key), str):
            raise RowRejected(f"{key} is no text", f"{row.get(key)!r:.100}")
    prompt = row.get("prompt")
    if not isinstance(prompt, (str, list)):
        raise RowRejected("prompt is neither text nor chat", f"{prompt!r:.100}")
    return ParsedRow(
        domain=row["domain"],
        prompt=prompt if isinstance(prompt, str) else tuple(prompt),
        reference=_mapping(row.get("reference"), "reference"),
        metadata=_mapping(row.get("metadata") or {}, "metadata"),
        task_id=row["task_id"],
    )


def _mapping(value: Any, key: str) -> dict[str, Any]:
    """Return a mapping, given as such or as JSON.

    Raises:
        RowRejected: when it is none.
    """
    if isinstance(value, str):
        value = decode_json(value, f"{key} is no JSON")
    if not isinstance(value, dict):
        raise RowRejected(f"{key} is no mapping", f"{value!r:.100}")
    return value


SCHEMAS = (Schema("tasks", (), parse),)
