"""What the command prints with: one rich console, lines never wrapped, so that logs and pipes stay greppable."""

import os
from functools import cache

from rich.console import Console


class _Console(Console):
    """Goes on in silence when what reads the output, such as `head`, has ended: the training is worth more."""

    def on_broken_pipe(self) -> None:
        """Write to nowhere from now on."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2 if self.stderr else 1)


@cache
def console() -> Console:
    """Return the console of standard output."""
    # Paths may hold what rich takes for emoji, such as ":a:".
    return _Console(highlight=False, emoji=False)


@cache
def error_console() -> Console:
    """Return the console of standard error."""
    return _Console(stderr=True, highlight=False, emoji=False)


def say(text: str = "", style: str | None = None) -> None:
    """Print `text` literally, and at once: what is redirected can be read while the command still runs.

    Args:
        text: one or more lines.
        style: rich style, used when standard output is a terminal.
    """
    console().print(text, style=style, markup=False, soft_wrap=True)


def complain(text: str) -> None:
    """Print an error to standard error.

    Args:
        text: what went wrong, without the word "Error".
    """
    error_console().print(f"Error: {text}", style="red", markup=False, soft_wrap=True)
