"""The corpus that answers are compared with: a text file, JSON lines, or a folder of them."""

import json
from collections.abc import Iterator
from pathlib import Path

from prorl_rllib.evaluation.boundary.novelty import Reference

TEXT_SUFFIXES, ROW_SUFFIX = (".txt", ".md", ".py", ".tex"), ".jsonl"
TEXT_COLUMN = "text"


def read_corpus(path: str | Path) -> Reference:
    """Read a corpus into memory, at about 120 bytes a word.

    Args:
        path: A file, or a folder of which all files of these kinds are taken, in folders inside it too: `.txt`, `.md`,
            `.py`, `.tex` (a document each), `.jsonl` (a document a line: the key "text" of an object, or a string).

    Raises:
        ValueError: if there is no document, or a file is none of these kinds, no UTF-8, or no such JSON.
        OSError: if it cannot be read.
    """
    path = Path(path)
    files = _files(path) if path.is_dir() else [path]
    reference = Reference(document for file in files for document in _documents(file))
    if not reference.num_words:
        kinds = ", ".join((*TEXT_SUFFIXES, ROW_SUFFIX))
        raise ValueError(f"The corpus {path} has no words: it must be a file or folder with text in {kinds}.")
    return reference


def _files(folder: Path) -> list[Path]:
    """Return the files of a folder that are read, sorted by path."""
    return sorted(file for file in folder.rglob("*") if file.suffix in (*TEXT_SUFFIXES, ROW_SUFFIX) and file.is_file())


def _documents(file: Path) -> Iterator[str]:
    """Read the documents of a file."""
    if file.suffix not in (*TEXT_SUFFIXES, ROW_SUFFIX):
        raise ValueError(f"{file} is no corpus: its name must end in {', '.join((*TEXT_SUFFIXES, ROW_SUFFIX))}.")
    try:
        if file.suffix in TEXT_SUFFIXES:
            yield file.read_text(encoding="utf-8")
            return
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _document(file, number, line)
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is no text in UTF-8: {error}") from None


def _document(file: Path, number: int, line: str) -> str:
    """Return the text of one row."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{file}, line {number} is no JSON: {error}") from None
    text = row.get(TEXT_COLUMN) if isinstance(row, dict) else row
    if not isinstance(text, str):
        raise ValueError(f'{file}, line {number} must be a string, or an object with a string at "{TEXT_COLUMN}".')
    return text
