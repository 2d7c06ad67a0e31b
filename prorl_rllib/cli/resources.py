"""Compare what a run asks for with what the cluster has, so that it does not wait for ever."""

import ray
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.algorithms.cluster_resources import is_autoscaling, shortfall
from prorl_rllib.cli.errors import CommandError


def describe_cpus(config: AlgorithmConfig) -> str:
    """Say how the number of CPUs that one trial asks for comes about.

    Args:
        config: a validated configuration.

    Returns:
        Text such as `main process 1, 2 env runners x 1`.
    """
    parts = [f"main process {config.num_cpus_for_main_process:g}"]
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
    """Refuse a run that asks for more than the cluster has.

    Args:
        config: a validated configuration of one trial; Ray is already running.

    Raises:
        CommandError: if a trial could never start, unless the cluster can add nodes.
    """
    if is_autoscaling():
        return
    # A dict, as Tune passes it.
    asked = config.algo_class.default_resource_request(config.to_dict()).required_resources
    missing = shortfall(asked, ray.cluster_resources())
    if not missing:
        return
    amounts = " and ".join(f"{need:g} {name} where the cluster has {have:g}" for name, (need, have) in missing.items())
    raise CommandError(
        f"One trial asks for {amounts}, so it would wait for ever. CPUs: {describe_cpus(config)}. "
        "Ask for less with config.env_runners(num_env_runners=..., num_cpus_per_env_runner=...), "
        "config.learners(num_learners=...) or config.resources(num_cpus_for_main_process=...); fractions such as 0.5 "
        "are allowed. Or use more: --ray-num-cpus N, --ray-address ADDRESS."
    )
