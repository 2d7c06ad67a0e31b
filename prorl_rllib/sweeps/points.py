"""Sweeps over points: settings whose values belong together, so that no grid of them is meant."""

from collections.abc import Mapping, Sequence
from typing import Any

from ray import tune
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.tune.search.basic_variant import BasicVariantGenerator


def sweep_points(config: AlgorithmConfig, points: Sequence[Mapping[str, Any]]) -> tune.TuneConfig:
    """Prepare a sweep with one trial a point.

    Args:
        config: the algorithm's configuration; each key of the points becomes a search space of it.
        points: keys of the config and their values, each point with the same keys; at least one.

    Returns:
        The `tune_config` that tries each point once, in order.
    """
    for key in points[0]:
        # Which values belong together say the points; a key that they set must be a search space all the same.
        setattr(config, key, tune.choice(list(dict.fromkeys(point[key] for point in points))))
    search = BasicVariantGenerator(points_to_evaluate=[dict(point) for point in points])
    return tune.TuneConfig(num_samples=len(points), search_alg=search)
