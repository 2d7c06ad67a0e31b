"""Before a run: an estimate of the memory and disk it takes, against what there is."""

import json
import logging
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
import torch

logger = logging.getLogger(__name__)

_DTYPE_BYTES = {"float32": 4, "bfloat16": 2}
_SAFETENSORS_BYTES = {"F64": 8, "F32": 4, "BF16": 2, "F16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "I8": 1, "U8": 1}


class NotEnoughError(RuntimeError):
    """The run cannot work with the memory or disk there is."""


@dataclass(frozen=True)
class Estimate:
    """What a run takes, in bytes.

    Attributes:
        num_parameters: Parameters of the model.
        learner: Weights, gradients, AdamW's moments and the reference of one learner; activations come on top and
            depend on `max_tokens_per_microbatch`.
        engine: Weights of one env runner's engine; its cache comes on top.
        checkpoint: One checkpoint.
    """

    num_parameters: int
    learner: int
    engine: int
    checkpoint: int

    def __str__(self) -> str:
        """Write it as one line."""
        return (
            f"{self.num_parameters / 1e6:.3g} million parameters: a learner takes at least {size_of(self.learner)}, "
            f"each engine {size_of(self.engine)}, a checkpoint {size_of(self.checkpoint)} of disk"
        )


def count_parameters(model_path: str | Path) -> int | None:
    """Count a local model's parameters by the headers of its safetensors files, without loading it.

    Args:
        model_path: A Hugging Face folder.

    Returns:
        The number; None where the folder is not on this machine, has no such files, or one of them is broken, which
        loading the model says better.
    """
    counts = [_parameters_of(file) for file in sorted(Path(model_path).glob("*.safetensors"))]
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _parameters_of(file: Path) -> int | None:
    """Return the number of a file's parameters; None for what is no safetensors file, such as a pointer of Git LFS."""
    with file.open("rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        # Read at once, the length that other text spells would be an allocation of exabytes.
        if size > file.stat().st_size:
            return None
        try:
            header = json.loads(stream.read(size))
        except ValueError:
            return None
    if not isinstance(header, dict):
        return None
    tensors = [entry for name, entry in header.items() if name != "__metadata__"]
    return sum(
        (entry["data_offsets"][1] - entry["data_offsets"][0]) // _SAFETENSORS_BYTES.get(entry["dtype"], 1)
        for entry in tensors
    )


def estimate(config: Any, num_parameters: int) -> Estimate:
    """Estimate what a config takes.

    Args:
        config: A `ProRLConfig`.
        num_parameters: Parameters of the model.
    """
    weights = num_parameters * _DTYPE_BYTES[config.model_dtype]
    engine = num_parameters * _DTYPE_BYTES[config.engine_config.get("dtype", config.model_dtype)]
    if config.lora is not None:
        # Adapters, their gradients and moments are small beside the frozen model, which no checkpoint holds.
        return Estimate(num_parameters=num_parameters, learner=weights, engine=engine, checkpoint=0)
    half = config.model_dtype != "float32"
    # Half-precision weights have float32 copies in the optimizer, gradients of both kinds, and float32 moments.
    optimizer = num_parameters * (4 + 8 if half else 8)
    gradients = num_parameters * (2 + 4 if half else 4)
    reference = weights
    best = weights if config.reset_to == "best" else 0
    return Estimate(
        num_parameters=num_parameters,
        learner=weights + reference + optimizer + gradients,
        engine=engine,
        checkpoint=weights + reference + optimizer + best,
    )


def check_room(config: Any, model_path: str | Path, folder: str | Path) -> tuple[str, list[str]]:
    """Compare the estimate with the memory of this machine and the disk of a folder.

    Only what runs here is counted: of remote learners and env runners, those of a cluster of one machine.

    Args:
        config: A `ProRLConfig`.
        model_path: A Hugging Face folder.
        folder: Where checkpoints go.

    Returns:
        The estimate in one line, empty where the model is not on this machine; and warnings of what will be tight.

    Raises:
        NotEnoughError: if the run cannot work: this machine has less memory in all than the weights on it need,
            or the disk less room than one checkpoint.
    """
    num_parameters = count_parameters(model_path)
    if num_parameters is None:
        return "", []
    needs = estimate(config, num_parameters)
    on_gpu = config.num_learners == 0 and config.num_gpus_per_learner and torch.cuda.is_available()
    here = needs.learner if on_gpu else _needed_here(config, needs, alone=_is_alone())
    free, total = torch.cuda.mem_get_info() if on_gpu else machine_memory()
    disk = free_disk(Path(folder))
    kept = (config.checkpoints_to_keep or 1) + config.keep_best_checkpoint + config.reset_checkpoint_before
    if here > total:
        raise NotEnoughError(
            f"{needs}. This machine has {size_of(total)} of memory in all, and {size_of(here)} are needed here: take a "
            "smaller model, training(lora=...), model_dtype='bfloat16', fewer env runners, or several learners with "
            "learners(learner_sharding='fsdp2')."
        )
    if needs.checkpoint > disk:
        raise NotEnoughError(
            f"{needs}. {folder} has {size_of(disk)} left, too little for one checkpoint: choose another folder "
            "(--storage-path), or make room."
        )
    return str(needs), list(_tight(needs, here, free, kept, disk, folder))


def log_room(config: Any, model_path: str | Path, folder: str | Path) -> None:
    """Log the estimate, and a warning for each thing that will be tight.

    Args:
        config: As in `check_room`.
        model_path: As in `check_room`.
        folder: As in `check_room`.

    Raises:
        NotEnoughError: as `check_room` does.
    """
    text, tight = check_room(config, model_path, folder)
    logger.info(text)
    for line in tight:
        logger.warning(line)


def _tight(needs: Estimate, here: int, free: int, kept: int, disk: int, folder: str | Path) -> Iterable[str]:
    """Yield what may not suffice."""
    if here > free:
        yield (
            f"{size_of(here)} of memory are needed on this machine and {size_of(free)} are free: end other programs, "
            "or lower max_tokens_per_microbatch and engine_config['max_num_seqs']."
        )
    if kept * needs.checkpoint > disk:
        yield (
            f"{kept} checkpoints take {size_of(kept * needs.checkpoint)} and {folder} has {size_of(disk)} left: lower "
            "checkpointing(checkpoints_to_keep=...), or make room."
        )


def _needed_here(config: Any, needs: Estimate, *, alone: bool) -> int:
    """Return the bytes that learners and engines on this machine's CPUs take.

    Args:
        config: A `ProRLConfig`.
        needs: The estimate.
        alone: Whether remote learners and env runners are on this machine too.
    """
    learners = config.num_learners if alone and not config.num_gpus_per_learner else 0
    engines = config.num_env_runners if alone and not config.num_gpus_per_env_runner else 0
    shares = config.num_learners if config.learner_sharding == "fsdp2" else 1
    learners, engines = learners if config.num_learners else 1, engines if config.num_env_runners else 1
    return learners * needs.learner // max(1, shares) + engines * needs.engine


def _is_alone() -> bool:
    """Return whether Ray's cluster is this machine; False without Ray."""
    return ray.is_initialized() and sum(node["Alive"] for node in ray.nodes()) == 1


def machine_memory() -> tuple[int, int]:
    """Return the bytes of memory that are free and that there are, within the limit of a container."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.exists() and (text := limit.read_text().strip()) != "max" and int(text) < total:
        return max(0, int(text) - int(used.read_text())), int(text)
    meminfo = Path("/proc/meminfo")
    lines = meminfo.read_text().splitlines() if meminfo.exists() else []
    available = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return (available[0] if available else total), total


def free_disk(folder: Path) -> int:
    """Return the bytes free for a folder, which need not exist yet."""
    folder = folder.absolute()
    return shutil.disk_usage(folder).free if folder.exists() else free_disk(folder.parent)


def size_of(num_bytes: float) -> str:
    """Write a number of bytes, such as `6.2 GiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if num_bytes < 1024:
            return f"{num_bytes:.3g} {unit}"
        num_bytes /= 1024
    return f"{num_bytes:.3g} TiB"
