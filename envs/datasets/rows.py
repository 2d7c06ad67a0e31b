"""A row of a file, what a schema makes of it, and why it was dropped."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prorl_rllib.envs.task import Message

Columns = Mapping[str, Any]
"""One row, column name -> value."""


class RowRejected(ValueError):
    """A row cannot become a task.

    Attributes:
        reason: the kind of fault, the same text for every row that has it; drops are counted by it.
        detail: what this row holds.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        """Keep reason and detail."""
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Row:
    """One row as it was read.

    Attributes:
        file: the file it stands in.
        number: its line in a `.jsonl` file, else its place among the rows, from 1.
        value: what stands there; of a good row, a mapping of columns.
        problem: why the row could not be read, None when it could.
    """

    file: Path
    number: int
    value: Any = None
    problem: RowRejected | None = None

    @property
    def place(self) -> str:
        """Where the row stands, "file:number"."""
        return f"{self.file}:{self.number}"


@dataclass(frozen=True)
class ParsedRow:
    """What a schema makes of a row: the fields of a `Task` that the data decide.

    Attributes:
        domain: the domain that scores it.
        prompt: as in `Task`.
        reference: as in `Task`.
        metadata: facts beside `dataset` and `source`, which the loader adds.
        task_id: the row's own id (None: made from the problem).
    """

    domain: str
    prompt: str | tuple[Message, ...]
    reference: dict[str, Any]
    metadata: dict[str, Any] = field(default_factory=dict)
    task_id: str | None = None
