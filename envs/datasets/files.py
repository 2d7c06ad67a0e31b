"""Rows of local files and folders: JSON, JSON lines, CSV and Parquet."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any

from prorl_rllib.envs.datasets.parquet import check_names, read_parquet
from prorl_rllib.envs.datasets.rows import Row, RowRejected
from prorl_rllib.envs.errors import EnvConfigError

SUFFIXES = (".json", ".jsonl", ".jsonl.gz", ".csv", ".parquet")
NOT_DATA = frozenset({"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"})
"""Descriptions that data set libraries put beside the data."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_CSV_FIELD = 2**27
"""Characters of a field; a few kilobytes of worked solution are beyond Python's own limit, tests of programs far."""
MAX_LINE = 2**29
"""Bytes of a line, or of an array in a `.jsonl` file: a few kilobytes can unpack to terabytes."""


def read_rows(path: Path, split: str | None = None, patterns: tuple[str, ...] = ()) -> Iterator[Row]:
    """Yield the rows of a file, or of all data files of a folder in the order of their names.

    Args:
        path: of a file or folder.
        split: of a folder, only the files named after it (`train.parquet`, `train-00000-of-00002.parquet`) or in a
            folder of that name.
        patterns: of a folder, only the files that match one of them; all when empty.

    Raises:
        EnvConfigError: when there is no such file, it is of another kind, it cannot be read, or it holds no row.
    """
    for file in data_files(path, split, patterns):
        empty = True
        for row in _read_file(file):
            empty = False
            yield row
        if empty:
            raise EnvConfigError(f"{file}: the file is empty")


def data_files(path: Path, split: str | None = None, patterns: tuple[str, ...] = ()) -> list[Path]:
    """Return the files that `read_rows` reads, sorted; arguments as there.

    Raises:
        EnvConfigError: when there is none, or `split` is given with a single file.
    """
    if path.is_dir():
        return _files_of_folder(path, split, patterns)
    if not path.is_file():
        raise EnvConfigError(f"{path}: no such file or folder{looked_up_in(path)}")
    if not path.name.endswith(SUFFIXES):
        raise EnvConfigError(f"{path}: must end in {', '.join(SUFFIXES)}")
    if split is not None:
        raise EnvConfigError(f"split = {split!r} picks files of a folder; {path} is one file: leave split out")
    return [path]


def looked_up_in(path: Path) -> str:
    """Return where a relative path was looked up, "" for an absolute one; Ray Tune gives each trial its own folder."""
    return "" if path.is_absolute() else f"; a relative path is looked up in {Path.cwd()} here"


def _files_of_folder(folder: Path, split: str | None, patterns: tuple[str, ...]) -> list[Path]:
    """Return the data files of a folder, sorted.

    Raises:
        EnvConfigError: when there is none.
    """
    inside = sorted(file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    found = [file for file in inside if _is_data(file) and (not patterns or any(map(file.match, patterns)))]
    mine = [file for file in found if split is None or _is_of_split(file, split)]
    if not mine:
        named = f" named after split {split!r} (of {len(found)} data files)" if found else ""
        wanted = ", ".join(patterns or SUFFIXES)
        raise EnvConfigError(f"{folder}: the folder holds no file{named} of {wanted}")
    return [folder / file for file in mine]


def _is_data(file: Path) -> bool:
    """Tell whether a file of a folder holds rows: a known kind, not hidden, no description."""
    hidden = any(part.startswith(".") for part in file.parts)
    return file.name.endswith(SUFFIXES) and not hidden and file.name not in NOT_DATA


def _is_of_split(file: Path, split: str) -> bool:
    """Tell whether a file is named after a split, or lies in a folder that is."""
    stem = file.name.split(".")[0]
    return split in file.parts[:-1] or stem == split or stem.startswith((f"{split}-", f"{split}_"))


def _read_file(file: Path) -> Iterator[Row]:
    """Yield the rows of one file.

    Raises:
        EnvConfigError: when the file as a whole cannot be read.
    """
    try:
        if file.name.endswith(".parquet"):
            yield from read_parquet(file)
        elif file.name.endswith(".csv"):
            yield from _read_csv(file)
        elif file.name.endswith(".json"):
            yield from _read_json(file)
        else:
            yield from _read_lines(file)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise EnvConfigError(f"{file}: cannot be read: {type(error).__name__}: {error}") from error


def _read_csv(file: Path) -> Iterator[Row]:
    """Yield the rows of a CSV file with a head line; a row of another length is a problem of that row.

    Raises:
        csv.Error: for quotes that are not closed, or a field beyond `MAX_CSV_FIELD`.
        EnvConfigError: when two columns have one name.
    """
    # The limit is one of the whole process: raised, never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CSV_FIELD))
    with file.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream, strict=True)
        check_names(file, reader.fieldnames or ())
        for number, value in enumerate(reader, start=1):
            whole = None not in value and None not in value.values()
            problem = None if whole else RowRejected("the row has more or fewer fields than the head line")
            yield Row(file, number, value, problem)


