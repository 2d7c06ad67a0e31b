"""Compare what a run asks for with what the cluster has, so that it does not wait for ever."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ray


def is_autoscaling() -> bool:
    """Whether this is the head of a cluster made by Ray's launcher, which can add nodes."""
    return Path("~/ray_bootstrap_config.yaml").expanduser().exists()


def shortfall(asked: Mapping[str, float], available: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Find the resources of which more is asked for than there is.

    Args:
        asked: amount by resource ("CPU", "GPU", ...).
        available: the cluster's totals.

    Returns:
        (asked, available) by resource, for the missing ones.
    """
    # Fractions such as 10 x 0.1 must not fail by rounding.
    return {
        name: (amount, available.get(name, 0.0))
        for name, amount in asked.items()
        if amount > available.get(name, 0.0) + 1e-6
    }


def worker_resources(config: Any) -> dict[str, float]:
    """Sum what remote env runners and learners ask for, by resource.

    Args:
        config: A validated `AlgorithmConfig`.
    """
    cpus = config.num_cpus_per_learner
    if cpus == "auto":  # As RLlib's learner group reads it.
        cpus = 0 if config.num_gpus_per_learner else 1
    kinds = (
        (
            config.num_env_runners,
            {"CPU": config.num_cpus_per_env_runner, "GPU": config.num_gpus_per_env_runner},
            config.custom_resources_per_env_runner,
        ),
        (
            config.num_learners,
            {"CPU": cpus, "GPU": config.num_gpus_per_learner},
            config.custom_resources_per_learner,
        ),
    )
    total: Counter[str] = Counter()
    for count, each, custom in kinds:
        for name, amount in {**each, **(custom or {})}.items():
            total[name] += count * amount
    return {name: amount for name, amount in total.items() if amount > 0}


def check_workers_fit(config: Any) -> None:
    """Refuse remote workers that the cluster has no room for; Ray would wait for it, and say nothing.

    Args:
        config: A validated `AlgorithmConfig`.

    Raises:
        ValueError: if they could never start, unless the cluster can add nodes.
    """
    asked = worker_resources(config)
    if not asked or is_autoscaling():
        return
    if not ray.is_initialized():
        ray.init()  # As the first remote worker would.
    missing = shortfall(asked, ray.cluster_resources())
    if missing:
        amounts = " and ".join(
            f"{need:g} {name} where the cluster has {have:g}" for name, (need, have) in missing.items()
        )
        raise ValueError(
            f"num_env_runners={config.num_env_runners} and num_learners={config.num_learners} ask for {amounts}, so "
            "the run would wait for ever. Ask for less with env_runners(num_env_runners=..., "
            "num_cpus_per_env_runner=...) or learners(num_learners=..., num_cpus_per_learner=..., "
            "num_gpus_per_learner=...); fractions such as 0.5 are allowed. Or give Ray more: ray.init(num_cpus=...)."
        )
