"""Rows of Parquet files, a batch at a time."""

from collections.abc import Iterator
from pathlib import Path

from prorl_rllib.envs.datasets.rows import Row
from prorl_rllib.envs.errors import EnvConfigError

BATCH_ROWS = 256
"""Rows in memory at once: a row of a code data set may hold a megabyte of tests."""


def read_parquet(file: Path) -> Iterator[Row]:
    """Yield the rows of a Parquet file, read row group by row group.

    Raises:
        EnvConfigError: when pyarrow is not installed, or the file is damaged.
    """
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise EnvConfigError(
            f"{file}: Parquet files need pyarrow, which is not installed: pip install 'prorl-rllib[parquet]'"
        ) from error
    number = 0
    try:
        with ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(batch_size=BATCH_ROWS):
                for value in batch.to_pylist():
                    number += 1
                    yield Row(file, number, value)
    except ArrowException as error:
        raise EnvConfigError(f"{file}: not a whole Parquet file, after row {number}: {error}") from error
