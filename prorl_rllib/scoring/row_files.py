"""Files of responses as a Ray Data pipeline: read as a stream, scored by actors, out again in the order of the rows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import ray.data
from ray.data import ActorPoolStrategy, DataContext, Dataset

from prorl_rllib.envs.datasets.files import data_files, read_rows
from prorl_rllib.envs.datasets.rows import Row
from prorl_rllib.scoring.data_stage import BatchScorer
from prorl_rllib.scoring.scorer import ScoredRow
from prorl_rllib.scoring.settings import ScoringSettings

SAMPLES_FORMAT = "prorl_rllib.samples"
"""What the first line of an evaluation's file of samples says; `prorl_rllib.evaluation` would bring torch along."""
BATCH_ROWS = 256
BATCH_BYTES = 2**20
"""A batch is full at either; a row of the code domain may hold a megabyte of tests."""
READ_SCHEMA = pa.schema(
    {
        "file": pa.string(),
        "number": pa.int64(),
        "content": pa.large_string(),
        "rejected": pa.string(),
        "detail": pa.string(),
    }
)
SCORED_SCHEMA = pa.schema(
    {
        "line": pa.large_string(),
        "rejected": pa.string(),
        "domain": pa.string(),
        "status": pa.string(),
        "reward": pa.float64(),
    }
)


@dataclass(frozen=True)
class ScoredLine:
    """A row as it is written.

    Attributes:
        line: JSON in ASCII, without a line break: the row with its verdict, or the record of a rejected row.
        rejected: why it has no verdict; None for a row that has one.
        domain: of the task; None for a rejected row.
        status: of the verdict; None for a rejected row.
        reward: None for a rejected row, and where the verification failed.
    """

    line: str
    rejected: str | None
    domain: str | None
    status: str | None
    reward: float | None


def scored_lines(path: Path, settings: ScoringSettings) -> Iterator[ScoredLine]:
    """Score the rows of a file or a folder on all CPUs of the running Ray, with bounded memory.

    Args:
        path: as `read_rows` takes it; readable on every node.
        settings: how they are scored.

    Yields:
        One line a row, in the order of the files' names and their rows.

    Raises:
        EnvConfigError: when there is no such file.
        ray.exceptions.RayError: when a file cannot be read to its end, or an actor is lost for good.
    """
    files = [str(file.absolute()) for file in data_files(path)]
    # A data set keeps the context that it is made in.
    with DataContext.current(_small_ordered_blocks()):
        scored = _pipeline(files, settings)
    for batch in scored.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1):
        for values in batch.to_pylist():
            yield ScoredLine(**values)


def _pipeline(files: list[str], settings: ScoringSettings) -> Dataset:
    """Return the data set of scored lines; nothing runs yet."""
    rows = ray.data.from_items([{"file": file} for file in files], override_num_blocks=len(files))
    # Readers wait for the actors most of the time; a CPU of their own would be one less for scoring.
    read = rows.map_batches(_read, batch_size=1, batch_format="numpy", num_cpus=0)
    return read.map_batches(
        ScoreLines,
        fn_constructor_kwargs={"settings": settings},
        batch_size=BATCH_ROWS,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(min_size=1),
        num_cpus=1,
    )


def _small_ordered_blocks() -> DataContext:
    """Return a context that keeps the order of rows, and whose blocks are small: by default one may hold 128 MiB."""
    context = DataContext.get_current().copy()
    context.target_max_block_size = BATCH_BYTES
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    return context


def _read(batch: dict[str, np.ndarray]) -> Iterator[pa.Table]:
    """Read files, in tables of a bounded number of rows and bytes."""
    for file in batch["file"]:
        rows: list[dict[str, Any]] = []
        size = 0
        for row in read_rows(Path(file)):
            if _is_header(row):
                continue
            rows.append(_columns(row))
            size += len(rows[-1]["content"])
            if len(rows) >= BATCH_ROWS or size >= BATCH_BYTES:
                yield pa.Table.from_pylist(rows, READ_SCHEMA)
                rows, size = [], 0
        if rows:
            yield pa.Table.from_pylist(rows, READ_SCHEMA)


def _is_header(row: Row) -> bool:
    """Tell whether a row is the first line of an evaluation's file of samples."""
    return row.number == 1 and isinstance(row.value, dict) and row.value.get("format") == SAMPLES_FORMAT


def _columns(row: Row) -> dict[str, Any]:
    """Return a row as it travels: its value as JSON, since the rows of a file need not have the same keys."""
    columns = {"file": row.file.name, "number": row.number, "content": json.dumps(row.value, default=str)}
    if row.problem is None:
        return columns
    return {**columns, "rejected": row.problem.reason, "detail": row.problem.detail}


class ScoreLines(BatchScorer):
    """Turns batches of rows as they were read into batches of `ScoredLine`s; for `Dataset.map_batches`."""

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Score a batch.

        Args:
            batch: with the columns of `READ_SCHEMA`.
        """
        rows = batch.to_pylist()
        values = [json.loads(row["content"]) for row in rows]
        verdicts = iter(self.score([value for value, row in zip(values, rows, strict=True) if not row["rejected"]]))
        lines = []
        for row, value in zip(rows, values, strict=True):
            unread = ScoredRow(rejected=row["rejected"], detail=row["detail"] or "")
            lines.append(_scored_line(row, value, unread if row["rejected"] else next(verdicts)))
        return pa.Table.from_pylist(lines, SCORED_SCHEMA)


def _scored_line(row: dict[str, Any], value: Any, scored: ScoredRow) -> dict[str, Any]:
    """Return the columns of a `ScoredLine`."""
    if scored.rejected is not None:
        place = {"file": row["file"], "line": row["number"]}
        record = {**place, "reason": scored.rejected, "detail": scored.detail, "row": value}
        return {"line": json.dumps(record), "rejected": scored.rejected}
    fields = scored.fields()
    line = json.dumps({**value, **fields})
    return {"line": line, "domain": scored.domain, "status": fields["status"], "reward": fields["reward"]}
