"""The Python that runs programs: the one under the virtual environment, without its packages."""

import os
import sys
from dataclasses import dataclass

FLAGS = ("-s", "-S", "-B")
"""No user site, no site-packages, no byte code files. Not -I: the environment is empty but for a fixed hash seed."""
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "MALLOC_ARENA_MAX": "1",
}
"""The same sets in the same order in each run; one malloc arena, since each reserves 64 MiB of address space."""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter: its executable and the folder that holds its standard library."""

    executable: str
    prefix: str


def base_interpreter() -> Interpreter:
    """Return the interpreter that this process runs, beneath any virtual environment."""
    executable = os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)
    return Interpreter(executable, os.path.realpath(sys.base_prefix))
