"""Errors of the command line: one message, an exit code, and a traceback only when asked for."""

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from prorl_rllib.cli.console import complain, error_console
from prorl_rllib.cli.termination import Terminated

USAGE = 2
FAILURE = 1
INTERRUPTED = 130
TERMINATED = 143

_COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")


class CommandError(Exception):
    """What stops a command.

    Attributes:
        message: what happened, the value, what is allowed, what to change.
        exit_code: 2 for what the user can put right before anything runs, 1 for a run that failed.
    """

    def __init__(self, message: str, exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


@contextmanager
def reported_errors(verbosity: int) -> Iterator[None]:
    """Turn a `CommandError`, or Ctrl-C, into one message and its exit code.

    Args:
        verbosity: number of `-v`; from 2 on the traceback is printed too.

    Raises:
        typer.Exit: with the error's exit code; 130 for Ctrl-C, 143 for SIGTERM.
    """
    try:
        yield
    except CommandError as error:
        if verbosity >= 2:
            error_console().print(traceback.format_exc(), markup=False, soft_wrap=True)
        complain(error.message)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt as error:
        error_console().print("Interrupted.", style="yellow")
        raise typer.Exit(TERMINATED if isinstance(error, Terminated) else INTERRUPTED) from None


def describe(error: BaseException) -> str:
    """Name an exception in one paragraph: its type, its message, and the notes that were added to it.

    Args:
        error: any exception.

    Returns:
        Text such as `ValueError: group_size must be at least 2`.
    """
    text = str(error).strip()
    name = type(error).__name__
    return "\n".join([f"{name}: {text}" if text else name, *getattr(error, "__notes__", [])])


def reason(error: BaseException) -> str:
    """Say what was wrong with a value: the message alone where the exception's class adds nothing to it.

    Args:
        error: any exception.
    """
    return str(error) if isinstance(error, CommandError) or type(error) is ValueError else describe(error)


def root_cause(error: BaseException) -> str:
    """Name what went wrong in another process, without the traceback that Ray puts into its exceptions' messages.

    Args:
        error: what Ray raised for it.

    Returns:
        Text such as `ValueError: group_size must be at least 2`.
    """
    cause = getattr(error, "cause", None)
    lines = _COLOUR_CODES.sub("", describe(cause if isinstance(cause, BaseException) else error)).splitlines()
    frames = [index for index, line in enumerate(lines) if line.startswith('  File "')]
    if not frames:
        return "\n".join(lines)
    # The exception's own lines are the first after the last frame that are not indented.
    rest = lines[frames[-1] :]
    start = next((index for index, line in enumerate(rest) if line and not line.startswith(" ")), None)
    return "\n".join(lines if start is None else rest[start:]).strip()
