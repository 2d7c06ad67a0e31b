"""From the keywords of `VLLMEngine` to the arguments of vLLM."""

import dataclasses
import difflib
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from transformers import PreTrainedConfig

from prorl_rllib.engines.model_loading import torch_dtype
from prorl_rllib.engines.transfer_kinds import check_backend

FIXED = {
    # Log-probabilities of the distribution that is sampled from; vLLM's own default is before temperature.
    "logprobs_mode": "processed_logprobs",
    # The checkpoint's generation_config.json must not change how is sampled.
    "generation_config": "vllm",
    "skip_tokenizer_init": True,
    "worker_extension_cls": "prorl_rllib.engines.vllm_weights.WeightLoading",
    "disable_log_stats": True,
    "use_tqdm_on_load": False,
    "seed": 0,
}
"""Arguments of vLLM that the contract of `TextEngine` fixes."""
CPU_FIXED = {
    # After a piece of a prompt vLLM winds the request's random numbers back, which torch cannot on CPU: it would raise.
    "enable_chunked_prefill": False,
}
"""Further ones on CPU."""
KEYWORDS = {
    "model": "model",
    "dtype": "dtype",
    "max_num_seqs": "max_num_seqs",
    "max_model_len": "max_model_len",
    "kv_cache_memory_bytes": "kv_cache_bytes",
    "gpu_memory_utilization": "gpu_memory_utilization",
    "tensor_parallel_size": "tensor_parallel_size",
    "distributed_executor_backend": "distributed_executor_backend",
    "block_size": "block_size",
    "enable_sleep_mode": "enable_sleep_mode",
    "load_format": "load_weights_from_model",
    "distributed_timeout_seconds": "start_timeout_s",
    "weight_transfer_config": "weight_transfer",
}
"""Arguments of vLLM that keywords of the engine stand for."""
CPU_BLOCK_SIZE = 32
"""Tokens in a block of the cache. vLLM's own 128 on CPU shares nothing between prompts shorter than that."""
CPU_KV_CACHE_LIMIT = 1 << 30
"""Bytes that the default size of the cache on CPU does not exceed, unless one sequence alone needs more."""


def check_numbers(values: Mapping[str, float | None]) -> None:
    """Check the numbers among the engine's keywords.

    Args:
        values: keyword to value; None stands for the default.

    Raises:
        ValueError: naming the key, the value and the allowed range.
    """
    for key, value in values.items():
        if value is None:
            continue
        if key == "gpu_memory_utilization":
            holds, allowed = 0 < value <= 1, "in (0, 1]"
        elif key == "start_timeout_s":
            holds, allowed = 0 < value < math.inf, "above 0 (seconds)"
        else:
            holds, allowed = 1 <= value < math.inf and int(value) == value, "a whole number, at least 1"
        if not holds:
            raise ValueError(f"{key}={value}; {key} must be {allowed}")


def check_engine_options(
    options: Mapping[str, Any], known: set[str] | None, fixed: Mapping[str, Any] = MappingProxyType(FIXED)
) -> None:
    """Check the names of options that are passed on to vLLM.

    Args:
        options: the value of the key `engine_options`.
        known: names that vLLM takes; None where it is not imported, and all are.
        fixed: those that nobody may set, with their values.

    Raises:
        ValueError: if a name is unknown to vLLM, or not for `engine_options`.
    """
    for name in options:
        if name in fixed:
            raise ValueError(
                f"engine_options[{name!r}]={options[name]!r}; it is fixed at {fixed[name]!r}, since sampling for "
                "training relies on it: remove it from engine_options"
            )
        if name in KEYWORDS:
            raise ValueError(f"engine_options[{name!r}]: set the key {KEYWORDS[name]} instead")
        if known is not None and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise ValueError(
                f"engine_options[{name!r}]: vLLM takes no such option{hint}; allowed are the fields of vllm.EngineArgs"
            )


