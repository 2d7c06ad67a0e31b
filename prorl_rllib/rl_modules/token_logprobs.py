"""Log-probabilities of sampled tokens, without ever holding the logits of all positions."""

import torch
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from prorl_rllib.engines.sampling import sampling_logprobs


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


def hidden_states_before(lm: PreTrainedModel, tokens: torch.Tensor, completion_mask: torch.Tensor) -> torch.Tensor:
    """Last hidden states at the positions that predict the masked tokens.

    No attention mask is given: with right padding and causal attention no real position sees padding.

    Args:
        lm: the model.
        tokens: (B, T) int64, right-padded.
        completion_mask: (B, T) bool, True where a token was sampled; never at t = 0.

    Returns:
        (N, hidden size), in row-major order of the mask.
    """
    hidden = lm.get_decoder()(input_ids=tokens, use_cache=False).last_hidden_state
    return hidden[:, :-1][completion_mask[:, 1:]]


def token_logprobs(
    lm: PreTrainedModel,
    tokens: torch.Tensor,
    completion_mask: torch.Tensor,
    temperature: float | torch.Tensor,
    chunk_size: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities of the masked tokens, and the entropies of the distributions they were drawn from.

    The logits are computed at the masked positions only, `chunk_size` positions at a time, and again in the backward
    pass: memory grows with chunk_size x vocabulary, not with positions x vocabulary.

    Args:
        lm: the model.
        tokens: (B, T) int64, right-padded.
        completion_mask: (B, T) bool, True where the token at t was sampled (from the logits at t - 1).
        temperature: the sampling temperature.
        chunk_size: positions a chunk.

    Returns:
        Log-probabilities (N,) with gradient, and entropies (N,) in nats without; row-major order of the mask.

    Raises:
        ValueError: if the mask holds position 0, which nothing predicts, or shapes differ.
    """
    check_mask(tokens, completion_mask)
    hidden = hidden_states_before(lm, tokens, completion_mask)
    targets = tokens[completion_mask]
    head = lm.get_output_embeddings()
    parts = [
        _chunk(head, states, chosen, temperature)
        for states, chosen in zip(hidden.split(chunk_size), targets.split(chunk_size), strict=True)
    ]
    return torch.cat([logprobs for logprobs, _ in parts]), torch.cat([entropy for _, entropy in parts])


def check_mask(tokens: torch.Tensor, completion_mask: torch.Tensor) -> None:
    """Check tokens and mask against each other.

    Args:
        tokens: (B, T) int64.
        completion_mask: (B, T) bool.

    Raises:
        ValueError: if shapes or dtypes do not fit or the mask holds position 0.
    """
    if tokens.shape != completion_mask.shape or tokens.ndim != 2:
        raise ValueError(
            f"tokens {tuple(tokens.shape)} and completion_mask {tuple(completion_mask.shape)} must be equal (B, T)"
        )
    if completion_mask.dtype != torch.bool:
        raise ValueError(f"completion_mask has dtype {completion_mask.dtype}; it must be torch.bool")
    if bool(completion_mask[:, 0].any()):
        raise ValueError("completion_mask is True at position 0, which no logits predict; a prompt has >= 1 token")


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
