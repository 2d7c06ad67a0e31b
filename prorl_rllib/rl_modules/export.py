"""Write the trained policy as a Hugging Face model folder, and only declare success after reading it back."""

import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

import torch
from transformers import AutoTokenizer, PreTrainedModel

from prorl_rllib.engines.model_loading import (
    load_causal_lm,
    quiet_transformers,
    readable_errors,
    resolve_model,
)
from prorl_rllib.engines.named_weights import named_weights, tied_names
from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule

SPACE_MARGIN = 64 * 2**20
"""Bytes to spare beyond the weights: tokenizer, config, and what others write meanwhile."""


def export_hugging_face(module: CausalLMModule, model: str, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Export a module's policy, with the tokenizer of the model it started from.

    The folder is written under another name beside its target, read back, compared tensor by tensor and by one
    forward pass, and only then renamed: whatever `folder` names is complete.

    Args:
        module: the module; its policy is written in its own dtype, a low-rank adapter merged in.
        model: where the tokenizer comes from, a local folder or a Hugging Face id.
        folder: the folder to make.
        overwrite: replace an existing folder; otherwise that is an error.

    Returns:
        The absolute path of the folder.

    Raises:
        FileExistsError: if `folder` exists and `overwrite` is False.
        OSError: if the disk has too little room, or the tokenizer cannot be loaded.
        RuntimeError: if what was read back differs from the module.
    """
    target = Path(folder).expanduser().absolute()
    if target.exists() and not overwrite:
        raise FileExistsError(f"folder={str(target)!r} exists; choose another folder, or give overwrite=True")
    target.parent.mkdir(parents=True, exist_ok=True)
    weights = module.policy_weights()
    _check_free_space(weights, target.parent)
    aside = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.partial"
    try:
        _write(module.lm, weights, model, aside)
        _compare(module.lm, weights, aside)
        _replace(target, aside)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return target


def _check_free_space(weights: Mapping[str, torch.Tensor], folder: Path) -> None:
    """Raise an OSError unless the weights fit on the disk."""
    needed = sum(weight.numel() * weight.element_size() for weight in weights.values()) + SPACE_MARGIN
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OSError(
            f"exporting to {str(folder)!r} needs {needed / 2**20:.0f} MiB, but the disk has {free / 2**20:.0f} MiB "
            "free; free some, or choose a folder on another disk"
        )


def _write(lm: PreTrainedModel, weights: Mapping[str, torch.Tensor], model: str, folder: Path) -> None:
    """Write weights, config and tokenizer."""
    source, local = resolve_model(model)
    with readable_errors(model, "tokenizer"):
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
    tied = tied_names(lm)
    with quiet_transformers():
        lm.save_pretrained(folder, state_dict={**weights, **{further: weights[name] for further, name in tied.items()}})
        tokenizer.save_pretrained(folder)


def _compare(lm: PreTrainedModel, expected: Mapping[str, torch.Tensor], folder: Path) -> None:
    """Raise a RuntimeError unless the folder reads back as the same model."""
    copy = load_causal_lm(str(folder), lm.dtype, lm.config._attn_implementation)
    written = named_weights(copy)
    if written.keys() != expected.keys():
        raise RuntimeError(
            f"the exported model has other weights than the module: {sorted(written.keys() ^ expected.keys())[:5]}; "
            "nothing was exported"
        )
    for name, weight in expected.items():
        if not torch.equal(weight.detach().cpu(), written[name]):
            raise RuntimeError(f"the exported weight {name!r} reads back differently; nothing was exported")
    _compare_forward(lm, copy)


def _compare_forward(lm: PreTrainedModel, copy: PreTrainedModel) -> None:
    """Raise a RuntimeError unless both models give the same logits for a few tokens."""
    tokens = torch.arange(min(8, lm.config.get_text_config().vocab_size))[None]
    tolerance = 1e-4 if lm.dtype in (torch.float32, torch.float64) else 5e-2
    with torch.no_grad():
        expected = lm(input_ids=tokens.to(lm.device), use_cache=False).logits.cpu().float()
        got = copy(input_ids=tokens, use_cache=False).logits.float()
    if not torch.allclose(got, expected, rtol=tolerance, atol=tolerance * float(expected.abs().max().clamp(min=1))):
        gap = float((got - expected).abs().max())
        raise RuntimeError(f"the exported model's logits differ by {gap:.3g} from the module's; nothing was exported")


def _replace(target: Path, aside: Path) -> None:
    """Give the finished folder its name; an older folder of that name goes last."""
    if not target.exists():
        aside.rename(target)
        return
    older = aside.with_suffix(".replaced")
    target.rename(older)
    aside.rename(target)
    shutil.rmtree(older)