@dataclasses.dataclass(frozen=True)
class VLLMSettings:
    """The keywords of `VLLMEngine`, which says what each means."""

    dtype: str
    num_threads: int
    max_num_seqs: int
    max_model_len: int | None
    kv_cache_bytes: int | None
    gpu_memory_utilization: float
    tensor_parallel_size: int
    distributed_executor_backend: str | None
    block_size: int | None
    enable_sleep_mode: bool
    load_weights_from_model: bool
    engine_options: Mapping[str, Any]
    start_timeout_s: float
    weight_transfer: str | None = None

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            ValueError: naming the key, the value and the allowed range.
        """
        sizes = ("num_threads", "max_num_seqs", "max_model_len", "kv_cache_bytes", "tensor_parallel_size", "block_size")
        keys = (*sizes, "gpu_memory_utilization", "start_timeout_s")
        check_numbers({key: getattr(self, key) for key in keys})

    @property
    def eager(self) -> bool:
        """Whether the model runs on CPU without torch.compile, which is our default there."""
        return bool(self.engine_options.get("enforce_eager", True))


def vllm_arguments(
    settings: VLLMSettings, config: PreTrainedConfig, source: str, build: Literal["cpu", "cuda"]
) -> dict[str, Any]:
    """Put together what `vllm.EngineArgs` is called with. Imports vLLM.

    Args:
        settings: the engine's keywords.
        config: the model's config.
        source: what vLLM loads: a folder or a Hugging Face id.
        build: the installed build of vLLM.

    Returns:
        Name to value.

    Raises:
        ValueError: if an option is unknown.
    """
    from vllm import EngineArgs

    fixed = FIXED | CPU_FIXED if build == "cpu" else FIXED
    check_engine_options(settings.engine_options, {field.name for field in dataclasses.fields(EngineArgs)}, fixed)
    arguments: dict[str, Any] = {
        "model": source,
        "dtype": settings.dtype,
        "max_num_seqs": settings.max_num_seqs,
        "gpu_memory_utilization": settings.gpu_memory_utilization,
        "tensor_parallel_size": settings.tensor_parallel_size,
        "distributed_executor_backend": settings.distributed_executor_backend,
        "enable_sleep_mode": settings.enable_sleep_mode,
        "load_format": "auto" if settings.load_weights_from_model else "dummy",
        "distributed_timeout_seconds": math.ceil(settings.start_timeout_s),
    }
    block_size, kv_cache_bytes = settings.block_size, settings.kv_cache_bytes
    if build == "cpu":
        arguments["enforce_eager"] = True
        block_size = block_size or CPU_BLOCK_SIZE
        kv_cache_bytes = kv_cache_bytes or default_kv_cache_bytes(
            config,
            settings.dtype,
            max_num_seqs=settings.max_num_seqs,
            max_model_len=settings.max_model_len,
            block_size=block_size,
        )
    if settings.weight_transfer is not None:
        check_backend(settings.weight_transfer, build)
        arguments["weight_transfer_config"] = {"backend": settings.weight_transfer}
    optional = {
        "max_model_len": settings.max_model_len,
        "block_size": block_size,
        "kv_cache_memory_bytes": kv_cache_bytes,
    }
    arguments.update({name: value for name, value in optional.items() if value is not None})
    return {**arguments, **settings.engine_options, **fixed}


def default_kv_cache_bytes(
    config: PreTrainedConfig, dtype: str, *, max_num_seqs: int, max_model_len: int | None, block_size: int
) -> int:
    """Size of the key-value cache on CPU where none is given.

    Args:
        config: the model's config.
        dtype: dtype of keys and values.
        max_num_seqs: sequences side by side.
        max_model_len: tokens of the longest sequence; None for the model's own limit.
        block_size: tokens in a block.

    Returns:
        Bytes: enough for `max_num_seqs` sequences of full length, but at most 1 GiB, and enough for one in any case.
    """
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    block = 2 * text.num_hidden_layers * heads * size * torch_dtype(dtype).itemsize * block_size
    one_sequence = block * (math.ceil((max_model_len or text.max_position_embeddings) / block_size) + 1)
    all_sequences = one_sequence * max_num_seqs
    # vLLM keeps one block to itself, hence the one beside the sequences'.
    return int(block + max(one_sequence, min(all_sequences, CPU_KV_CACHE_LIMIT)))
