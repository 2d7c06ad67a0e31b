"""Fetch an experiment's file from a URL."""

import tempfile
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from prorl_rllib.cli.errors import CommandError, describe

TIMEOUT_S = 30.0
MAX_BYTES = 2**20
_SCHEMES = ("http", "https")


def is_url(reference: str) -> bool:
    """Whether `reference` is a URL to fetch."""
    return "://" in reference


def fetch(url: str) -> Path:
    """Fetch a file into a temporary folder, which is removed when this process ends.

    Args:
        url: its address.

    Returns:
        The file, under its own name.

    Raises:
        CommandError: if the address is of another scheme, the file cannot be fetched within 30 seconds, or it is
            larger than 1 MiB.
    """
    parts = urlsplit(url)
    name = PurePosixPath(parts.path).name
    if parts.scheme not in _SCHEMES or not name:
        raise CommandError(
            f"{url} cannot be fetched: an experiment's URL begins with http:// or https:// and ends with a file's name."
        )
    content = _fetch(url)
    path = Path(_folder().name) / name
    path.write_bytes(content)
    return path


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return this process's folder for what was fetched; Python removes it at exit."""
    return tempfile.TemporaryDirectory(prefix="rllib_experiment_")


def _fetch(url: str) -> bytes:
    """Read the bytes at an address."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
            content: bytes = response.read(MAX_BYTES + 1)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise CommandError(f"{url} could not be fetched. {describe(error)}") from error
    if len(content) > MAX_BYTES:
        raise CommandError(f"{url} is larger than {MAX_BYTES} bytes; an experiment's file is not.")
    return content
