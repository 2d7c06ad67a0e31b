"""The file of an evaluation's samples: JSON lines, the settings first, then one line a sample."""

import errno
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import ValidationError

from prorl_rllib.envs.settings import describe
from prorl_rllib.evaluation.sample_records import SampleRecord

FORMAT = "prorl_rllib.samples"
FORMAT_VERSION = 1


class SampleFile:
    """Writes a header at once, and samples as they come; what `append` was given is left when the process ends.

    The file is locked until it is closed: two writers would destroy each other's samples.

    Args:
        path: The file.
        header: The settings of the evaluation; plain values.
        overwrite: Replace a file that is there.
        resume_at: Go on with a file that is there instead: keep so many bytes of it, its own header among them, and
            append after them. See `resume_point`.
        locked: The file, where `open_locked` has opened it already; it is closed with this one.

    Raises:
        FileExistsError: if there is a file, without `overwrite`, `resume_at` and `locked`.
        BlockingIOError: if another one writes it.
        ValueError: if there is less of it than is to be kept.
        OSError: if it cannot be written.
    """

    def __init__(
        self,
        path: str | Path,
        header: Mapping[str, Any],
        *,
        overwrite: bool = False,
        resume_at: int | None = None,
        locked: FileIO | None = None,
    ) -> None:
        self._file = open_locked(path, new=not overwrite and resume_at is None) if locked is None else locked
        try:
            _shorten(self._file, path, resume_at or 0)
            if resume_at is None:
                self._write([{"format": FORMAT, "version": FORMAT_VERSION, **header}])
        except BaseException:
            self.close()
            raise

    def append(self, records: Iterable[SampleRecord]) -> None:
        """Write samples.

        Args:
            records: The samples.

        Raises:
            OSError: if they cannot be written, as on a full disk; the last line may be cut then.
        """
        self._write(record.model_dump(mode="json") for record in records)

    def _write(self, rows: Iterable[Mapping[str, Any]]) -> None:
        left = memoryview("".join(json.dumps(row, allow_nan=False) + "\n" for row in rows).encode())
        while left:
            left = left[self._file.write(left) :]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        """Return the file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()


def open_locked(path: str | Path, *, new: bool = False) -> FileIO:
    """Open a file to append to it, as its only writer until it is closed; what is in it stays.

    Args:
        path: The file.
        new: Whether it must not be there yet.

    Raises:
        BlockingIOError: if another one writes it.
        FileExistsError: if it is there, with `new`.
        OSError: if it cannot be opened or locked.
    """
    # Without a buffer: one would try again, when the file is closed, what a full disk has refused.
    file = FileIO(path, "x" if new else "a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException as error:
        file.close()
        if isinstance(error, BlockingIOError):
            raise BlockingIOError(errno.EWOULDBLOCK, "another evaluation writes it", str(path)) from None
        raise
    return file


def _shorten(file: FileIO, path: str | Path, size: int) -> None:
    """Leave so many bytes of a file."""
    there = file.seek(0, os.SEEK_END) if file.seekable() else 0
    if there < size:
        raise ValueError(f"{path} has {there} bytes, fewer than the {size} to keep.")
    if there > size:
        file.truncate(size)


def read_header(path: str | Path) -> dict[str, Any]:
    """Read the settings of an evaluation from its file of samples.

    Args:
        path: What `SampleFile` wrote.

    Returns:
        The header.

    Raises:
        ValueError: if it is no such file.
        OSError: if it cannot be read.
    """
    with Path(path).open("rb") as file:
        header = _row(path, 1, file.readline())
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f'{path} is no file of samples: its first line must hold "format": "{FORMAT}".')
    if header.get("version") != FORMAT_VERSION:
        version = header.get("version")
        raise ValueError(f"{path} has version {version} of the format; this release reads {FORMAT_VERSION}.")
    return header


def read_samples(path: str | Path) -> Iterator[SampleRecord]:
    """Read the samples of a file, one after another: all of them may be more than memory holds.

    Args:
        path: What `SampleFile` wrote.

    Yields:
        The samples, in the order of the file.

    Raises:
        ValueError: naming the first line that is none of such a file.
        OSError: if it cannot be read.
    """
    read_header(path)
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, start=1):
            if number > 1:
                yield parse_record(path, number, line)


def _row(path: str | Path, number: int, line: str | bytes) -> Any:
    """Parse one line."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}, line {number} is no JSON ({error}); was its writing cut off?") from None


def parse_record(path: str | Path, number: int, line: str | bytes) -> SampleRecord:
    """Read the line of a sample.

    Args:
        path: The file, for the message.
        number: Number of the line, from 1.
        line: The line.

    Raises:
        ValueError: if it is none, naming file and line.
    """
    try:
        return SampleRecord.model_validate(_row(path, number, line))
    except ValidationError as error:
        raise ValueError(f"{path}, line {number} is no sample: {describe(error)}") from None
