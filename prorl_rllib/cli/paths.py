"""Paths as people type them."""

from pathlib import Path

from prorl_rllib.cli.errors import CommandError


def user_path(text: str, what: str) -> Path:
    """Read a path that was typed.

    Args:
        text: the path; "~" stands for a home folder.
        what: what it is the path of, for the message.

    Returns:
        The path, which need not exist.

    Raises:
        CommandError: if it is empty, names a home folder that does not exist, or could be no path at all.
    """
    if not text.strip():
        raise CommandError(f"{what} is empty; name a path, or leave it out.")
    try:
        path = Path(text).expanduser()
        path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise CommandError(f"{what}: {text[:200]!r} cannot be a path here: {error}") from error
    return path
