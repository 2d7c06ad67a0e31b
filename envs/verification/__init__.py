"""The pool of killable workers in which answers are verified."""

from prorl_rllib.envs.verification.pool import WorkerPool, close_default_pool, default_pool
from prorl_rllib.envs.verification.verify import PendingVerdict, submit, verify, verify_batch

__all__ = ["PendingVerdict", "WorkerPool", "close_default_pool", "default_pool", "submit", "verify", "verify_batch"]
