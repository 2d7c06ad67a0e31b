"""The two files of `rllib score`, which appear whole or not at all."""

import gzip
from pathlib import Path
from types import TracebackType
from typing import IO, Self


class WholeFile:
    """A file of lines, written beside its place and put there at the end of a `with` block that does not fail.

    Args:
        path: of the file; one that ends in `.gz` is compressed. An existing one is replaced.
        keep_empty: whether a file without a line is left.

    Raises:
        OSError: if it cannot be written.
    """

    def __init__(self, path: Path, *, keep_empty: bool) -> None:
        self._path, self._keep_empty = path, keep_empty
        self._unfinished = path.with_name(f".{path.name}.unfinished")
        self._file: IO[str] = (gzip.open if path.name.endswith(".gz") else open)(
            self._unfinished, "wt", encoding="ascii", newline="\n"
        )
        self.lines = 0

    def write(self, line: str) -> None:
        """Write a line.

        Args:
            line: in ASCII, without its end.
        """
        self._file.write(line + "\n")
        self.lines += 1

    def __enter__(self) -> Self:
        """Return the file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Put the file in its place, or remove what was written."""
        try:
            self._file.close()
        except OSError:
            # What a full disk has refused is tried again here.
            self._unfinished.unlink()
            raise
        if kind is not None:
            self._unfinished.unlink()
        elif self.lines or self._keep_empty:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink()
            self._path.unlink(missing_ok=True)
