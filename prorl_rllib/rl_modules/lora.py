"""Low-rank adapters through peft: one that is trained, and a snapshot of it that is the reference.

The reference starts as the bare model: a fresh adapter adds zero. A reset copies the trained adapter's weights into the
second adapter, in place. Nothing is merged into the base weights, which stay what was loaded: a checkpoint needs the
two adapters alone and resumes exactly, and a bfloat16 base loses nothing by repeated merging.
"""

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

from prorl_rllib.engines.named_weights import named_weights

POLICY, REFERENCE = "policy", "reference"
_BASE = ".base_layer."
_SAMPLED = 64


def add_adapter(lm: PreTrainedModel, settings: Mapping[str, Any], adapter: str) -> None:
    """Put an adapter that adds zero into a model, whose own weights are frozen; float32 beside bfloat16 weights.

    Args:
        lm: the model; changed in place.
        settings: see `check_lora`.
        adapter: the adapter's name.

    Raises:
        ImportError: if peft is not installed.
        ValueError: if no layer has one of the names in `target_modules`.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise ImportError("lora needs peft: pip install 'prorl-rllib[lora]', or set lora=None") from error
    targets = settings["target_modules"]
    config = LoraConfig(
        r=settings["rank"],
        lora_alpha=settings["alpha"],
        target_modules=targets if isinstance(targets, str) else list(targets),
        lora_dropout=0.0,
        bias="none",
        task_type="CAUSAL_LM",
    )
    # The same start in every process, and none of the random numbers that others draw from.
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")
        torch.manual_seed(0)
        inject_adapter_in_model(config, lm, adapter_name=adapter)
    for weight in adapter_weights(lm, adapter).values():
        if weight.dtype in (torch.bfloat16, torch.float16):
            weight.data = weight.data.float()


def add_reference_adapter(lm: PreTrainedModel, settings: Mapping[str, Any]) -> None:
    """Put a frozen copy of the policy's adapter beside it.

    Args:
        lm: the model with the policy's adapter.
        settings: see `check_lora`.
    """
    add_adapter(lm, settings, REFERENCE)
    copy_adapter(lm, REFERENCE, adapter_weights(lm, POLICY))
    _activate(lm, POLICY)


def adapter_weights(lm: PreTrainedModel, adapter: str) -> dict[str, torch.Tensor]:
    """The weights of one adapter.

    Args:
        lm: the model with its adapters.
        adapter: the adapter's name.

    Returns:
        Name without the adapter's name, as in peft's files, to the live tensor; empty without that adapter.
    """
    part = f".{adapter}."
    found = ((name, weight) for name, weight in lm.named_parameters() if ".lora_" in name and part in name)
    return {name.replace(part, "."): weight for name, weight in found}


def checked_adapter(
    lm: PreTrainedModel, adapter: str, weights: Mapping[str, torch.Tensor | np.ndarray]
) -> dict[str, torch.Tensor]:
    """Check that weights are those of an adapter; nothing is copied yet.

    Args:
        lm: the model with its adapters.
        adapter: the adapter's name.
        weights: as `adapter_weights` names them.

    Returns:
        The weights as tensors.

    Raises:
        ValueError: if a name is missing or unknown, or a shape differs.
    """
    targets = adapter_weights(lm, adapter)
    # Arrays from an object store are read-only: copied.
    sources = {
        name: torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value
        for name, value in weights.items()
    }
    wrong = sorted(targets.keys() ^ sources.keys()) or sorted(
        name for name, target in targets.items() if target.shape != sources[name].shape
    )
    if wrong:
        raise ValueError(
            f"the weights do not fit the adapter: {wrong[:5]} are missing, unknown or of another shape (first five); "
            "give the same `model` and `lora` as where the state comes from"
        )
    return sources


def copy_adapter(lm: PreTrainedModel, adapter: str, weights: Mapping[str, torch.Tensor | np.ndarray]) -> None:
    """Replace the weights of an adapter in place; nothing is changed unless all names and shapes fit.

    Args:
        lm: the model with its adapters.
        adapter: the adapter's name.
        weights: as `adapter_weights` names them.

    Raises:
        ValueError: if a name is missing or unknown, or a shape differs.
    """
    sources = checked_adapter(lm, adapter, weights)
    with torch.no_grad():
        for name, target in adapter_weights(lm, adapter).items():
            target.copy_(sources[name])


def merged_weights(lm: PreTrainedModel) -> dict[str, torch.Tensor]:
    """The weights of the plain model that equals base and policy adapter together.

    Args:
        lm: the model with its adapters; it is left as it is.

    Returns:
        Hugging Face name to weight in the base's dtype: new tensors where there is an adapter, else the live ones.
    """
    from peft.tuners.lora import LoraLayer

    layers = {f"{name}{_BASE}weight": layer for name, layer in lm.named_modules() if isinstance(layer, LoraLayer)}
    merged = {}
    with torch.no_grad():
        for name, weight in _base_weights(lm).items():
            if name in layers:
                weight = (weight + layers[name].get_delta_weight(POLICY)).to(weight.dtype)
            merged[name.replace(_BASE, ".")] = weight
    return merged


def base_sample(lm: PreTrainedModel) -> torch.Tensor:
    """Some values of every frozen weight, by which a base is told from another.

    Args:
        lm: the model with its adapters.

    Returns:
        (values,) float32, on CPU.
    """
    values = [weight.detach().flatten() for weight in _base_weights(lm).values()]
    return torch.cat([value[:: max(1, len(value) // _SAMPLED)][:_SAMPLED].float().cpu() for value in values])


def check_base(lm: PreTrainedModel, sample: Any) -> None:
    """Check that adapters were trained on this model's frozen weights.

    Args:
        lm: the model with its adapters.
        sample: what `base_sample` gave there.

    Raises:
        ValueError: if there is no sample, or it differs.
    """
    if sample is None or not torch.equal(torch.as_tensor(np.array(sample)), base_sample(lm)):
        raise ValueError(
            "the state's adapters belong to other frozen weights than this module has loaded: give the same `model` "
            "(and `dtype`) as where the state comes from"
        )


@contextlib.contextmanager
def reference_adapter(lm: PreTrainedModel) -> Iterator[PreTrainedModel]:
    """Compute with the reference's adapter inside the block.

    Args:
        lm: the model with both adapters.

    Yields:
        The model.
    """
    _activate(lm, REFERENCE)
    try:
        yield lm
    finally:
        _activate(lm, POLICY)


def _base_weights(lm: PreTrainedModel) -> dict[str, torch.Tensor]:
    """The frozen weights, under peft's names."""
    return {name: weight for name, weight in named_weights(lm).items() if ".lora_" not in name}


def _activate(lm: PreTrainedModel, adapter: str) -> None:
    """Choose the adapter that is computed with; the policy's alone is ever trained."""
    from peft.tuners.lora import LoraLayer

    for layer in lm.modules():
        if isinstance(layer, LoraLayer):
            layer.set_adapter(adapter, inference_mode=adapter != POLICY)
