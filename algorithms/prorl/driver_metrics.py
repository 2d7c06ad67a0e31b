"""What the driver reports of an iteration, and what its health is judged by."""

from collections.abc import Mapping
from typing import Any

from ray.rllib.utils.metrics import ENV_RUNNER_RESULTS
from ray.rllib.utils.metrics.metrics_logger import MetricsLogger

from prorl_rllib.algorithms.prorl.dynamic_sampling import RolloutBatch
from prorl_rllib.algorithms.prorl.rollout_metrics import completion_length, group_metrics, rollout_metrics

_LEARNER_FACTS = ("kl", "entropy", "logprob_gap", "skipped_steps")


def sampling_metrics(batch: RolloutBatch, *, num_too_long: int, seconds: float) -> dict[str, Any]:
    """Return the metrics of an iteration's sampling.

    Args:
        batch: What was sampled.
        num_too_long: Prompts that did not fit the context.
        seconds: Time that sampling took.
    """
    tokens = sum(map(completion_length, batch.episodes))
    counts = {
        "groups_sampled": len(batch.sampled),
        "groups_kept": len(batch.kept),
        "groups_waited": batch.waited,
        "prompts_too_long": num_too_long,
        "sampling_rounds": batch.rounds,
        "sampling_efficiency": batch.efficiency,
        "completion_tokens": tokens,
        "tokens_per_s": tokens / seconds,
    }
    return {"prorl": counts, ENV_RUNNER_RESULTS: _episode_metrics(batch)}


def _episode_metrics(batch: RolloutBatch) -> dict[str, Any]:
    if not batch.sampled:
        return {}
    episodes, groups = rollout_metrics(batch.episodes), group_metrics(batch.sampled, batch.judged)
    domains = {name: {**values, **groups["domains"].get(name, {})} for name, values in episodes["domains"].items()}
    return {**episodes, **groups, "domains": domains}


def rollout_facts(batch: RolloutBatch) -> dict[str, float]:
    """Return what the health monitor looks at in an iteration's completions.

    Args:
        batch: What was sampled.
    """
    metrics = _episode_metrics(batch)
    by_domain = {
        f"zero_variance_share/{name}": values["zero_variance_share"]
        for name, values in metrics.pop("domains", {}).items()
        if "zero_variance_share" in values
    }
    return {**metrics, **by_domain}


def learner_facts(results: Mapping[str, Any]) -> dict[str, float]:
    """Return what health monitor and reset controller look at in the learner's figures of an update.

    Args:
        results: Of `learners/default_policy`; empty where there was no update.
    """
    return {key: float(results[key]) for key in _LEARNER_FACTS if key in results}


def log_values(metrics: MetricsLogger, values: Mapping[str, Any], prefix: tuple[str, ...] = ()) -> None:
    """Log a nested dict of numbers of this iteration.

    Args:
        metrics: The driver's logger.
        values: The numbers.
        prefix: Where they go.
    """
    for key, value in values.items():
        if isinstance(value, Mapping):
            log_values(metrics, value, (*prefix, key))
        else:
            metrics.log_value((*prefix, key), value, reduce="mean", window=1)
