"""Look at an environment before a trial is started for it: that its id exists, and that it takes its config."""

from typing import Any

import gymnasium as gym
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.cli.env_ids import check_known, is_own


def check_environment(config: AlgorithmConfig) -> None:
    """Find a config's environment; make the project's own ones once, as their settings are checked there.

    Args:
        config: a validated configuration of one trial.

    Raises:
        CommandError: if the id is unknown.
        EnvConfigError: if an environment of this project does not take its `env_config`.
        Exception: what else an environment of this project raises when it is made.
    """
    check_known(config.env)
    if not is_own(config.env):
        return
    made: list[dict[str, Any]] = []
    evaluation = (config.evaluation_config or {}) if config.evaluation_interval else {}
    for settings in (config.env_config, {**config.env_config, **evaluation.get("env_config", {})}):
        if settings not in made:
            made.append(settings)
            gym.make(config.env, **settings).close()
