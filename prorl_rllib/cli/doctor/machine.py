"""What `rllib doctor` looks at in the machine: GPUs, CPUs, memory and disk.

Ray and torch are imported by the checks that need them, so that one that cannot be imported is a finding.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from prorl_rllib.cli.doctor.diagnosis import Finding

FRACTION = 0.5
"""CPUs of an env runner in the examples that are made for small machines."""
LITTLE_MEMORY = 2 * 2**30
LITTLE_DISK = 2**30
GPU_DEVICE = Path("/dev/nvidia0")


def gpus() -> Iterator[Finding]:
    """List the GPUs that torch sees."""
    import torch

    from prorl_rllib.algorithms.prorl.preflight import size_of

    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            found = torch.cuda.get_device_properties(index)
            yield Finding(f"GPU {index}", "ok", f"{found.name}, {size_of(found.total_memory)}")
        return
    if GPU_DEVICE.exists():
        built = f"is built for CUDA {torch.version.cuda}" if torch.version.cuda else "is a build for CPUs"
        yield Finding(
            "GPUs",
            "warning",
            f"there is {GPU_DEVICE}, but torch {torch.__version__} {built} and sees none",
            "install torch for CUDA, see `make setup VLLM=cuda`; or look at the driver and at CUDA_VISIBLE_DEVICES",
        )
        return
    yield Finding("GPUs", "ok", "none; everything runs on CPUs")


def cpus() -> Finding:
    """Count the CPUs, and the runs with two env runners that they hold side by side."""
    from ray._private.utils import get_num_cpus

    return describe_cpus(int(get_num_cpus()))


def describe_cpus(count: int) -> Finding:
    """Say how many runs with two env runners fit on some CPUs.

    Args:
        count: the CPUs that Ray finds.
    """
    from prorl_rllib.algorithms import ProRLConfig

    config = ProRLConfig()
    whole = config.num_cpus_for_main_process + 2 * config.num_cpus_per_env_runner
    shared = config.num_cpus_for_main_process + 2 * FRACTION
    value = (
        f"{count}; runs with two env runners that fit at once: {int(count // whole)} with whole CPUs ({whole:g} each), "
        f"{int(count // shared)} with num_cpus_per_env_runner={FRACTION:g} ({shared:g} each)"
    )
    if count >= shared:
        return Finding("CPUs", "ok", value)
    return Finding(
        "CPUs",
        "warning",
        value,
        "set num_env_runners=0, or let Ray count more CPUs than there are with --ray-num-cpus 2",
    )


def memory() -> Finding:
    """Look at the free memory."""
    from prorl_rllib.algorithms.prorl.preflight import machine_memory, size_of

    free, total = machine_memory()
    value = f"{size_of(free)} free of {size_of(total)}"
    if free >= LITTLE_MEMORY:
        return Finding("memory", "ok", value)
    return Finding("memory", "warning", value, "end other programs: Ray ends workers when a machine's memory runs out")


def storage(storage_path: str | None) -> Finding:
    """Look at the disk that results go to.

    Args:
        storage_path: a folder or URI; None for the default.
    """
    from prorl_rllib.cli.training.storage import DEFAULT_STORAGE, is_remote

    where = storage_path or DEFAULT_STORAGE
    if is_remote(where):
        return Finding("storage path", "ok", f"{where}, a URI: whether it can be written to is not tried")
    return _disk("storage path", Path(where).expanduser().absolute(), "choose another with --storage-path")


def warm_start_cache() -> Finding:
    """Look at the disk that holds the models of warm starts."""
    from prorl_rllib.algorithms.warm_start.cache import CACHE_VARIABLE, cache_folder

    return _disk("warm-start cache", cache_folder().absolute(), f"set {CACHE_VARIABLE} to another folder")


def _disk(name: str, folder: Path, otherwise: str) -> Finding:
    """Say whether a folder, which need not exist yet, can be written to, and what is free there."""
    from prorl_rllib.algorithms.prorl.preflight import free_disk, size_of

    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        reason = "is a file" if not existing.is_dir() else "cannot be written to"
        return Finding(name, "problem", f"{folder}: {existing} {reason}", otherwise)
    free = free_disk(existing)
    value = f"{folder}, {size_of(free)} free"
    if free < LITTLE_DISK:
        return Finding(name, "warning", value, f"make room, or {otherwise}")
    return Finding(name, "ok", value)
