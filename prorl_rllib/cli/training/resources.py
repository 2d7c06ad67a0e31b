"""Compare what a run asks for with what the cluster has, so that it does not wait for ever."""

from collections.abc import Mapping

import ray
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.algorithms.cluster_resources import fit_together, is_autoscaling, shortfall, unplaceable
from prorl_rllib.cli.errors import CommandError


def describe_cpus(config: AlgorithmConfig) -> str:
    """Say how the number of CPUs that one trial asks for comes about.

    Args:
        config: a validated configuration.

    Returns:
        Text such as `main process 1, 2 env runners x 1`.
    """
    # A learner without a process of its own works in the main one, which then has room for it.
    main = config.algo_class.default_resource_request(config.to_dict()).bundles[0]
    parts = [f"main process {main.get('CPU', 0):g}"]
    per_learner = config.num_cpus_per_learner
    for count, each, name in (
        (config.num_env_runners, config.num_cpus_per_env_runner, "env runner"),
        (config.num_learners, per_learner if isinstance(per_learner, int | float) else 1, "learner"),
        (config.evaluation_num_env_runners, config.num_cpus_per_env_runner, "evaluation env runner"),
    ):
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''} x {each:g}")
    return ", ".join(parts)


def check_resources(config: AlgorithmConfig) -> None:
    """Refuse a run that asks for more than the cluster has, in all or on a node.

    Args:
        config: a validated configuration of one trial; Ray is already running.

    Raises:
        CommandError: if a trial could never start, unless the cluster can add nodes.
    """
    if is_autoscaling():
        return
    # A dict, as Tune passes it.
    request = config.algo_class.default_resource_request(config.to_dict())
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if missing := shortfall(request.required_resources, ray.cluster_resources()):
        asked = " and ".join(
            f"{need:g} {name} where the cluster has {have:g}" for name, (need, have) in missing.items()
        )
    elif bundle := unplaceable(request.bundles, nodes):
        asked = (
            f"{bundle.count} x ({_amounts(bundle.resources)}), each on one node, and the {len(nodes)} nodes have room "
            f"for {bundle.room} of these"
        )
    elif not fit_together(request.bundles, nodes):
        parts = ", ".join(f"({_amounts(bundle)})" for bundle in request.bundles)
        asked = f"{parts}, each on one node, and the {len(nodes)} nodes have no room for all of them"
    else:
        return
    raise CommandError(
        f"One trial asks for {asked}, so it would wait for ever. CPUs: {describe_cpus(config)}. "
        "Ask for less with config.env_runners(num_env_runners=..., num_cpus_per_env_runner=...), "
        "config.learners(num_learners=..., num_cpus_per_learner=...) or "
        "config.resources(num_cpus_for_main_process=...); fractions such as 0.5 are allowed. "
        "Or use more: --ray-num-cpus N, --ray-address ADDRESS."
    )


def _amounts(resources: Mapping[str, float]) -> str:
    """Write resources, such as `2 CPU, 1 GPU`."""
    return ", ".join(f"{amount:g} {name}" for name, amount in resources.items())
