"""Sandboxes: programs that nobody has read, run under limits; plain data in, plain data out, compared outside."""

from prorl_rllib.envs.sandbox.api import (
    CallJob,
    ExpressionJob,
    Job,
    JobResult,
    JobStatus,
    Limits,
    SandboxBackend,
    SandboxError,
    StatementJob,
    StdinJob,
)
from prorl_rllib.envs.sandbox.selection import LEVELS, isolation_levels, select_backend

__all__ = [
    "LEVELS",
    "CallJob",
    "ExpressionJob",
    "Job",
    "JobResult",
    "JobStatus",
    "Limits",
    "SandboxBackend",
    "SandboxError",
    "StatementJob",
    "StdinJob",
    "isolation_levels",
    "select_backend",
]
