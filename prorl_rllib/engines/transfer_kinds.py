"""The ways by which vLLM takes weights from GPU to GPU, and what each needs."""

from typing import Literal

CUDA_KINDS = ("nccl", "ipc")
"""Values of the key weight_transfer beside "object_store": vLLM's backends of these names. Both need CUDA."""
OBJECT_STORE = "object_store"
"""The value of the key weight_transfer that goes through Ray's object store, and needs nothing."""


def check_kind(kind: str, build: Literal["cpu", "cuda"] | None) -> None:
    """Check that weights can go this way.

    Args:
        kind: the value of the key weight_transfer.
        build: the installed build of vLLM; None if there is none.

    Raises:
        ValueError: if the kind is unknown, or needs CUDA and the build has none.
    """
    if kind == OBJECT_STORE:
        return
    if kind not in CUDA_KINDS:
        raise ValueError(f"weight_transfer={kind!r} is unknown; it must be one of {[OBJECT_STORE, *CUDA_KINDS]}")
    if build != "cuda":
        found = "its CPU build is installed" if build == "cpu" else "vLLM is not installed"
        raise ValueError(
            f"weight_transfer={kind!r} needs vLLM's build for CUDA, but {found}; install the extra 'vllm', or set "
            "weight_transfer='object_store'"
        )


def check_backend(name: str, build: Literal["cpu", "cuda"]) -> None:
    """Check that an engine can have this backend. Imports vLLM.

    Args:
        name: "nccl", "ipc", or the name of a backend that was registered with vLLM.
        build: the installed build of vLLM.

    Raises:
        ValueError: if vLLM has no such backend, or it needs CUDA and the build has none.
    """
    from vllm.distributed.weight_transfer import WeightTransferEngineFactory

    if name in CUDA_KINDS:
        check_kind(name, build)
    elif name not in WeightTransferEngineFactory._registry:
        known = sorted(WeightTransferEngineFactory._registry)
        raise ValueError(f"weight_transfer={name!r} is unknown to vLLM; it must be one of {known}, or None")
