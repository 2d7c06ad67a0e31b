"""The start of an engine process: a deadline, a line in the log now and then, and errors that say what was wrong."""

import logging
import time
from typing import Any, NoReturn

from prorl_rllib.engines.child_process import ChildProcess
from prorl_rllib.engines.engine_messages import EngineSpec, Failed, Ready
from prorl_rllib.engines.errors import EngineStartError
from prorl_rllib.engines.remote_errors import rebuild

logger = logging.getLogger(__name__)

PROGRESS_LINE_S = 10.0
"""Seconds between two lines of the log while the engine starts."""
USERS_TO_FIX = (ValueError, TypeError, OSError, ImportError)
"""What the engine's constructor says about its arguments arrives as it is; all else is an `EngineStartError`."""


def start_engine(spec: EngineSpec, timeout_s: float) -> tuple[ChildProcess, Ready]:
    """Start a process and wait until it has built its engine.

    Args:
        spec: which engine.
        timeout_s: seconds until it must be built.

    Returns:
        The process, and what it said of the engine.

    Raises:
        EngineStartError: if the engine was not built in time, its process ended, or its constructor raised.
        ValueError: like TypeError, OSError and ImportError, as raised by the engine's constructor.
    """
    child = ChildProcess(spec.engine)
    began = time.monotonic()
    try:
        message = _first_message(child, spec, began, timeout_s)
    except TimeoutError:
        child.write_stacks()
        child.end(grace_s=0)
        _fail(child, f"was not ready after {timeout_s:g} s (engine_start_timeout_s) and was killed", began)
    except EOFError:
        _fail(child, f"ended while it started ({child.end()})", began)
    except BaseException:
        child.end(grace_s=0)
        raise
    if isinstance(message, Failed):
        child.end(grace_s=0)
        _refuse(child, message, began)
    return child, message


def _first_message(child: ChildProcess, spec: EngineSpec, began: float, timeout_s: float) -> Ready | Failed:
    """Send the spec and wait for what comes of it, or raise as `ChildProcess.receive` does."""
    deadline = began + timeout_s
    child.send(spec, deadline)
    while True:
        next_line = time.monotonic() + PROGRESS_LINE_S
        try:
            message: Any = child.receive(min(next_line, deadline))
            return message
        except TimeoutError:
            if next_line >= deadline:
                raise
        seconds, lines = time.monotonic() - began, child.last_lines
        last = f"; its last line: {lines[-1][:200]}" if lines else ""
        logger.info("%s has been starting for %.0f s of at most %g s%s", child, seconds, timeout_s, last)


def _refuse(child: ChildProcess, failed: Failed, began: float) -> NoReturn:
    """Raise what the engine's constructor raised."""
    error = rebuild(failed.kind, failed.text, f"In {child}:\n{failed.traceback}")
    if isinstance(error, USERS_TO_FIX):
        raise error
    kind = "" if isinstance(error, EngineStartError) else f"{failed.kind}: "
    _fail(child, f"could not build the engine: {kind}{failed.text}", began, error)


def _fail(child: ChildProcess, what: str, began: float, cause: Exception | None = None) -> NoReturn:
    """Raise an EngineStartError; the process has been ended."""
    seconds = time.monotonic() - began
    raise EngineStartError(f"{child} {what}, {seconds:.1f} s after its start{child.last_words()}") from cause
