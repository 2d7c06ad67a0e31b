"""A stage of a Ray Data pipeline that scores responses: its actors are spread over the cluster."""

from typing import Any

import pyarrow as pa
from ray.data import ActorPoolStrategy, Dataset

from prorl_rllib.envs.datasets.parquet import without_nulls
from prorl_rllib.envs.verification import WorkerPool
from prorl_rllib.scoring.scorer import ScoredRow, score_rows
from prorl_rllib.scoring.settings import ScoringSettings

BATCH_SIZE = 256
"""Rows an actor is given at once."""
VERDICT_SCHEMA = pa.schema(
    {
        "reward": pa.float64(),
        "status": pa.string(),
        "answer": pa.large_string(),
        "detail": pa.large_string(),
        "rejected": pa.string(),
    }
)
"""The columns that scoring adds. `rejected` is null for a row that has a verdict."""


def score_dataset(
    dataset: Dataset,
    settings: ScoringSettings | None = None,
    *,
    max_actors: int | None = None,
    batch_size: int = BATCH_SIZE,
) -> Dataset:
    """Score the responses of a data set, lazily, on as many CPUs as the cluster has.

    Args:
        dataset: its columns are the keys of a row as `prorl_rllib.scoring.rows.parse_row` takes it: `response`, with
            `task`, or `domain` and `reference`, or `task_id`. Objects may be structs or JSON text.
        settings: how they are scored.
        max_actors: most actors at once; as many as the cluster has CPUs for when None. Each takes a CPU and scores with
            one verifier worker.
        batch_size: rows an actor is given at once.

    Returns:
        The data set with the columns of `VERDICT_SCHEMA`, in place of any that have their names. Rows keep their order
        where `ray.data.DataContext.get_current().execution_options.preserve_order` is set.
    """
    return dataset.map_batches(
        ScoreBatch,
        fn_constructor_kwargs={"settings": settings or ScoringSettings()},
        batch_size=batch_size,
        batch_format="pyarrow",
        compute=ActorPoolStrategy(min_size=1, max_size=max_actors),
        num_cpus=1,
    )


class BatchScorer:
    """Scores batches in one actor, with one verifier worker of its own.

    Args:
        settings: how rows are scored.
    """

    def __init__(self, settings: ScoringSettings) -> None:
        settings.prepare()
        self._settings = settings
        # The actor has one CPU. While its worker scores, the actor itself reads rows and scores what needs no worker.
        self._pool = WorkerPool(num_workers=1)

    def score(self, rows: list[Any]) -> list[ScoredRow]:
        """Return what became of rows.

        Args:
            rows: as `score_rows` takes them.
        """
        return list(score_rows(rows, self._settings, pool=self._pool))


class ScoreBatch(BatchScorer):
    """Adds the columns of `VERDICT_SCHEMA` to batches; for `Dataset.map_batches`."""

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Score a batch.

        Args:
            batch: one row a response.
        """
        scored = self.score([without_nulls(row) for row in batch.to_pylist()])
        kept = batch.drop_columns([name for name in VERDICT_SCHEMA.names if name in batch.column_names])
        for field in VERDICT_SCHEMA:
            kept = kept.append_column(field, pa.array([_columns(row)[field.name] for row in scored], field.type))
        return kept


def _columns(row: ScoredRow) -> dict[str, Any]:
    """Return the added columns of a row; half characters, which a response may hold, are replaced."""
    values = {**row.fields(), "rejected": row.rejected}
    return {
        name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
        for name, value in values.items()
    }
