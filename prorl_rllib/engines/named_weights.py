"""The weights of a model by name, each once, and how they are replaced in place."""

from collections.abc import Iterable, Mapping

import numpy as np
import torch


def named_weights(lm: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The parameters and persistent buffers of a model, tied weights under their first name only.

    Args:
        lm: the model.

    Returns:
        Hugging Face name to the live tensor (not a copy).
    """
    by_storage: dict[int, str] = {}
    weights: dict[str, torch.Tensor] = {}
    for name, tensor in lm.state_dict(keep_vars=True).items():
        if id(tensor) not in by_storage:
            by_storage[id(tensor)] = name
            weights[name] = tensor
    return weights


def tied_names(lm: torch.nn.Module) -> dict[str, str]:
    """The further names of tied weights.

    Args:
        lm: the model.

    Returns:
        Further name to first name (for most models with tied embeddings: "lm_head.weight" to the embedding's).
    """
    first = {id(tensor): name for name, tensor in named_weights(lm).items()}
    names = lm.state_dict(keep_vars=True)
    return {name: first[id(tensor)] for name, tensor in names.items() if first[id(tensor)] != name}


def checked_weights(
    lm: torch.nn.Module, named_tensors: Iterable[tuple[str, torch.Tensor | np.ndarray]]
) -> dict[str, torch.Tensor]:
    """Check that weights are those of a model; nothing is copied yet.

    Args:
        lm: the model.
        named_tensors: every weight under its name; the further names of tied weights may be absent.

    Returns:
        The weights under the names of `named_weights(lm)`.

    Raises:
        ValueError: if a name is missing, unknown or given twice, a shape differs, or tied weights are given unequal.
    """
    sources = as_tensors(named_tensors)
    _fold_tied(sources, tied_names(lm))
    _check_names_and_shapes(named_weights(lm), sources)
    return sources


def copy_weights(lm: torch.nn.Module, named_tensors: Iterable[tuple[str, torch.Tensor | np.ndarray]]) -> None:
    """Replace a model's weights in place; nothing is changed unless all names and shapes fit.

    Args:
        lm: the model.
        named_tensors: every weight under its name; the further names of tied weights may be absent.

    Raises:
        ValueError: if a name is missing, unknown or given twice, a shape differs, or tied weights are given unequal.
    """
    sources = checked_weights(lm, named_tensors)
    with torch.no_grad():
        for name, target in named_weights(lm).items():
            target.copy_(sources[name])


def as_tensors(named_tensors: Iterable[tuple[str, torch.Tensor | np.ndarray]]) -> dict[str, torch.Tensor]:
    """Collect tensors by name; numpy arrays are copied, since those from an object store are read-only.

    Args:
        named_tensors: weights under their names.

    Returns:
        Name to tensor.

    Raises:
        ValueError: if a name is given twice.
    """
    sources: dict[str, torch.Tensor] = {}
    for name, value in named_tensors:
        if name in sources:
            raise ValueError(f"the weight {name!r} is given twice")
        sources[name] = torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value
    return sources


def _fold_tied(sources: dict[str, torch.Tensor], tied: Mapping[str, str]) -> None:
    """Move weights given under a further name to their first name."""
    for name, first in tied.items():
        tensor = sources.pop(name, None)
        if tensor is None:
            continue
        if first in sources and not torch.equal(sources[first], tensor):
            raise ValueError(f"{name!r} is tied to {first!r} in this model, but the two weights given differ")
        sources[first] = tensor


def _check_names_and_shapes(targets: Mapping[str, torch.Tensor], sources: Mapping[str, torch.Tensor]) -> None:
    """Raise a ValueError unless both hold the same names with the same shapes."""
    missing, unknown = sorted(targets.keys() - sources.keys()), sorted(sources.keys() - targets.keys())
    if missing or unknown:
        raise ValueError(
            f"the weights do not belong to this model: {len(missing)} missing {missing[:5]}, {len(unknown)} unknown "
            f"{unknown[:5]} (first five of each); trainer and sampler must be given the same `model`"
        )
    for name, target in targets.items():
        if target.shape != sources[name].shape:
            raise ValueError(
                f"the weight {name!r} has shape {tuple(sources[name].shape)}, but this model's has "
                f"{tuple(target.shape)}; trainer and sampler must be given the same `model`"
            )
