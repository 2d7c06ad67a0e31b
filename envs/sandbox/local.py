"""What the levels on this machine have in common: a command that starts the driver, and what it is told."""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import ExitStack

from prorl_rllib.envs.sandbox.api import Job, JobResult, Limits
from prorl_rllib.envs.sandbox.inside.settings import Settings
from prorl_rllib.envs.sandbox.process import SandboxProcess
from prorl_rllib.envs.sandbox.session import run_session
from prorl_rllib.envs.sandbox.user_ids import private_user_id

SCRATCH_FILES = 4
"""The scratch file system holds so many files of the largest size."""
MIN_SCRATCH_BYTES = 2**20


class LocalBackend(ABC):
    """A sandbox on this machine, with `inside.driver` in it.

    As root, the jobs take on a private user id; otherwise they keep the caller's.
    """

    name: str

    @abstractmethod
    def start(self, limits: Limits, uid: int, stack: ExitStack) -> SandboxProcess:
        """Start a sandbox.

        Args:
            limits: of the program.
            uid: the jobs' user id; -1 when not root.
            stack: ends what must end after the sandbox.

        Raises:
            SandboxError: when it cannot be started.
        """

    def run(self, program: str, jobs: Sequence[Job], limits: Limits) -> list[JobResult]:
        """Run a program on each job, as `SandboxBackend.run` says."""
        with ExitStack() as stack:
            uid = stack.enter_context(private_user_id()) if os.geteuid() == 0 else -1
            sandbox = stack.enter_context(self.start(limits, uid, stack))
            return run_session(sandbox, program, jobs, limits)


def scratch_bytes(limits: Limits) -> int:
    """Return the size of the file system that jobs may write."""
    return max(SCRATCH_FILES * limits.file_bytes, MIN_SCRATCH_BYTES)


def driver_settings(limits: Limits, uid: int, reach: int) -> Settings:
    """Return what the driver is told.

    Args:
        limits: of the program.
        uid: the jobs' user id, or -1.
        reach: how far a job's processes go.
    """
    return Settings(limits.memory_mb * 2**20, limits.output_bytes, limits.max_processes, limits.file_bytes, uid, reach)
