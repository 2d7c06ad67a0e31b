"""Tasks that were loaded, with what was dropped on the way."""

from collections.abc import Iterable
from dataclasses import dataclass

from prorl_rllib.envs.task import Task


@dataclass(frozen=True)
class Drop:
    """Rows that were dropped for one reason.

    Attributes:
        count: how many.
        place: of the first, "file:number".
        detail: what the first holds.
    """

    count: int
    place: str
    detail: str = ""


class LoadedTasks(list[Task]):
    """A list of tasks.

    Attributes:
        schema: name of the schema.
        rows: number of rows that were read.
        dropped: reason -> the rows dropped for it.
        unverified: number of the tasks whose gold answer was not checked.
    """

    def __init__(
        self, tasks: Iterable[Task], *, schema: str, rows: int, dropped: dict[str, Drop], unverified: int
    ) -> None:
        """Keep the tasks and the counts."""
        super().__init__(tasks)
        self.schema, self.rows, self.dropped, self.unverified = schema, rows, dropped, unverified

    def summary(self) -> str:
        """Return one line: tasks, rows, and the reasons of drops with the first place of each."""
        text = f"{self.schema}: {len(self)} tasks of {self.rows} rows"
        if self.unverified:
            text += f", {self.unverified} without a check of the gold answer"
        return f"{text}; dropped {describe_drops(self.dropped)}" if self.dropped else text


def count_drop(dropped: dict[str, Drop], reason: str, place: str, detail: str = "") -> None:
    """Count one more row that was dropped for a reason."""
    known = dropped.get(reason)
    dropped[reason] = Drop(known.count + 1, known.place, known.detail) if known else Drop(1, place, detail)


def describe_drops(dropped: dict[str, Drop]) -> str:
    """Return the reasons, the most frequent first."""
    total = sum(drop.count for drop in dropped.values())
    parts = []
    for reason, drop in sorted(dropped.items(), key=lambda item: -item[1].count):
        detail = " ".join(drop.detail.split())
        parts.append(f"{drop.count} x {reason} (first: {drop.place}{f', {detail:.80}' if detail else ''})")
    return f"{total}: " + "; ".join(parts)
