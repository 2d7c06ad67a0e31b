"""Checkpoints that are either whole or not there."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

# Written last; a folder without it was cut off while it was written.
MARKER = "complete"


def write_checkpoint(path: str | Path, save: Callable[[Path], None]) -> Path:
    """Write a checkpoint aside, mark it complete, and only then give it its name.

    A folder that exists already and is empty, as Tune hands one out, is filled in place, the marker last.

    Args:
        path: Name of the checkpoint's folder.
        save: Writes the files into the folder it is given.

    Returns:
        `path`.

    Raises:
        FileExistsError: if the folder holds something that is not a checkpoint.
    """
    path = Path(path).absolute()
    if path.is_dir() and not any(path.iterdir()):
        save(path)
        (path / MARKER).touch()
        return path
    if path.exists() and not is_complete(path):
        raise FileExistsError(f"{path} exists and is not a checkpoint: choose another path.")
    aside = path.with_name(f"{path.name}.incomplete-{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    save(aside)
    (aside / MARKER).touch()
    # The older checkpoint keeps its files until the new one has its name.
    older = path.with_name(f"{path.name}.older-{os.getpid()}")
    if path.exists():
        path.rename(older)
    aside.rename(path)
    shutil.rmtree(older, ignore_errors=True)
    return path


def is_complete(path: str | Path) -> bool:
    """Return whether a folder holds a whole checkpoint.

    Args:
        path: The folder.
    """
    return (Path(path) / MARKER).is_file()


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
            f"{path} is not a complete ProRL checkpoint: it has no file named {MARKER!r}. It must be a folder that "
            "save_to_path or `rllib train` finished writing."
        )
