"""The process in which answers are scored: `python -I`, frames on stdin and stdout, ends when stdin closes.

It reads `{"domain", "class", "reference", "options", "answer"}`, imports and prepares what that domain needs, writes
`{"started": true}` (from here the parent's deadline runs), scores, and writes `{"reward", "detail"}`. A task that
cannot be scored is answered with `{"task_error"}`, an answer whose scoring runs out of memory or of stack with
`{"exhausted"}`, an unexpected exception with `{"error"}`. It has no deadline of its own: the parent kills it.
"""

import ctypes
import importlib
import logging
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from prorl_rllib.envs.domain import Domain, Score, domain_names, get_domain
from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.verification.protocol import read_frame, write_frame

RETIRE_RSS_BYTES = 2**30
"""A worker whose resident set grew beyond this asks to be replaced after the job."""
MAX_LOG_BYTES = 16 * 2**20
PR_SET_PDEATHSIG = 1
SILENCED = ("math_verify", "latex2sympy2_extended", "sympy", "matplotlib")


def main() -> None:
    """Serve until stdin closes."""
    jobs, results = _claim_pipes()
    _die_with_parent()
    _limit(int(os.environ["PRORL_RLLIB_WORKER_MEMORY_BYTES"]))
    for name in SILENCED:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    write_frame(results, {"ready": True})
    while True:
        try:
            job = read_frame(jobs)
        except EOFError:
            return
        reply = serve(job, results)
        write_frame(results, reply | {"retire": "exhausted" in reply or _resident_bytes() > RETIRE_RSS_BYTES})


def serve(job: dict[str, Any], results: int) -> dict[str, Any]:
    """Score one answer.

    Args:
        job: what the parent sent.
        results: file descriptor for the "started" frame.

    Returns:
        The reply. A `MemoryError` of the preparation is not caught: the process ends, and the parent counts a dead
        worker.
    """
    started = False
    try:
        domain = load_domain(job["domain"], job["class"])
        options = domain.options_model.model_validate(job["options"])
        score = domain.scorer(domain.reference_model.model_validate(job["reference"]), options)
        write_frame(results, {"started": True})
        started = True
        verdict = score(job["answer"])
        if not isinstance(verdict, Score) or not 0.0 <= verdict.reward <= 1.0:
            return {"error": f"the scorer of domain {job['domain']!r} returned {verdict!r:.200}, not a Score in [0, 1]"}
        return {"reward": float(verdict.reward), "detail": verdict.detail[:500]}
    except TaskError as error:
        return {"task_error": str(error)}
    except MemoryError:
        if not started:
            raise
        return {"exhausted": "MemoryError"}
    except Exception as error:
        outcome = "exhausted" if started and isinstance(error, RecursionError) else "error"
        return {outcome: f"{type(error).__name__}: {error!s:.500}"}


def load_domain(name: str, class_path: str) -> Domain:
    """Import the module of a domain and return the domain, registered by the module or here.

    Args:
        name: of the domain.
        class_path: its class, as "module:Class".
    """
    importlib.import_module(class_path.partition(":")[0])
    return get_domain(name if name in domain_names() else class_path)


def _claim_pipes() -> tuple[int, int]:
    """Keep stdin and stdout for frames, and give everything that prints to a null device instead."""
    jobs, results = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return jobs, results


def _die_with_parent() -> None:
    """Ask Linux to end this process with its parent, also while it computes and does not read stdin."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(os.environ["PRORL_RLLIB_WORKER_PARENT"]):
            sys.exit(1)


def _limit(memory_bytes: int) -> None:
    """Bound the address space and the size of files, and leave no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_LOG_BYTES, MAX_LOG_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _resident_bytes() -> int:
    """Return the resident set of this process; its peak where there is no /proc, in bytes (macOS).

    On Linux the peak would not do: a child begins with that of the process which forked it, however large.
    """
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main()
