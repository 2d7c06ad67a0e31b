"""Where a run's files go: checked before anything is computed for them."""

import tempfile
from datetime import datetime
from pathlib import Path

from prorl_rllib.cli.errors import CommandError

DEFAULT_STORAGE = "~/ray_results"


def is_remote(storage_path: str) -> bool:
    """Whether `storage_path` is a URI such as `s3://bucket/runs` and not a folder here."""
    return "://" in storage_path


def prepare_storage(storage_path: str | None) -> str:
    """Make the storage folder and prove that files can be written to it.

    Args:
        storage_path: a folder, a URI (returned as it is), or None for `~/ray_results`.

    Returns:
        The absolute path, or the URI.

    Raises:
        CommandError: if the folder cannot be made or written to.
    """
    if storage_path and is_remote(storage_path):
        return storage_path
    folder = Path(storage_path or DEFAULT_STORAGE).expanduser().absolute()
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


def default_experiment_name(path: Path) -> str:
    """Name an experiment after its file and the time.

    Args:
        path: the experiment's file.

    Returns:
        A name such as `quickstart_2026-01-31_12-00-00`.
    """
    return f"{path.stem}_{datetime.now():%Y-%m-%d_%H-%M-%S}"
