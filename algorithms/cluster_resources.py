"""Compare what a run asks for with what the cluster has, so that it does not wait for ever."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray

_MOST_PLACEMENTS = 2000
"""Steps of the search for a placement; equal runners on equal nodes take one each."""
_MOST_BUNDLES = 500
"""That are looked at, each being a call within the call of the one before."""


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


@dataclass(frozen=True)
class UnplaceableBundle:
    """A bundle of resources of which too few fit on the nodes.

    Attributes:
        resources: amount by resource, on one node.
        count: how many of it are asked for.
        room: how many of it the nodes have room for, were there nothing else.
    """

    resources: Mapping[str, float]
    count: int
    room: int


def unplaceable(
    bundles: Sequence[Mapping[str, float]], nodes: Sequence[Mapping[str, float]]
) -> UnplaceableBundle | None:
    """Find a bundle that cannot be placed as often as it is asked for; a bundle never spans two nodes.

    Args:
        bundles: what is asked for, amount by resource.
        nodes: what each node has in all.

    Returns:
        The first such bundle; None where each kind fits by itself, see `fit_together` for the rest.
    """
    kinds = Counter(frozenset((name, amount) for name, amount in bundle.items() if amount > 0) for bundle in bundles)
    for kind, count in kinds.items():
        room = sum(_times(dict(kind), node) for node in nodes) if kind else count
        if room < count:
            return UnplaceableBundle(dict(kind), count, room)
    return None


def _times(bundle: Mapping[str, float], node: Mapping[str, float]) -> int:
    """Return how often a bundle fits on a node."""
    return min(math.floor(node.get(name, 0.0) / amount + 1e-6) for name, amount in bundle.items())


def fit_together(bundles: Sequence[Mapping[str, float]], nodes: Sequence[Mapping[str, float]]) -> bool:
    """Whether bundles can be placed on nodes, each on one.

    Args:
        bundles: what is asked for, amount by resource.
        nodes: what each node has in all.

    Returns:
        False where no placement exists; True where one was found, or the search was too long.
    """
    if len(bundles) > _MOST_BUNDLES:
        return True
    free = [_units(node) for node in nodes]
    waiting = sorted((_units(bundle) for bundle in bundles), key=lambda bundle: sum(bundle.values()))
    return _place(waiting, free, set())


def _place(waiting: list[dict[str, int]], free: list[dict[str, int]], seen: set[Any]) -> bool:
    """Place the last of the waiting bundles, then the others; take it back where these find no room."""
    if not waiting or len(seen) > _MOST_PLACEMENTS:
        return True
    # Which of two nodes is the fuller one makes no difference.
    state = (len(waiting), tuple(sorted(tuple(node.items()) for node in free)))
    if state in seen:
        return False
    seen.add(state)
    *others, bundle = waiting
    for node in free:
        if any(node.get(name, 0) < amount for name, amount in bundle.items()):
            continue
        before = dict(node)
        node.update({name: node[name] - amount for name, amount in bundle.items()})
        if _place(others, free, seen):
            return True
        node.update(before)
    return False


def _units(amounts: Mapping[str, float]) -> dict[str, int]:
    """Return amounts in ten-thousandths, as Ray counts them, so that they can be added without rounding."""
    return {name: round(amount * 10_000) for name, amount in amounts.items() if amount > 0}


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
