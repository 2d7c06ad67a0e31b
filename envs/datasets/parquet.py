"""Rows of Parquet files, a batch at a time."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from prorl_rllib.envs.datasets.rows import Row
from prorl_rllib.envs.errors import EnvConfigError

BATCH_ROWS = 256
"""Rows in memory at once: a row of a code data set may hold a megabyte of tests."""


def read_parquet(file: Path) -> Iterator[Row]:
    """Yield the rows of a Parquet file, read row group by row group.

    Raises:
        EnvConfigError: when pyarrow is not installed, the file is damaged, two columns have one name, or a value is
            none that Python has.
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
            check_names(file, parquet.schema_arrow.names)
            for batch in parquet.iter_batches(batch_size=BATCH_ROWS):
                for value in _values(file, batch, number):
                    number += 1
                    yield Row(file, number, {name: without_nulls(each) for name, each in value.items()})
    except ArrowException as error:
        raise EnvConfigError(f"{file}: not a whole Parquet file, after row {number}: {error}") from error


def check_names(file: Path, names: Iterable[str]) -> None:
    """Raise when two columns of a table have one name: which of them counts would be chance.

    Raises:
        EnvConfigError: naming the column.
    """
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise EnvConfigError(f"{file}: several columns are named {repeated[0]!r}: keep one of them")


def _values(file: Path, batch: Any, number: int) -> list[dict[str, Any]]:
    """Return the rows of a batch as Python's values.

    Raises:
        EnvConfigError: for values that Python cannot hold, such as a date beyond the year 9999.
    """
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except (ArithmeticError, LookupError, ValueError) as error:
        problem = f"{type(error).__name__}: {error}"
        raise EnvConfigError(f"{file}: a value after row {number} cannot be read: {problem}") from error
    return rows


def without_nulls(value: Any) -> Any:
    """Return a value without the nulls that a table puts where other rows have a key.

    Args:
        value: of a column, structs as dicts.
    """
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(each) for key, each in value.items() if each is not None}
