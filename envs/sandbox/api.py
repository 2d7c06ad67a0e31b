"""What a sandbox is asked and what it answers: plain data, no process started here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from prorl_rllib.envs.errors import VerifierError

JobStatus = Literal["ok", "exception", "timeout", "memory", "output_limit", "killed", "not_run"]
MAX_CONSECUTIVE_TIMEOUTS = 3
"""After so many timeouts in a row the remaining jobs of a program are `not_run`."""


class SandboxError(VerifierError):
    """The sandbox failed or is not to be had; says nothing about the program."""


@dataclass(frozen=True)
class Limits:
    """What a program may use.

    Attributes:
        test_time_s: wall-clock seconds of one job, and of compiling the program.
        total_time_s: wall-clock seconds of all jobs together; a job that runs then times out, later ones are `not_run`.
        memory_mb: address space of a process in MiB; threads' stacks and shared libraries count.
        output_bytes: most bytes on stdout, and most bytes of a returned value as JSON.
        max_processes: most processes and threads of a job at once.
        file_bytes: largest file; the scratch directory holds four times as much where it is a file system of its own.
    """

    test_time_s: float = 4.0
    total_time_s: float = 30.0
    memory_mb: int = 512
    output_bytes: int = 2**20
    max_processes: int = 16
    file_bytes: int = 2**20

    def __post_init__(self) -> None:
        """Check the ranges.

        Raises:
            ValueError: naming the limit, its value and its range.
        """
        ranges = {
            "test_time_s": (0.01, 3600.0),
            "total_time_s": (0.01, 86400.0),
            "memory_mb": (64, 2**20),
            "output_bytes": (1, 2**25),
            "max_processes": (1, 4096),
            "file_bytes": (0, 2**30),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"Limits.{name} = {value!r}: must be in [{low}, {high}]")


@dataclass(frozen=True)
class StdinJob:
    """Run the program as a script on this standard input; its answer is its standard output."""

    stdin: str


@dataclass(frozen=True)
class CallJob:
    """Run the program as a module, then call a function of it, or a method of its class `Solution`.

    Attributes:
        function: a name at module level, else a method of `Solution`, made without arguments.
        arguments: JSON values.
    """

    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class ExpressionJob:
    """Run the program as a module, then evaluate an expression in it; a JSON value comes back."""

    expression: str


@dataclass(frozen=True)
class StatementJob:
    """Run the program as a module, then a statement in it; `ok` when it ran to its end.

    A weak check: who decides is inside, within the program's reach. The program cannot pass by exiting early, but one
    that searches the frames of its process for the secret word of the check, or replaces what the statement uses,
    passes. Prefer `ExpressionJob` and a comparison outside.
    """

    statement: str


Job = StdinJob | CallJob | ExpressionJob | StatementJob


@dataclass(frozen=True)
class JobResult:
    """What became of a job.

    Attributes:
        status: `ok`: ran to its end, for a `StdinJob` with exit code 0; `exception`: raised, exited early or with
            another code, or its value is no JSON; `timeout`, `memory`, `output_limit`: the limit it broke; `killed`: by
            a signal, its own or the kernel's; `not_run`: the program had used up its time.
        stdout: what it wrote, up to the limit; bytes that are no UTF-8 are replaced.
        value: of a call or an expression that is `ok`.
        detail: the reason, in a few words; written by the program where it is an exception's message.
        seconds: wall-clock time of the job.
    """

    status: JobStatus
    stdout: str = ""
    value: Any = None
    detail: str = ""
    seconds: float = 0.0


class SandboxBackend(Protocol):
    """Runs programs that nobody has read."""

    name: str

    def run(self, program: str, jobs: Sequence[Job], limits: Limits) -> list[JobResult]:
        """Run a program on each job, every time from its start, in one sandbox.

        Args:
            program: Python source.
            jobs: what to do with it; no job sees another one.
            limits: what it may use.

        Returns:
            One result a job, in order.

        Raises:
            SandboxError: when the machinery fails; never because of what the program does.
        """