def _read_lines(file: Path) -> Iterator[Row]:
    """Yield the lines of a `.jsonl` or `.jsonl.gz` file; one that starts with `[` is read as one array.

    Raises:
        EnvConfigError: for a line, or an array, beyond `MAX_LINE`.
    """
    with _open(file) as stream:
        first = True
        for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE + 1), b""), start=1):
            _check_length(file, number, line)
            line = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
            if not line.strip():
                continue
            if first and line.lstrip().startswith(b"["):
                document = line + stream.read(MAX_LINE + 1)
                _check_length(file, number, document)
                yield from _rows_of_document(file, document)
                return
            first = False
            yield _row_of_line(file, number, line)


def _check_length(file: Path, number: int, content: bytes) -> None:
    """Raise when a line, or an array that begins there, is longer than `MAX_LINE`.

    Raises:
        EnvConfigError: with the limit.
    """
    if len(content) > MAX_LINE:
        raise EnvConfigError(f"{file}:{number}: longer than {MAX_LINE} bytes: write one row a line")


def _open(file: Path) -> gzip.GzipFile | BufferedReader:
    """Open a file, compressed or not."""
    return gzip.open(file) if file.name.endswith(".gz") else file.open("rb")


def _row_of_line(file: Path, number: int, line: bytes) -> Row:
    """Return the row of one line of JSON."""
    try:
        return Row(file, number, _decode(line))
    except UnicodeDecodeError as error:
        return Row(file, number, problem=RowRejected("not UTF-8", f"{error}"[:200]))
    except (ValueError, RecursionError) as error:
        return Row(file, number, problem=RowRejected("not JSON", f"{error}"[:200]))


def _read_json(file: Path) -> Iterator[Row]:
    """Yield the rows of a `.json` file: an array, an object that holds one, or, as some are, JSON lines."""
    yield from _rows_of_document(file, file.read_bytes().removeprefix(BYTE_ORDER_MARK))


def _rows_of_document(file: Path, content: bytes) -> Iterator[Row]:
    """Yield the rows of a whole JSON document.

    Raises:
        EnvConfigError: when it is no JSON, or holds no list of rows.
    """
    if not content.strip():
        return
    try:
        document = _decode(content)
    except UnicodeDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        lines = content.splitlines()
        if content.lstrip().startswith(b"{") and len(lines) > 1 and not _row_of_line(file, 1, lines[0]).problem:
            yield from (_row_of_line(file, number, line) for number, line in enumerate(lines, 1) if line.strip())
            return
        raise EnvConfigError(f"{file}: not JSON: {error}") from None
    for number, value in enumerate(_list_of_rows(file, document), start=1):
        yield Row(file, number, value)


def _list_of_rows(file: Path, document: Any) -> list[Any]:
    """Return the rows of a document: itself, or the one list it holds.

    Raises:
        EnvConfigError: when there is none, or more than one.
    """
    if isinstance(document, list):
        return document
    columns = document if isinstance(document, dict) else {}
    lists = {key: value for key, value in columns.items() if isinstance(value, list)}
    if len(lists) != 1:
        found = f"lists under {', '.join(sorted(lists))}" if lists else f"a {type(document).__name__} without a list"
        raise EnvConfigError(f"{file}: must hold a JSON array of rows, or an object with one; it holds {found}")
    return next(iter(lists.values()))


def _decode(content: bytes) -> Any:
    """Return the value of JSON in UTF-8; NaN, which pandas writes for what is missing, is read as such."""
    return json.loads(content.decode("utf-8"))
