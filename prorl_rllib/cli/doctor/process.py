"""What `rllib doctor` looks at in the environment variables: what of them changes how a run behaves."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from prorl_rllib.cli.doctor.diagnosis import Finding
from prorl_rllib.cli.quiet import ENVIRONMENT
from prorl_rllib.process_environment import VARIABLES

OURS = {**ENVIRONMENT, **VARIABLES}
"""What this command sets where the user has not."""
AUTH_MODE = "RAY_AUTH_MODE"
TOKEN_VARIABLES = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
TOKEN_FILE = "~/.ray/auth_token"
THREADS, WAIT = "OMP_NUM_THREADS", "OMP_WAIT_POLICY"
KNOWN = {
    "RAY_ADDRESS": "runs join this cluster instead of starting Ray here; unset it, or pass --ray-address",
    "RAY_NAMESPACE": "actors of a run are in this namespace",
    "RAY_RUNTIME_ENV_HOOK": "each ray.init passes through this function",
    "RAY_TMPDIR": "Ray's logs and sockets are in this folder",
    "RAY_memory_monitor_refresh_ms": "0 turns off Ray's guard against running out of memory",
    "RAY_memory_usage_threshold": "the share of memory in use from which Ray ends workers",
    "RAY_USE_MULTIPROCESSING_CPU_COUNT": "Ray counts the machine's CPUs and not those of the container",
    "TUNE_MAX_PENDING_TRIALS_PG": "the number of trials that wait for resources at once",
    "TUNE_DISABLE_STRICT_METRIC_CHECKING": "Tune does not report a metric that never comes",
    "CUDA_VISIBLE_DEVICES": "the GPUs that this process sees",
    "HF_HUB_OFFLINE": "models and data sets are not downloaded",
    "HF_HOME": "models and data sets are cached in this folder",
    "PRORL_RLLIB_CACHE": "the models of warm starts are in this folder",
}
"""Variables that change what a run does, and how."""
SURPRISING = ("RAY_ADDRESS", "RAY_memory_monitor_refresh_ms")


def threads(environment: Mapping[str, str]) -> Finding:
    """Look at the number of threads of numeric libraries and at how these wait.

    Args:
        environment: the process's variables.
    """
    import torch

    return describe_threads(environment, torch.get_num_threads(), os.cpu_count() or 1)


def describe_threads(environment: Mapping[str, str], num_threads: int, num_cpus: int) -> Finding:
    """Judge the variables of OpenMP.

    Args:
        environment: the process's variables.
        num_threads: that torch uses in this process.
        num_cpus: of the machine.
    """
    given, wait = environment.get(THREADS), environment.get(WAIT, "")
    value = f"{THREADS} {'is not set' if given is None else f'is {given}'}, {WAIT} is {wait}; torch uses {num_threads}"
    if given is not None and given.isdigit() and int(given) > num_cpus:
        return Finding("threads", "warning", value, f"{THREADS}: at most {num_cpus}, the CPUs of this machine")
    if wait.upper() == "ACTIVE":
        advice = f"unset {WAIT}: threads that spin while they wait take the core from the thread they wait for"
        return Finding("threads", "warning", value, advice)
    return Finding("threads", "ok", value)


def authentication(environment: Mapping[str, str]) -> Finding:
    """Look at how Ray's processes recognise each other.

    Args:
        environment: the process's variables.
    """
    return describe_authentication(environment, Path(TOKEN_FILE).expanduser().exists())


def describe_authentication(environment: Mapping[str, str], has_file: bool) -> Finding:
    """Say how a Ray that is started or joined authenticates.

    Args:
        environment: the process's variables.
        has_file: whether Ray's own token file is there.
    """
    name, mode = "Ray's authentication", environment.get(AUTH_MODE)
    source = next((variable for variable in TOKEN_VARIABLES if environment.get(variable)), None)
    token = source or (TOKEN_FILE if has_file else None)
    if mode is not None and mode.lower() != "token":
        advice = "fine on a machine of your own; unset it where others can reach Ray's ports"
        return Finding(name, "ok", f"{AUTH_MODE}={mode}: whoever reaches Ray's ports may run programs", advice)
    if token is not None:
        return Finding(name, "ok", f"by token ({token}); a cluster that is joined must have the same")
    return Finding(name, "ok", f"by token, which Ray makes in {TOKEN_FILE} when it is started here")


def variables(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each variable that is set and changes what a run does; one if there is none.

    Args:
        environment: the process's variables.
    """
    count = 0
    for name in sorted(environment):
        value = environment[name]
        if name == WAIT:  # `threads` speaks of it.
            continue
        if name in OURS and value != OURS[name]:
            count += 1
            yield Finding(
                name, "warning", value, f"unset it: this command sets {OURS[name]!r}, and is tested with that"
            )
        elif name in KNOWN:
            count += 1
            yield Finding(name, "warning" if name in SURPRISING else "ok", value, KNOWN[name])
        elif name.startswith(("RAY_", "RLLIB_", "TUNE_")) and name not in (*OURS, AUTH_MODE, *TOKEN_VARIABLES):
            count += 1
            yield Finding(name, "ok", value, "a setting of Ray")
    if not count:
        yield Finding("environment variables", "ok", "none is set that changes what a run does")
