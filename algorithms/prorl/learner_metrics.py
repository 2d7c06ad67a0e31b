"""The learner's figures of one update."""

from typing import Any

from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.utils.metrics.metrics_logger import MetricsLogger

_TOKEN_MEANS = ("policy_loss", "entropy", "clip_fraction", "kl")


def log_update(
    metrics: MetricsLogger, config: Any, totals: dict[str, float], *, kl_coeff: float, cosine_length_is_on: bool
) -> None:
    """Log the means and counts of one update; `docs/metrics.md` says what they are.

    Args:
        metrics: The learner's logger.
        config: A `ProRLConfig`.
        totals: Sums over the update and all learners.
        kl_coeff: The coefficient in force in the update.
        cosine_length_is_on: Whether the cosine length penalty was.
    """
    steps, skipped = totals["steps"], totals.get("skipped_steps", 0.0)
    means = {
        **{key: totals[key] / totals["tokens"] for key in _TOKEN_MEANS if key in totals},
        "logprob_gap": totals["gap_abs"] / totals["gap_tokens"],
        "logprob_gap_max": totals["gap_max"],
        "sampler_kl": totals["gap_kl"] / totals["gap_tokens"],
        "shaped_reward_mean": totals["shaped_reward"] / totals["sequences"],
        "grad_norm": totals.get("grad_norm", 0.0) / max(1.0, steps - skipped),
        "learning_rate": totals.get("learning_rate", 0.0),
    }
    if "kl" in totals:
        means["kl_coeff"] = kl_coeff
    if config.mismatch_correction is not None:
        means["mismatch_masked_share"] = totals["masked_tokens"] / totals["tokens"]
        means["mismatch_masked_sequence_share"] = totals["masked_sequences"] / totals["sequences"]
    if config.cosine_length is not None:
        means["cosine_length_on"] = float(cosine_length_is_on)
    for key, value in means.items():
        metrics.log_value((DEFAULT_MODULE_ID, key), value, reduce="mean", window=1)
    metrics.log_value((DEFAULT_MODULE_ID, "optimizer_steps"), steps, reduce="sum")
    metrics.log_value((DEFAULT_MODULE_ID, "skipped_steps"), skipped, reduce="sum")
