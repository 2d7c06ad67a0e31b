"""Load a causal language model from a local folder, from a Hugging Face id, or at random from its config."""

import contextlib
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel
from transformers.utils import logging as transformers_logging

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16, "float64": torch.float64}


def torch_dtype(dtype: str | torch.dtype) -> torch.dtype:
    """The torch dtype that the config key `dtype` names.

    Args:
        dtype: one of the keys of `DTYPES`, or a torch dtype.

    Returns:
        The dtype.

    Raises:
        ValueError: if the name is unknown.
    """
    if isinstance(dtype, torch.dtype):
        return dtype
    if dtype not in DTYPES:
        raise ValueError(f"dtype={dtype!r} is unknown; `dtype` must be one of {', '.join(DTYPES)}")
    return DTYPES[dtype]


def resolve_model(model: str) -> tuple[str, bool]:
    """Tell a local folder from a Hugging Face id.

    Args:
        model: a folder, or an id such as "Qwen/Qwen2.5-0.5B".

    Returns:
        What transformers should be given, and whether it is a local folder.

    Raises:
        FileNotFoundError: if the value looks like a path but no folder is there.
    """
    path = Path(model).expanduser()
    if model and path.is_dir():
        return str(path), True
    has_separator = "/" in model or os.sep in model
    looks_like_path = model.startswith((".", "~", "/")) or model.count("/") > 1 or not model
    if looks_like_path or path.exists() or (has_separator and path.parent.is_dir()):
        raise FileNotFoundError(
            f"model={model!r} looks like a local path, but there is no such folder; set the key `model` to a folder "
            "with config.json, weights and tokenizer, or to a Hugging Face id such as 'Qwen/Qwen2.5-0.5B'"
        )
    return model, False


@contextlib.contextmanager
def readable_errors(model: str, what: str) -> Iterator[None]:
    """Keep transformers quiet, and turn what it raises while loading into one readable error.

    Args:
        model: the value of the key `model`.
        what: what is being loaded, for the message.

    Yields:
        Nothing.

    Raises:
        OSError: if transformers raises OSError or ValueError.
    """
    with quiet_transformers():
        try:
            yield
        except (OSError, ValueError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise OSError(
                f"could not load the {what} of model={model!r}: {reason}. The key `model` must be a local folder saved "
                "with save_pretrained, or a Hugging Face id that is cached or can be downloaded from here"
            ) from error


@contextlib.contextmanager
def quiet_transformers() -> Iterator[None]:
    """Silence transformers' progress bars and warnings inside the block."""
    verbosity, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity(logging.ERROR)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()


def load_config(model: str) -> PreTrainedConfig:
    """Load a model's config.

    Args:
        model: a local folder or a Hugging Face id.

    Returns:
        The config.

    Raises:
        FileNotFoundError: if `model` looks like a path that does not exist.
        OSError: if the config cannot be loaded.
    """
    source, local = resolve_model(model)
    with readable_errors(model, "config"):
        return AutoConfig.from_pretrained(source, local_files_only=local)


def config_from_dict(values: Mapping[str, Any] | PreTrainedConfig) -> PreTrainedConfig:
    """Make a config of its values.

    Args:
        values: what `config.to_dict()` gave, with its "model_type"; a config is returned as it is.

    Returns:
        The config.

    Raises:
        ValueError: if "model_type" is absent or unknown to transformers.
    """
    if isinstance(values, PreTrainedConfig):
        return values
    rest = dict(values)
    model_type = rest.pop("model_type", None)
    if model_type is None:
        raise ValueError("hf_config has no 'model_type'; give what `config.to_dict()` returns")
    return AutoConfig.for_model(model_type, **rest)


def load_causal_lm(
    model: str, dtype: str | torch.dtype = "float32", attn_implementation: str = "sdpa"
) -> PreTrainedModel:
    """Load a causal language model with its weights, in eval mode and without dropout.

    Args:
        model: a local folder or a Hugging Face id.
        dtype: dtype of the weights, see `DTYPES`.
        attn_implementation: transformers' name of the attention implementation.

    Returns:
        The model, on CPU.

    Raises:
        FileNotFoundError: if `model` looks like a path that does not exist.
        OSError: if the model cannot be loaded.
        ValueError: if `dtype` is unknown.
    """
    source, local = resolve_model(model)
    resolved = torch_dtype(dtype)
    with readable_errors(model, "weights"):
        lm = AutoModelForCausalLM.from_pretrained(
            source, dtype=resolved, attn_implementation=attn_implementation, local_files_only=local
        )
    return without_dropout(own_memory(lm)).eval()


def random_causal_lm(
    config: Mapping[str, Any] | PreTrainedConfig,
    dtype: str | torch.dtype = "float32",
    attn_implementation: str = "sdpa",
) -> PreTrainedModel:
    """Build a causal language model with random weights, in eval mode and without dropout.

    Args:
        config: the config, or its values as a dict. The weights are drawn from torch's global generator.
        dtype: dtype of the weights, see `DTYPES`.
        attn_implementation: transformers' name of the attention implementation.

    Returns:
        The model, on CPU.

    Raises:
        ValueError: if `dtype` is unknown or the config names no architecture.
    """
    resolved = torch_dtype(dtype)
    with quiet_transformers():
        lm = AutoModelForCausalLM.from_config(
            config_from_dict(config), dtype=resolved, attn_implementation=attn_implementation
        )
    return without_dropout(lm).eval()


def own_memory(lm: PreTrainedModel) -> PreTrainedModel:
    """Move every weight to memory of its own.

    Weights read from a file may stay in its memory map: at an alignment of the file's, on which kernels may choose
    their order of summation (a restored model must equal a loaded one to the last bit), and at the mercy of whoever
    rewrites the file.

    Args:
        lm: the model; changed in place, one weight at a time, ties kept.

    Returns:
        The same model.
    """
    for weight in (*lm.parameters(), *lm.buffers()):
        weight.data = weight.data.clone()
    return lm


def without_dropout(lm: PreTrainedModel) -> PreTrainedModel:
    """Set every dropout probability to 0, so that train mode (gradient checkpointing needs it) changes no number.

    Args:
        lm: the model; changed in place. Its config is not.

    Returns:
        The same model.
    """
    for module in lm.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        for name, value in vars(module).items():
            if "drop" in name and isinstance(value, float):
                setattr(module, name, 0.0)
    return lm
