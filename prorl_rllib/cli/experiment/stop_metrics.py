"""Stop criteria that can never be met: found before the run where that is possible, else at its first result."""

from collections.abc import Mapping
from fnmatch import fnmatch
from numbers import Real
from typing import Any

from ray.tune.utils import flatten_dict

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.envs.settings import did_you_mean

_RENAMED = {
    "episode_reward_mean": "env_runners/episode_return_mean",
    "episode_reward_max": "env_runners/episode_return_max",
    "episode_reward_min": "env_runners/episode_return_min",
    "episode_len_mean": "env_runners/episode_len_mean",
    "timesteps_total": "num_env_steps_sampled_lifetime",
    "num_env_steps_sampled": "num_env_steps_sampled_lifetime",
    "episodes_total": "env_runners/num_episodes_lifetime",
}
OF_THE_OLD_API_STACK = _RENAMED | {f"env_runners/{old}": new for old, new in _RENAMED.items() if "reward" in old}
"""Name on the old API stack -> name on the new one; some of the old ones also stood under env_runners/."""

# RLlib reports these once an episode has ended, or an update was made, which the first iteration may be without.
MAY_COME_LATER = ("env_runners/episode_*", "env_runners/*_episode_*", "env_runners/*episode_return_mean*", "learners/*")


def check_stop_metrics(stop: Mapping[str, Any], config: Any, where: str) -> None:
    """Refuse metrics that a run of `config` cannot have.

    Args:
        stop: metrics with the values at which to stop.
        config: the algorithm's configuration.
        where: what they were read from, for the message.

    Raises:
        CommandError: for a name of RLlib's old API stack, or a metric of an evaluation that is not asked for.
    """
    for metric in stop:
        if new := OF_THE_OLD_API_STACK.get(metric):
            raise CommandError(
                f"{where}: {metric!r} is a metric of RLlib's old API stack and never comes; it is called {new!r} now."
            )
        if metric.startswith("evaluation/") and not getattr(config, "evaluation_interval", None):
            raise CommandError(
                f"{where}: {metric!r} never comes, as nothing is evaluated: set evaluation_interval to a number of "
                "iterations, such as 20."
            )


def missing_metrics(stop: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, str]:
    """List the metrics that a run's first result lacks, or has no number for, and no later one will have.

    Args:
        stop: metrics with the values at which to stop.
        result: the first iteration's nested result.

    Returns:
        Metric -> a hint at the nearest one, which may be empty.
    """
    flat = flatten_dict(dict(result))
    evaluated = any(name.startswith("evaluation/") for name in flat)
    missing = [
        name
        for name in stop
        if not isinstance(flat.get(name), Real)
        and not any(fnmatch(name, pattern) for pattern in MAY_COME_LATER)
        and (evaluated or not name.startswith("evaluation/"))
    ]
    numbers = [name for name, value in flat.items() if isinstance(value, Real)]
    return {name: did_you_mean(name, numbers) for name in missing}


def cannot_end(stop: Mapping[str, Any], missing: Mapping[str, str]) -> bool:
    """Whether all stop criteria are missing metrics, so that the run would go on for ever."""
    return bool(stop) and set(missing) == set(stop)
