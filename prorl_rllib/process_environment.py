"""Environment variables of processes that train; read by libraries when they are loaded, inherited by Ray's actors."""

import os

VARIABLES = {
    # A GPU that no actor asked for stays visible, and Ray does not warn about it.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "TOKENIZERS_PARALLELISM": "false",
    # OpenMP threads that spin while they wait take the core from the thread that they wait for.
    "OMP_WAIT_POLICY": "PASSIVE",
}


def set_process_environment() -> None:
    """Set the variables that the user has not set; call it before ray and torch are imported."""
    for name, value in VARIABLES.items():
        os.environ.setdefault(name, value)
