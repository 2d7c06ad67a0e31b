"""What the command prints with: one rich console, lines never wrapped, so that logs and pipes stay greppable."""

from functools import cache

from rich.console import Console


@cache
def console() -> Console:
    """Return the console of standard output."""
    return Console(highlight=False)


@cache
def error_console() -> Console:
    """Return the console of standard error."""
    return Console(stderr=True, highlight=False)


def say(text: str = "", style: str | None = None) -> None:
    """Print `text` literally.

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
