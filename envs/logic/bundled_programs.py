"""The programs that Reasoning Gym brings along for codeio: which are used, and how they are run.

Its own generator executes them in the caller's process; some read the clock, start threads or open sockets. Here only
programs that compute are used, each in a process of its own with limits and a fixed hash seed, so that an entry is the
same everywhere. None of it is a model's text.
"""

import ast
import gzip
import json
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from prorl_rllib.envs.errors import TaskError

PURE_MODULES = frozenset(
    {"abc", "bisect", "cmath", "collections", "copy", "dataclasses", "decimal", "enum", "fractions", "functools"}
    | {"heapq", "itertools", "json", "math", "numbers", "operator", "random", "re", "statistics", "string"}
    | {"textwrap", "typing"}
)
FORBIDDEN_NAMES = frozenset(
    {"__import__", "breakpoint", "compile", "delattr", "eval", "exec", "exit", "getattr", "globals", "hash", "help"}
    | {"id", "input", "locals", "memoryview", "open", "quit", "setattr", "vars", "SystemRandom"}
)
ALLOWED_DUNDERS = frozenset(
    {"__init__", "__name__", "__repr__", "__str__", "__eq__", "__lt__", "__len__", "__post_init__"}
)
WALL_TIMEOUT_S = 60.0
"""How long to wait for a program; its own limit of processor time is far below."""
MAX_RESULT_BYTES = 4000
"""Longest JSON of inputs and outputs together: it becomes part of a prompt."""


@lru_cache(1)
def programs() -> tuple[dict[str, Any], ...]:
    """Return the bundled programs, in file order."""
    from reasoning_gym.data import get_data_file_path

    with gzip.open(get_data_file_path("codeio.jsonl.gz"), "rt", encoding="utf-8") as file:
        return tuple(json.loads(line) for line in file)


@lru_cache(4096)
def is_pure(source: str) -> bool:
    """Tell whether a program only computes: known modules, no files, no evaluation, nothing of the interpreter's."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return all(is_pure_node(node) for node in ast.walk(tree))


def is_pure_node(node: ast.AST) -> bool:
    """Tell whether one node of a program's syntax tree is allowed."""
    match node:
        case ast.Import():
            return all(alias.name.partition(".")[0] in PURE_MODULES for alias in node.names)
        case ast.ImportFrom():
            names = {alias.name for alias in node.names}
            return (node.module or "").partition(".")[0] in PURE_MODULES and not names & FORBIDDEN_NAMES
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name):
            dunder = name.startswith("__") and name not in ALLOWED_DUNDERS
            return name not in FORBIDDEN_NAMES and not dunder
    return True


def run_program(program: str, input_generator: str, seed: int) -> tuple[Any, Any] | None:
    """Run a program on inputs that its generator draws.

    Args:
        program: defines `main_solution`.
        input_generator: defines `generate_inputs`, which takes a random generator.
        seed: of that generator.

    Returns:
        Inputs and outputs, as JSON brings them back; None when the program fails, or passes a limit.
    """
    return run_job({"source": f"{program}\n\n{input_generator}", "seed": seed})


def run_on_inputs(index: int, inputs: dict[str, Any]) -> tuple[Any, Any] | None:
    """Run a bundled program on given inputs; as `run_program`.

    Args:
        index: of the program in `programs()`: no program from elsewhere is ever run.
        inputs: its arguments by name, plain data.
    """
    source = programs()[index]["code_sample"]
    return run_job({"source": source, "seed": 0, "inputs": inputs}) if is_pure(source) else None


def run_job(job: dict[str, Any]) -> tuple[Any, Any] | None:
    """Run a job in a process of its own, which belongs to this process's group and cannot start others.

    Raises:
        TaskError: when the process does not end.
    """
    process = subprocess.Popen(
        [sys.executable, "-S", "-s", "-P", str(Path(__file__).with_name("program_runner.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONHASHSEED": "0"},
    )
    try:
        result, _ = process.communicate(json.dumps(job).encode("ascii"), timeout=WALL_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise TaskError(f"a bundled program of codeio did not end within {WALL_TIMEOUT_S:.0f} s") from None
    finally:
        process.kill()
        process.wait(timeout=10)
    if process.returncode != 0 or not 0 < len(result) <= MAX_RESULT_BYTES:
        return None
    made = json.loads(result)
    return made["inputs"], made["outputs"]
