"""From logits to log-probabilities, and from those to tokens: the one place that both sampler and learner use."""

import numpy as np
import torch


def sampling_logprobs(
    logits: torch.Tensor, temperature: float | torch.Tensor, top_p: float | torch.Tensor = 1.0
) -> torch.Tensor:
    """Log-probabilities of the distribution that is sampled from.

    A temperature of 0 stands for the most likely token; its log-probabilities are reported at temperature 1, since
    those of the degenerate distribution carry no information.

    Args:
        logits: (..., vocabulary), any floating dtype; computed in float32, or float64 if they are that.
        temperature: divisor of the logits, a number or broadcastable to (..., 1).
        top_p: probability mass kept, in (0, 1], a number or broadcastable to (..., 1). Tokens outside the smallest
            set of likeliest tokens that reaches it get minus infinity. Gradients flow through the kept tokens only.

    Returns:
        (..., vocabulary) log-probabilities, normalised over the last axis.
    """
    if logits.dtype != torch.float64:
        logits = logits.float()
    if isinstance(temperature, torch.Tensor):
        temperature = torch.where(temperature == 0, 1.0, temperature).to(logits.dtype)
        logits = logits / temperature
    elif temperature not in (0, 1):
        logits = logits / temperature
    logprobs = torch.log_softmax(logits, dim=-1)
    if not isinstance(top_p, torch.Tensor) and top_p >= 1:
        return logprobs
    outside = _outside_nucleus(logprobs.detach(), top_p)
    return torch.log_softmax(logprobs.masked_fill(outside, float("-inf")), dim=-1)


def _outside_nucleus(logprobs: torch.Tensor, top_p: float | torch.Tensor) -> torch.Tensor:
    """True where a token is outside the smallest set of likeliest tokens whose mass reaches `top_p`."""
    ordered, order = torch.sort(logprobs, dim=-1, descending=True, stable=True)
    probabilities = ordered.exp()
    mass_before = torch.cumsum(probabilities, dim=-1, dtype=torch.float64) - probabilities
    outside = mass_before >= top_p
    if isinstance(top_p, torch.Tensor):
        # Rounding can bring the mass up to 1 before the last token: a row that keeps everything keeps everything.
        outside &= top_p < 1
    outside[..., 0] = False
    return torch.zeros_like(outside).scatter_(-1, order, outside)


def sample_from_uniforms(logprobs: torch.Tensor, uniforms: torch.Tensor) -> torch.Tensor:
    """Draw one token a row by inverting the cumulative distribution.

    Args:
        logprobs: (rows, vocabulary) log-probabilities; minus infinity where a token must not be drawn.
        uniforms: (rows,) float64 numbers in [0, 1).

    Returns:
        (rows,) int64 token ids, each of positive probability.
    """
    cumulative = torch.cumsum(logprobs.exp(), dim=-1, dtype=torch.float64)
    total = cumulative[:, -1:].contiguous()
    drawn = torch.searchsorted(cumulative, uniforms[:, None] * total, right=True)
    # `uniforms * total` may round up to `total`; the first index that reaches it is the last token that can be drawn.
    last = torch.searchsorted(cumulative, total)
    return torch.minimum(drawn, last).squeeze(-1)


def row_uniforms(seed: int, index: int, count: int) -> np.ndarray:
    """The random numbers of one completion, which depend on nothing but the request's seed and its index.

    Args:
        seed: the request's seed, at least 0.
        index: the completion's index within the request.
        count: how many numbers; a longer draw starts with the shorter one.

    Returns:
        (count,) float64 numbers in [0, 1).
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, index]))).random(count)
