"""Keeps what native libraries write to stderr while an engine starts, and shows it only when the start fails."""

import contextlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

_NOISY_LOGGERS = ("torch._library.triton",)


@contextlib.contextmanager
def captured_stderr() -> Iterator[None]:
    """Send the process's stderr into a file inside the block; what it holds is shown if the block raises.

    A process that dies in the block leaves the file, `prorl_rllib_engine_start_PID_*.log`, in the folder for temporary
    files.

    Yields:
        Nothing.
    """
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    file, path = tempfile.mkstemp(prefix=f"prorl_rllib_engine_start_{os.getpid()}_", suffix=".log")
    sys.stderr.flush()
    stderr = os.dup(2)
    os.dup2(file, 2)
    try:
        yield
    except BaseException:
        sys.stderr.flush()
        os.dup2(stderr, 2)
        with open(path, errors="replace") as kept:
            shutil.copyfileobj(kept, sys.stderr)
        raise
    finally:
        sys.stderr.flush()
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(file)
        os.unlink(path)
