"""Checkpoints that are either whole or not there, which of them stay, and which is the newest."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

# Written last; it lists the files, so that a copy that was cut off is told from a whole one.
MARKER = "complete"
# Suffixes of the folder that is being written, and of the one that it replaces; the process's id follows.
_ASIDE, _OLDER = ".incomplete-", ".older-"


def write_checkpoint(path: str | Path, save: Callable[[Path], None], facts: Mapping[str, Any] | None = None) -> Path:
    """Write a checkpoint aside, mark it complete, and only then give it its name.

    A folder that exists already and is empty, as Tune hands one out, is filled in place, the marker last.

    Args:
        path: Name of the checkpoint's folder.
        save: Writes the files into the folder it is given.
        facts: What the marker says besides: `run`, `iteration` and `score`, for `prune` and `newest_complete`.

    Returns:
        `path`.

    Raises:
        FileExistsError: if the folder holds something that is not a checkpoint.
    """
    path = Path(path).absolute()
    if path.is_dir() and not any(path.iterdir()):
        save(path)
        _mark(path, facts or {})
        return path
    if path.exists() and not (path / MARKER).is_file():
        raise FileExistsError(f"{path} exists and is not a checkpoint: choose another path.")
    aside = path.with_name(f"{path.name}{_ASIDE}{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    save(aside)
    _mark(aside, facts or {})
    # The older checkpoint keeps its files until the new one has its name.
    older = path.with_name(f"{path.name}{_OLDER}{os.getpid()}")
    if path.exists():
        path.rename(older)
    aside.rename(path)
    _clear(path)
    return path


def _clear(path: Path) -> None:
    """Delete what this write, and others of the same name that were killed, have left beside a checkpoint."""
    for left in path.parent.iterdir():
        if left.name.startswith((f"{path.name}{_ASIDE}", f"{path.name}{_OLDER}")):
            shutil.rmtree(left, ignore_errors=True)


def _mark(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the marker: the facts, the time, and the size in bytes of every file."""
    files = {str(file.relative_to(folder)): file.stat().st_size for file in sorted(folder.rglob("*")) if file.is_file()}
    aside = folder / f"{MARKER}.incomplete"
    aside.write_text(json.dumps({**facts, "written": time.time_ns(), "files": files}), encoding="utf-8")
    aside.replace(folder / MARKER)


def read_marker(path: str | Path) -> dict[str, Any] | None:
    """Return what the marker of a folder says, None if the folder is not a whole checkpoint.

    Args:
        path: The folder.
    """
    path = Path(path)
    try:
        marker = json.loads((path / MARKER).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return None
    # A file of that name may be anybody's.
    if not isinstance(marker, dict) or not isinstance(marker.get("files"), dict):
        return None
    sizes = marker["files"].items()
    return marker if all((path / name).is_file() and (path / name).stat().st_size == n for name, n in sizes) else None


def is_complete(path: str | Path) -> bool:
    """Return whether a folder holds a whole checkpoint.

    Args:
        path: The folder.
    """
    return read_marker(path) is not None


def complete_checkpoints(folder: str | Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the whole checkpoints right under a folder and what their markers say, in order of name.

    Args:
        folder: Any folder.
    """
    folder = Path(folder)
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        # What carries one of these suffixes was being written, or replaced, when a run ended.
        if _ASIDE not in path.name and _OLDER not in path.name and (marker := read_marker(path)):
            yield path, marker


def newest_complete(folder: str | Path) -> Path | None:
    """Return the newest whole checkpoint right under a folder; None if there is none.

    Args:
        folder: Such as a trial's folder, in which a run was killed.
    """
    found = [(marker.get("iteration", 0), path.stat().st_mtime, path) for path, marker in complete_checkpoints(folder)]
    return max(found)[2] if found else None


def prune(folder: str | Path, *, run: str, keep: int, keep_best: bool) -> None:
    """Delete a run's older checkpoints right under a folder; those of other runs are never touched.

    Args:
        folder: Where the run saves.
        run: Id of the run, as the markers have it.
        keep: Checkpoints that stay, those written last, at least 1. A run that was set back to an earlier iteration
            writes lower numbers than those that lie there; what it has just written is never what goes.
        keep_best: Whether the one with the best score stays besides.
    """
    mine = [(marker, path) for path, marker in complete_checkpoints(folder) if marker.get("run") == run]
    mine.sort(key=lambda pair: (pair[0].get("written", 0), pair[0]["iteration"], pair[1].name))
    stays = {path for _, path in mine[-keep:]}
    scored = [(marker["score"], marker["iteration"], path) for marker, path in mine if marker["score"] is not None]
    if keep_best and scored:
        stays.add(max(scored)[2])
    for _, path in mine:
        if path not in stays:
            shutil.rmtree(path)


def is_uri(path: str | Path) -> bool:
    """Return whether a path names a remote store, such as "s3://bucket/run".

    Args:
        path: A path or URI.
    """
    return "://" in str(path)


def find_checkpoint(path: str | Path) -> str | Path:
    """Return where RLlib should read a checkpoint: a local one has to be whole, and its path absolute.

    Args:
        path: A folder, or a URI, whose contents are not looked at.

    Raises:
        FileNotFoundError: if a local folder is not there, or not a whole checkpoint.
    """
    if is_uri(path):
        return path
    require_complete(path)
    return Path(path).absolute()


def require_complete(path: str | Path) -> None:
    """Refuse what is no checkpoint, or only half of one.

    Args:
        path: The folder.

    Raises:
        FileNotFoundError: if it is not there, or not a whole checkpoint.
    """
    path = Path(path)
    if not path.is_dir():
        raise FileNotFoundError(f"no checkpoint at {path}: the folder does not exist.")
    if not is_complete(path):
        raise FileNotFoundError(
            f"{path} is not a complete ProRL checkpoint: it has no file named {MARKER!r}, or lacks files that this one "
            "lists. It must be a folder that save_to_path or `rllib train` finished writing."
        )
