"""Fetch an experiment's file from a URL."""

import re
import tempfile
import time
import urllib.request
from functools import cache
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from prorl_rllib.cli.errors import CommandError, describe

TIMEOUT_S = 30.0
MAX_BYTES = 2**20
_PIECE = 2**14
_SCHEMES = ("http", "https")
_NAME = re.compile(r"[\w.-]{1,200}\.\w+")


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
        CommandError: if the address is of another scheme or names no file, the file cannot be fetched whole within 30
            seconds, or it is larger than 1 MiB.
    """
    try:
        parts = urlsplit(url)
        name = PurePosixPath(parts.path).name
        if parts.scheme not in _SCHEMES or not _NAME.fullmatch(name):
            raise ValueError("an experiment's URL begins with http:// or https:// and ends with the name of a file.")
        content = _fetch(url)
    except (OSError, ValueError, HTTPException) as error:
        raise CommandError(f"{url} could not be fetched. {describe(error)}") from error
    path = Path(_folder().name) / name
    path.write_bytes(content)
    return path


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return this process's folder for what was fetched; Python removes it at exit."""
    return tempfile.TemporaryDirectory(prefix="rllib_experiment_")


def _fetch(url: str) -> bytes:
    """Read the bytes at an address; a server that drips them has no more time than one that is quick."""
    end, content = time.monotonic() + TIMEOUT_S, b""
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
        while piece := response.read1(_PIECE):
            content += piece
            if len(content) > MAX_BYTES:
                raise ValueError(f"it is larger than {MAX_BYTES} bytes; an experiment's file is not.")
            if time.monotonic() > end:
                raise TimeoutError(f"it did not arrive within {TIMEOUT_S:g} seconds.")
        promised = response.headers.get("Content-Length")
    if promised is not None and len(content) != int(promised):
        raise ValueError(f"{len(content)} of {promised} bytes arrived.")
    return content
