"""The process of one job: takes on its limits and its user, runs the program, writes its result. It trusts nobody.

Whatever the program overwrites here, it can only change the result of its own job, which is compared outside.
"""

from __future__ import annotations

import builtins
import marshal
import os
import resource
import sys
import time
import types

from prorl_rllib.envs.sandbox.inside.kernel import die_with_parent, filter_system_calls
from prorl_rllib.envs.sandbox.inside.landlock import restrict_files
from prorl_rllib.envs.sandbox.inside.settings import (
    CALL,
    EXCEPTION,
    EXPRESSION,
    LONE_PROCESS,
    MEMORY,
    NAMESPACE,
    OK,
    PROGRAM,
    READY,
    STATEMENT,
    STDIN,
    SYSTEM_FOLDERS,
    Settings,
)

TYPE_CHECKING = False  # read by type checkers; importing its namesake takes long
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

RESULT_FD, READY_FD = 3, 200
OPEN_FILES = 64
STACK_BYTES = 64 * 2**20
NONCE_BYTES = 32
DETAIL_CHARACTERS = 500
FILE_NAME, SCRIPT = "<program>", "program.py"


def start_job(settings: Settings, seconds: float, stdin: bytes, stdout: int, result: int, ready: int) -> None:
    """Become the process of a job, as `become_job` does, and tell the driver that it did or why it could not.

    The pipe for that is closed before the program starts, which could otherwise forge the time from which it is timed.
    """
    os.dup2(ready, READY_FD)
    try:
        become_job(settings, seconds, stdin, stdout, result)
    except BaseException as error:
        os.write(READY_FD, b"!" + f"{type(error).__name__}: {error}".encode())
        raise
    os.write(READY_FD, READY.pack(b"r", time.monotonic()))
    os.close(READY_FD)


def become_job(settings: Settings, seconds: float, stdin: bytes, stdout: int, result: int) -> None:
    """Turn the forked child of the driver into a process that holds nothing of it but this job's pipes and `READY_FD`.

    Args:
        settings: limits and user.
        seconds: wall-clock limit; the processor's is a little more, for what the driver cannot see.
        stdin: what it shall read.
        stdout: write end of the pipe that stands for standard output.
        result: write end of the pipe for the result, which becomes `RESULT_FD`.
    """
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    files = (_readable(stdin) if stdin else null, stdout, null, result)
    high = [os.dup2(fd, 100 + target, inheritable=True) for target, fd in enumerate(files)]
    for target, fd in enumerate(high):
        os.dup2(fd, target)
    os.closerange(RESULT_FD + 1, READY_FD)
    os.closerange(READY_FD + 1, 1 << 16)
    os.set_inheritable(RESULT_FD, False)
    cpu_seconds = int(seconds) + 2
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_STACK, STACK_BYTES, resource.RLIM_INFINITY)  # programs raise it; the memory bounds it
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, settings.file_bytes)
    if settings.reach != LONE_PROCESS:  # the driver is of the same user, unless the job takes on its own
        _limit(resource.RLIMIT_NPROC, settings.max_processes + (settings.uid < 0))
    if settings.uid >= 0:
        os.setgroups([])
        os.setresgid(settings.uid, settings.uid, settings.uid)
        os.setresuid(settings.uid, settings.uid, settings.uid)
    die_with_parent()
    if settings.reach != NAMESPACE:
        restrict_files((*SYSTEM_FOLDERS, sys.base_prefix), (os.getcwd(), "/dev/null", "/dev/zero"))
    if settings.reach == LONE_PROCESS:
        filter_system_calls(lone=True)
    _limit(resource.RLIMIT_AS, settings.memory_bytes)


def run_job(kind: int, body: bytes, code: bytes) -> None:
    """Do what is asked, write the result and end the process.

    Args:
        kind: of the request.
        body: of the request.
        code: the compiled program, marshalled.
    """
    write, leave = os.write, os._exit
    try:
        answer = ACTIONS[kind](body, code)
    except MemoryError:
        answer = MEMORY + b"MemoryError"
    except SystemExit as error:
        answer = EXCEPTION + f"the program exited: {describe(error)}".encode("utf-8", "replace")
    except BaseException as error:  # the program may raise anything
        answer = EXCEPTION + describe(error).encode("utf-8", "replace")
    view = memoryview(answer)
    while view:
        view = view[write(RESULT_FD, view) :]
    leave(0)


def compile_program(source: bytes, code: bytes) -> bytes:
    """Return the compiled program, marshalled."""
    text = source.decode("utf-8", "surrogatepass")
    return OK + marshal.dumps(compile(text, FILE_NAME, "exec", dont_inherit=True))


