"""Estimators of KL(policy || reference) from samples of the policy (http://joschu.net/blog/kl-approx.html)."""

from typing import Literal, get_args

from torch import Tensor

from prorl_rllib.algorithms.objectives.ratios import MAX_LOG_RATIO, check_one_shape, sequence_sum

KLKind = Literal["k1", "k2", "k3", "k3+"]


def kl_estimate(logp: Tensor, ref_logp: Tensor, *, kind: KLKind = "k3") -> Tensor:
    """Estimate KL(policy || reference) a token, with `d = logp - ref_logp` on tokens sampled from the policy.

    | kind | value            | as an estimate            | derivative by logp | gradient as a loss, on-policy |
    |------|------------------|---------------------------|--------------------|-------------------------------|
    | k1   | d                | unbiased, can be negative | 1                  | zero in expectation           |
    | k2   | d^2 / 2          | biased, never negative    | d                  | that of the reverse KL        |
    | k3   | exp(-d) - 1 + d  | unbiased, never negative  | 1 - exp(-d)        | that of the forward KL        |
    | k3+  | that of k3       | unbiased, never negative  | d                  | that of the reverse KL        |

    The reverse KL is KL(policy || reference), what all of them estimate; as a loss, k1 does not regularise. `k3+` is
    verl's name for the straight-through form: the value of k3, the gradient of k2. The difference is bounded to +-20,
    beyond which there is no gradient.

    On tokens of an older policy, k3 times `importance_ratio(logp, old_logp)` is unbiased, in its value and in its
    gradient, that of the reverse KL (DeepSeek-V3.2, arXiv 2512.02556; trl's `use_bias_correction_kl`).

    Args:
        logp: `[tokens]` log-probabilities under the policy; the gradient flows through these alone.
        ref_logp: `[tokens]` log-probabilities under the reference.
        kind: The estimator.

    Returns:
        `[tokens]` estimates, in nats.

    Raises:
        ValueError: if `kind` is unknown or the shapes differ.
    """
    check_one_shape(logp=logp, ref_logp=ref_logp)
    difference = (logp - ref_logp.detach()).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)
    if kind == "k1":
        return difference
    if kind == "k2":
        return difference.square() / 2
    if kind == "k3":
        return (-difference).expm1() + difference
    if kind == "k3+":
        square, detached = difference.square() / 2, difference.detach()
        return square - square.detach() + ((-detached).expm1() + detached)
    raise ValueError(f"unknown KL estimator {kind!r}: kl_estimator must be one of {', '.join(get_args(KLKind))}.")


def kl_penalized_rewards(rewards: Tensor, kl: Tensor, sequence_index: Tensor, *, coeff: float) -> Tensor:
    """Subtract each sequence's summed KL estimates from its reward: the KL term in the reward, not in the loss.

    `R_i - coeff sum_t kl_t`, the undiscounted return of a penalty a token (arXiv 2203.02155, eq. 2). Here k1 is the
    right estimator: with it the policy gradient is that of the exact KL. Penalise before the advantages are computed.

    Args:
        rewards: `[sequences]` rewards.
        kl: `[tokens]` KL estimates of the completion tokens, under the policy that sampled.
        sequence_index: `[tokens]` integers in 0..sequences - 1: the sequence of each token.
        coeff: Coefficient of the KL term, at least 0.

    Returns:
        `[sequences]` rewards. No gradient flows through them.

    Raises:
        ValueError: if the shapes differ, an index is out of range or `coeff` is negative.
    """
    if not coeff >= 0.0:
        raise ValueError(f"coeff must be at least 0, got {coeff}.")
    return (rewards - coeff * sequence_sum(kl, sequence_index, num_sequences=len(rewards))).detach()
