"""Weights on their way to another process of this machine: a file in memory that one side writes and the other maps.

On Linux the file has no name (`memfd_create`): the reader opens it through the writer's /proc entry. So nothing is
left behind however either side ends, and the size of /dev/shm, 64 MiB in many containers, is no limit. Elsewhere it
is a temporary file. It is torch's own format: safetensors knows no shared storage, which tied weights have.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from typing import IO

import torch


@contextlib.contextmanager
def weights_file(weights: Mapping[str, torch.Tensor]) -> Iterator[str]:
    """Write weights to a file that lives as long as the block.

    Args:
        weights: name to tensor, on any device.

    Yields:
        The path by which another process of the same user opens it.

    Raises:
        OSError: if there is no memory, or no room, for it.
    """
    with _nameless_file() as (file, path):
        _save(weights, file)
        yield path


def read_weights(path: str) -> dict[str, torch.Tensor]:
    """Map the weights of a file; they are read from it when they are first used.

    Args:
        path: as `weights_file` gave it.

    Returns:
        Name to tensor.

    Raises:
        OSError: if the file cannot be opened.
    """
    weights: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", mmap=True, weights_only=True)
    return weights


@contextlib.contextmanager
def _nameless_file() -> Iterator[tuple[IO[bytes], str]]:
    """Give a file open for writing, and its path; both are gone afterwards."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("prorl_rllib_weights"), "wb") as file:
            yield file, f"/proc/{os.getpid()}/fd/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile(prefix="prorl_rllib_weights_") as named:
            yield named, named.name


def _save(weights: Mapping[str, torch.Tensor], file: IO[bytes]) -> None:
    """Write the weights, without the checksum of each: it would take most of the time."""
    before = torch.serialization.get_crc32_options()
    torch.serialization.set_crc32_options(False)
    try:
        torch.save({name: _compact(tensor) for name, tensor in weights.items()}, file)
    finally:
        torch.serialization.set_crc32_options(before)
    file.flush()


def _compact(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor on CPU without gradient; a part of a larger storage is copied, as the whole would be written."""
    tensor = tensor.detach().cpu()
    return tensor if tensor.untyped_storage().nbytes() == tensor.nbytes else tensor.clone()