def run_script(stdin: bytes, code: bytes) -> bytes:
    """Run the program as `__main__`, to the end of its threads and exit functions."""
    failure = None
    try:
        run_module("__main__", code)
    except SystemExit as error:
        failure = error if error.code not in (None, 0) else None
    finish_interpreter()
    if failure is not None:
        raise failure
    return OK


def call_function(body: bytes, code: bytes) -> bytes:
    """Call a function of the program; the body is `[name, arguments]` as JSON."""
    import json

    dumps = json.dumps
    name, arguments = json.loads(body)
    namespace = run_module("solution", code)
    if name in namespace:
        function = namespace[name]
    elif "Solution" in namespace:
        function = getattr(namespace["Solution"](), name)
    else:
        raise NameError(f"the program defines neither {name!r} nor a class Solution with it")
    return OK + to_json(dumps, function(*arguments))


def evaluate_expression(body: bytes, code: bytes) -> bytes:
    """Evaluate an expression in the program's namespace."""
    import json

    dumps = json.dumps
    expression = compile(body.decode("utf-8", "surrogatepass").strip(), "<expression>", "eval", dont_inherit=True)
    return OK + to_json(dumps, eval(expression, run_module("solution", code)))


def execute_statement(body: bytes, code: bytes) -> bytes:
    """Run a statement in the program's namespace; the secret word before it in the body is the answer."""
    text = body[NONCE_BYTES:].decode("utf-8", "surrogatepass")
    statement = compile(text, "<statement>", "exec", dont_inherit=True)
    exec(statement, run_module("solution", code))
    return OK + body[:NONCE_BYTES]


ACTIONS: dict[int, Callable[[bytes, bytes], bytes]] = {
    PROGRAM: compile_program,
    STDIN: run_script,
    CALL: call_function,
    EXPRESSION: evaluate_expression,
    STATEMENT: execute_statement,
}


def run_module(name: str, code: bytes) -> dict[str, Any]:
    """Run the program in a new module and return its namespace."""
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == "prorl_rllib"]:
        del sys.modules[loaded]
    module = types.ModuleType(name)
    sys.modules[name] = module
    sys.argv = [SCRIPT]
    names: Any = builtins
    names.exit = names.quit = sys.exit  # the site module, which is not loaded, would give them
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    streams: Any = sys
    streams.stdin = streams.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    streams.stdout = streams.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    streams.stderr = streams.__stderr__ = open(2, "w", errors="backslashreplace", closefd=False)  # noqa: SIM115
    namespace = module.__dict__
    namespace["__file__"] = SCRIPT
    exec(marshal.loads(code), namespace)
    return namespace


def finish_interpreter() -> None:
    """Do what Python does at its end: wait for threads, run exit functions, flush, let go of the program's files.

    The program's own standard output is flushed while its functions still find their names.
    """
    threading: Any = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    atexit: Any = sys.modules.get("atexit")
    if atexit is not None:
        atexit._run_exitfuncs()
    flush(sys.stdout)
    sys.modules["__main__"].__dict__.clear()
    flush(sys.__stdout__)


def flush(stream: Any) -> None:
    """Flush a stream that the program may have replaced or closed."""
    try:
        stream.flush()
    except (AttributeError, ValueError):
        pass


def to_json(dumps: Callable[..., str], value: Any) -> bytes:
    """Return a value as JSON in ASCII.

    Raises:
        TypeError: when it has no JSON form.
    """
    return dumps(value).encode("ascii")


def describe(error: BaseException) -> str:
    """Return an exception's type, message and line in the program; the program may have written all three."""
    try:
        line, trace = 0, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == FILE_NAME:
                line = trace.tb_lineno
            trace = trace.tb_next
        where = f" (line {line})" if line else ""
        return f"{type(error).__name__}: {str(error)[:DETAIL_CHARACTERS]}{where}"
    except BaseException:  # its __str__ is the program's
        return "an exception that cannot be described"


def _readable(data: bytes) -> int:
    """Return a file descriptor from which `data` can be read."""
    fd = os.memfd_create("stdin")
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit, soft and hard, as far as the hard limit in force permits."""
    ceiling = resource.getrlimit(which)[1]
    wanted = [soft, soft if hard is None else hard]
    if ceiling != resource.RLIM_INFINITY:
        wanted = [ceiling if value == resource.RLIM_INFINITY else min(value, ceiling) for value in wanted]
    resource.setrlimit(which, (wanted[0], wanted[1]))
