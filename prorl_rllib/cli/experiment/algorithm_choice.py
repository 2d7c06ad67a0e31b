"""Find an algorithm by its name, and make an experiment of what the command line says about it."""

from collections.abc import Mapping
from typing import Any

from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.rllib.algorithms.registry import ALGORITHMS
from ray.tune.registry import TRAINABLE_CLASS, _global_registry

from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.cli.experiment.config_settings import apply_settings
from prorl_rllib.cli.experiment.experiment import Experiment, folder_name
from prorl_rllib.envs.settings import did_you_mean


def default_config(name: str, where: str) -> AlgorithmConfig:
    """Return the default configuration of an algorithm.

    Args:
        name: one of RLlib's algorithms, "ProRL", "WarmStart", or a name registered with `tune.register_trainable`.
        where: what the name was read from, for the message.

    Raises:
        CommandError: if there is no such algorithm, with the nearest name.
    """
    from prorl_rllib.algorithms import ProRL
    from prorl_rllib.algorithms.warm_start import WarmStart

    own: dict[str, Any] = {"ProRL": ProRL, "WarmStart": WarmStart}
    if name in own:
        return own[name].get_default_config()
    if name in ALGORITHMS:
        return ALGORITHMS[name]()[1]
    if not _global_registry.contains(TRAINABLE_CLASS, name):
        known = sorted([*own, *ALGORITHMS])
        raise CommandError(
            f"{where}: there is no algorithm {name!r}{did_you_mean(name, known)}. Algorithms: {', '.join(known)}."
        )
    algorithm: Any = _global_registry.get(TRAINABLE_CLASS, name)
    if not _is_algorithm(algorithm):
        raise CommandError(f"{where}: {name!r} is no RLlib algorithm but {algorithm!r}.")
    return algorithm.get_default_config()


def _is_algorithm(trainable: object) -> bool:
    """Whether what is registered with Tune is a class of RLlib's algorithms."""
    return isinstance(trainable, type) and issubclass(trainable, Algorithm)


def experiment_of_algorithm(name: str, env: str | None, settings: Mapping[str, Any]) -> Experiment:
    """Make an experiment of `--algo`, `--env` and `--config`.

    Args:
        name: the algorithm.
        env: the environment, which goes before that of the settings; None for none.
        settings: keys of the config.

    Raises:
        CommandError: if the algorithm is unknown, a setting is wrong, or no environment is given.
    """
    config = apply_settings(default_config(name, "--algo"), settings, "--config")
    config = with_environment(config, env, "--env")
    require_environment(config, "Give one with --env, such as --env prorl_rllib:prorl/Math-v0 or --env CartPole-v1.")
    return Experiment(name=folder_name(name), source=f"--algo {name}", config=config)


def with_environment(config: AlgorithmConfig, env: str | None, where: str) -> AlgorithmConfig:
    """Copy a config with another environment; without one it is returned as it is.

    Args:
        config: any algorithm's configuration.
        env: id or class path of the environment, or None.
        where: what it was read from, for the message.

    Raises:
        CommandError: if RLlib refuses it.
    """
    if env is None:
        return config
    try:
        return config.copy(copy_frozen=False).environment(env)
    except (TypeError, ValueError) as error:
        raise CommandError(f"{where} {env}: {describe(error)}") from error


def require_environment(config: AlgorithmConfig, hint: str) -> None:
    """Refuse a config without an environment.

    Args:
        config: any algorithm's configuration; offline algorithms may do without.
        hint: how one is given here.

    Raises:
        CommandError: if there is none, and no offline data either.
    """
    if config.env is None and config.input_ in (None, "sampler"):
        raise CommandError(f"There is no environment. {hint}")
