"""The experiments that ship with the package: their ids, files and descriptions, found without executing any."""

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path

PACKAGE = "prorl_rllib.tuned_examples"
SUFFIXES = (".py", ".yaml", ".yml")
"""File types of an experiment; of two files that differ in these alone, the one named first here has the short id."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(])|\n\s*\n")


@cache
def example_folders() -> list[Path]:
    """Return the folders of the packaged examples; one, unless the package is spread over several."""
    package = importlib.util.find_spec(PACKAGE)
    return [Path(folder) for folder in package.submodule_search_locations or []] if package else []


def packaged_examples() -> list[str]:
    """Return the ids of the packaged examples, such as "prorl/quickstart", sorted.

    Files and folders whose names begin with "_" or "." are none. A YAML file beside a Python file of the same name has
    the suffix in its id.
    """
    return sorted(_files())


def example_file(example_id: str) -> Path | None:
    """Find the file of an example.

    Args:
        example_id: as listed by `packaged_examples`, with or without the file's suffix.

    Returns:
        An existing file, or None if there is no such example.
    """
    files = _files()
    if example_id in files:
        return files[example_id]
    stem, dot, suffix = example_id.rpartition(".")
    found = files.get(stem) if f"{dot}{suffix}" in SUFFIXES else None
    return found if found is not None and found.suffix == f".{suffix}" else None


def example_description(path: Path) -> str:
    """Read what an example says of itself.

    Args:
        path: its file.

    Returns:
        The first sentence of a Python file's docstring or of a YAML file's leading comment, in one line; "" if it has
        none or cannot be read as its type.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    header = _docstring(text) if path.suffix == ".py" else _leading_comment(text)
    return " ".join(_SENTENCE_END.split(header.strip(), maxsplit=1)[0].split())


def _files() -> dict[str, Path]:
    """Map ids to files."""
    files: dict[str, Path] = {}
    for folder in example_folders():
        # Sorted by suffix first: what has the short id does not depend on the order of the folder.
        found = (path for suffix in SUFFIXES for path in sorted(folder.rglob(f"*{suffix}")))
        for path in found:
            relative = path.relative_to(folder)
            if any(part.startswith(("_", ".")) for part in relative.parts):
                continue
            short = relative.with_suffix("").as_posix()
            files.setdefault(relative.as_posix() if short in files else short, path)
    return files


def _docstring(text: str) -> str:
    """Return a Python file's docstring; "" if there is none or the file is not Python."""
    try:
        return ast.get_docstring(ast.parse(text)) or ""
    except (SyntaxError, ValueError):
        return ""


def _leading_comment(text: str) -> str:
    """Return the comment at the beginning of a YAML file, without its marks."""
    lines: list[str] = []
    for line in text.lstrip().splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return "\n".join(lines)
