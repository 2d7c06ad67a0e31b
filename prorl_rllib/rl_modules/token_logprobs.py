"""Log-probabilities of sampled tokens, without ever holding the logits of all positions."""

from collections.abc import Mapping
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from prorl_rllib.engines.sampling import sampling_logprobs
from prorl_rllib.rl_modules.token_layout import lay_out, plain_layout, step_sequences


def check_plain_head(lm: PreTrainedModel) -> None:
    """Check that the model's logits are its head applied to its last hidden states, by a forward pass of two tokens.

    Args:
        lm: the model.

    Raises:
        ValueError: if they are not: some architectures scale or cap logits after the head.
    """
    tokens = torch.tensor([[0, 1]], device=lm.device)
    with torch.no_grad():
        expected = lm(input_ids=tokens, use_cache=False).logits
        got = lm.get_output_embeddings()(lm.get_decoder()(input_ids=tokens, use_cache=False).last_hidden_state)
    if not torch.allclose(got, expected, rtol=1e-3, atol=1e-5):
        gap = float((got - expected).abs().max())
        raise ValueError(
            f"{type(lm).__name__} changes its logits after the head (by up to {gap:.3g} "
            "for two tokens); the learner computes log-probabilities from the head's output: choose a `model` of an "
            "architecture without logit scaling or soft-capping"
        )


def check_packing(lm: PreTrainedModel) -> None:
    """Check that a packed row gives what its sequences give alone, by forward passes of six tokens.

    Args:
        lm: the model.

    Raises:
        ValueError: if it does not: some architectures carry a state along the row, or ignore what limits attention.
    """
    tokens = torch.tensor([[0, 1, 2, 3], [0, 1, 4, 5]]) % lm.config.get_text_config().vocab_size
    mask = torch.tensor([False, False, True, True]).expand(2, 4)
    step = step_sequences(tokens.to(lm.device), mask, torch.tensor([4, 4]))
    with torch.no_grad():
        padded, packed = (
            hidden_states(lm, lay_out(step, [0, 1], packing=packing, shared_prefix=packing))
            for packing in (False, True)
        )
    tolerance = 1e-3 if lm.dtype in (torch.float32, torch.float64) else 5e-2
    if not torch.allclose(packed, padded, rtol=tolerance, atol=tolerance * float(padded.abs().max())):
        raise ValueError(
            f"{type(lm).__name__} lets packed sequences see each other (its hidden states differ by up to "
            f"{float((packed - padded).abs().max()):.3g}): set packing=False and shared_prefix=False"
        )


def hidden_states(lm: PreTrainedModel, layout: Mapping[str, Any]) -> torch.Tensor:
    """Last hidden states at the positions that predict the sampled tokens.

    No attention mask is given: with right padding and causal attention no real position sees padding, and segments
    limit attention by themselves.

    Args:
        lm: the model.
        layout: "tokens" and "predict_at", perhaps "position_ids" and "segments"; see `lay_out`.

    Returns:
        (N, hidden size), in the order of "predict_at".
    """
    limits = {key: layout[key] for key in ("position_ids", "segments") if layout.get(key) is not None}
    hidden = lm.get_decoder()(input_ids=layout["tokens"], use_cache=False, **limits).last_hidden_state
    return hidden.flatten(0, 1).index_select(0, layout["predict_at"])


def token_logprobs(lm: PreTrainedModel, batch: Mapping[str, Any], chunk_size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities of the sampled tokens, and the entropies of the distributions they were drawn from.

    The logits are computed where a sampled token is predicted and nowhere else, `chunk_size` positions at a time, and
    again in the backward pass: memory grows with chunk_size x vocabulary, not with positions x vocabulary.

    Args:
        lm: the model.
        batch: what `lay_out` made, or "tokens" (B, T) right-padded and "completion_mask" (B, T) bool; and in both cases
            "temperature", a number or 0-d tensor.
        chunk_size: positions a chunk.

    Returns:
        Log-probabilities (N,) with gradient, and entropies (N,) in nats without, in the order of the layout (of the
        mask, row-major). Both in float32 at least, whatever the dtype of the weights.

    Raises:
        ValueError: if a mask holds position 0, which nothing predicts, or shapes differ.
    """
    layout = batch if "predict_at" in batch else plain_layout(batch["tokens"], batch["completion_mask"])
    hidden = hidden_states(lm, layout)
    head = lm.get_output_embeddings()
    parts = [
        _chunk(head, states, chosen, batch["temperature"])
        for states, chosen in zip(hidden.split(chunk_size), layout["targets"].split(chunk_size), strict=True)
    ]
    return torch.cat([logprobs for logprobs, _ in parts]), torch.cat([entropy for _, entropy in parts])


def _chunk(
    head: torch.nn.Module, hidden: torch.Tensor, targets: torch.Tensor, temperature: float | torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities and entropies of one chunk; recomputed in the backward pass when there is one."""
    if torch.is_grad_enabled():
        return checkpoint(_chunk_logprobs, head, hidden, targets, temperature, use_reentrant=False)
    return _chunk_logprobs(head, hidden, targets, temperature)


def _chunk_logprobs(
    head: torch.nn.Module, hidden: torch.Tensor, targets: torch.Tensor, temperature: float | torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities (with gradient) and entropies (without) from hidden states (positions, hidden size)."""
    logprobs = sampling_logprobs(head(hidden), temperature)
    with torch.no_grad():
        entropy = torch.special.entr(logprobs.exp()).sum(-1)
    return logprobs.gather(1, targets[:, None]).squeeze(1), entropy
