"""How far the sampler's log-probabilities are from the learner's: the first sign of stale or wrong weights."""

from typing import NamedTuple

import torch
from torch import Tensor

from prorl_rllib.algorithms.objectives.ratios import MAX_LOG_RATIO, check_one_shape


class LogprobGap(NamedTuple):
    """Statistics of `logp - sampler_logp` over tokens, in nats; scalars, which may be combined over micro-batches.

    Attributes:
        tokens: Number of tokens, int64.
        abs_sum: Sum of the absolute differences, float64.
        abs_max: The largest absolute difference, float64; 0 without tokens.
        kl_sum: Sum of the k3 estimates of KL(sampler || learner), float64.
    """

    tokens: Tensor
    abs_sum: Tensor
    abs_max: Tensor
    kl_sum: Tensor

    def combine(self, other: "LogprobGap") -> "LogprobGap":
        """Return the statistics of both sets of tokens together: sums, and the larger maximum.

        Args:
            other: Statistics of other tokens.
        """
        return LogprobGap(
            self.tokens + other.tokens,
            self.abs_sum + other.abs_sum,
            torch.maximum(self.abs_max, other.abs_max),
            self.kl_sum + other.kl_sum,
        )

    @property
    def abs_mean(self) -> Tensor:
        """Mean absolute difference; 0 without tokens."""
        return self.abs_sum / self.tokens.clamp(min=1)

    @property
    def kl(self) -> Tensor:
        """Estimate of KL(sampler || learner) a token; 0 without tokens."""
        return self.kl_sum / self.tokens.clamp(min=1)


def logprob_gap(logp: Tensor, sampler_logp: Tensor) -> LogprobGap:
    """Compare the learner's log-probabilities of sampled tokens with the sampler's.

    The tokens come from the sampler, so that `exp(d) - 1 - d` with `d = logp - sampler_logp` estimates
    KL(sampler || learner) without bias (k3 of http://joschu.net/blog/kl-approx.html).

    Args:
        logp: `[tokens]` log-probabilities under the learner, of the weights that sampled.
        sampler_logp: `[tokens]` log-probabilities under the sampler.

    Returns:
        The statistics. No gradient flows through them; a NaN among the inputs shows in all but `tokens`.

    Raises:
        ValueError: if the shapes differ.
    """
    check_one_shape(logp=logp, sampler_logp=sampler_logp)
    difference = logp.detach().double() - sampler_logp.detach().double()
    bounded = difference.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)
    absolute = difference.abs()
    return LogprobGap(
        tokens=torch.tensor(logp.numel(), device=logp.device),
        abs_sum=absolute.sum(),
        abs_max=absolute.max() if logp.numel() else absolute.sum(),
        kl_sum=(bounded.expm1() - bounded).sum(),
    )
