"""Where a run's files go: checked before anything is computed for them."""

import itertools
import re
import tempfile
from datetime import datetime
from pathlib import Path

from pyarrow.fs import FileSystem

from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.cli.paths import user_path

DEFAULT_STORAGE = "~/ray_results"


def is_remote(storage_path: str) -> bool:
    """Whether `storage_path` is a URI such as `s3://bucket/runs` and not a folder here."""
    return "://" in storage_path


def prepare_storage(storage_path: str | None) -> str:
    """Make the storage folder and prove that files can be written to it.

    Args:
        storage_path: a folder, or None for `~/ray_results`. A URI is returned as it is: whether it can be written to
            is not tried.

    Returns:
        The absolute path, or the URI.

    Raises:
        CommandError: if the folder cannot be made or written to, or the URI names no file system in reach.
    """
    if storage_path and is_remote(storage_path):
        _check_uri(storage_path)
        return storage_path
    folder = user_path(DEFAULT_STORAGE if storage_path is None else storage_path, "--storage-path").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CommandError(
            f"Cannot write to the storage path {folder}: {error.strerror or error}. "
            "Choose a writable folder with --storage-path."
        ) from error
    return str(folder)


def _check_uri(uri: str) -> None:
    """Refuse a URI that Tune could not store results under."""
    try:
        FileSystem.from_uri(uri)
    except (OSError, ValueError) as error:
        raise CommandError(
            f"The storage path {uri} cannot be used. {describe(error)}. Choose a folder, or a URI such as "
            "s3://bucket/runs or gs://bucket/runs, with --storage-path."
        ) from error


def check_experiment_name(name: str) -> str:
    """Make sure that an experiment's name is the name of one folder, so that results stay in the storage path.

    Args:
        name: the name.

    Returns:
        `name`.

    Raises:
        CommandError: if it has a path separator or means another folder.
    """
    if re.search(r"[/\\\0]", name) or name.strip() in ("", ".", ".."):
        raise CommandError(
            f"The experiment name {name!r} cannot be a folder's name: it must not have / or \\ in it, and not be . "
            "or .. ; choose another with --experiment-name, and the place with --storage-path."
        )
    return name


def new_experiment_name(name: str, storage_path: str) -> str:
    """Make sure that a name is free, so that a new run does not mix with an old one.

    Args:
        name: name of the folder.
        storage_path: folder or URI; under a URI nothing is looked for.

    Returns:
        `name`.

    Raises:
        CommandError: if the folder has a run already.
    """
    if not is_remote(storage_path) and (Path(storage_path) / name / "tuner.pkl").exists():
        raise CommandError(
            f"{storage_path}/{name} holds a run already: go on with it with --resume, or choose another "
            "--experiment-name."
        )
    return name


def default_experiment_names(names: list[str], storage_path: str) -> list[str]:
    """Name the results' folders after the experiments and the time.

    Args:
        names: the experiments' names; several may be equal.
        storage_path: folder or URI.

    Returns:
        Names such as `quickstart_2026-01-31_12-00-00`, with a number where that is taken.
    """
    taken: list[str] = []
    for name in names:
        wanted = f"{name}_{datetime.now():%Y-%m-%d_%H-%M-%S}"
        numbered = (f"{wanted}_{number}" for number in itertools.count(2))
        candidates = itertools.chain([wanted], numbered)
        taken.append(next(c for c in candidates if c not in taken and not _exists(storage_path, c)))
    return taken


def _exists(storage_path: str, name: str) -> bool:
    """Whether a local storage path has a folder of a name."""
    return not is_remote(storage_path) and (Path(storage_path) / name).exists()
