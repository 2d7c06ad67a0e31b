"""Estimators of KL(policy || reference) from samples of the policy (http://joschu.net/blog/kl-approx.html)."""

from typing import Literal

from torch import Tensor

KLKind = Literal["k1", "k2", "k3"]

# exp(20) is finite in float32; a difference beyond it means that policy and reference have nothing in common.
_MAX_LOG_RATIO = 20.0


def kl_estimate(logp: Tensor, ref_logp: Tensor, *, kind: KLKind = "k3") -> Tensor:
    """Estimate KL(policy || reference) a token, with `d = logp - ref_logp` on tokens sampled from the policy.

    | kind | value            | as an estimate             | gradient as a loss, on-policy            |
    |------|------------------|----------------------------|------------------------------------------|
    | k1   | d                | unbiased, can be negative  | zero in expectation: does not regularise |
    | k2   | d^2 / 2          | biased, never negative     | the gradient of the reverse KL           |
    | k3   | exp(-d) - 1 + d  | unbiased, never negative   | the gradient of the forward KL           |

    Args:
        logp: `[tokens]` log-probabilities under the policy; the gradient flows through these alone.
        ref_logp: `[tokens]` log-probabilities under the reference.
        kind: The estimator.

    Returns:
        `[tokens]` estimates, in nats.

    Raises:
        ValueError: if `kind` is unknown or the shapes differ.
    """
    if logp.shape != ref_logp.shape:
        raise ValueError(f"logp {tuple(logp.shape)} and ref_logp {tuple(ref_logp.shape)} must have one shape.")
    difference = (logp - ref_logp.detach()).clamp(-_MAX_LOG_RATIO, _MAX_LOG_RATIO)
    if kind == "k1":
        return difference
    if kind == "k2":
        return difference.square() / 2
    if kind == "k3":
        return (-difference).expm1() + difference
    raise ValueError(f"unknown KL estimator {kind!r}: kl_estimator must be one of k1, k2, k3.")
