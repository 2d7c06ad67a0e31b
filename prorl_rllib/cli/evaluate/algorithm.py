"""Evaluate a checkpoint of any other algorithm: restore it and run the evaluation its config defines."""

from collections.abc import Mapping
from typing import Any

from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.cli.cluster import ClusterOptions, ray_cluster
from prorl_rllib.cli.console import say
from prorl_rllib.cli.errors import FAILURE, CommandError, describe
from prorl_rllib.cli.evaluate.checkpoint import SavedAlgorithm
from prorl_rllib.cli.evaluate.env import env_creator, env_name
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.cli.metrics import number
from prorl_rllib.cli.training.progress_table import figure


def evaluate_algorithm(
    saved: SavedAlgorithm, options: EvaluateOptions, cluster: ClusterOptions, hint: str, verbosity: int
) -> None:
    """Restore an algorithm, evaluate it and print its mean return.

    Args:
        saved: the checkpoint.
        options: of the command line.
        cluster: which Ray is used.
        hint: follows the reason when the algorithm cannot be restored.
        verbosity: number of `-v`.

    Raises:
        CommandError: with code 2 if an option does not go with it, with code 1 if it cannot be restored or evaluated.
    """
    if given := options.of_language_models:
        raise CommandError(
            f"{saved.folder} is a checkpoint of {saved.algorithm_class.__name__}, and {', '.join(given)} is for "
            "language models: leave it out. Here --episodes, --env and --env-config are taken."
        )
    config = _changed_config(saved.config, options)
    with ray_cluster(cluster, verbosity):
        say(f"Restoring algorithm from {saved.folder}")
        results = _evaluate(saved, config, hint)
    mean, episodes = number(results, "env_runners/episode_return_mean"), number(results, "env_runners/num_episodes")
    say(f"Mean return: {figure(mean, '.2f')} over {figure(episodes, '.0f')} episodes")


def _changed_config(config: AlgorithmConfig, options: EvaluateOptions) -> AlgorithmConfig | None:
    """Return the config with what the options change; None if they change nothing."""
    if options.env is None and options.env_config is None and options.episodes is None:
        return None
    changed = config.copy(copy_frozen=False)
    if options.episodes is not None:
        changed.evaluation(evaluation_duration=options.episodes, evaluation_duration_unit="episodes")
    if options.env is not None:
        _check_spaces(config, options.env, options.env_config or {})
        changed.environment(options.env)
        changed.env_config = options.env_config or {}
    elif options.env_config is not None:
        changed.env_config = {**config.env_config, **options.env_config}
    return changed


def _check_spaces(config: AlgorithmConfig, env: str, env_config: Mapping[str, Any]) -> None:
    """Refuse an environment that the policy cannot act in."""
    spaces = []
    for name, settings in ((config.env, config.env_config), (env, env_config)):
        made = env_creator(name, config)(settings)
        spaces.append((made.observation_space, made.action_space))
        made.close()
    for kind, before, after in zip(("observations", "actions"), *spaces, strict=True):
        if before != after:
            raise CommandError(
                f"--env {env} does not go with this checkpoint: its {kind} are {after}, those of "
                f"{env_name(config.env)}, which it was trained in, are {before}."
            )


def _evaluate(saved: SavedAlgorithm, config: AlgorithmConfig | None, hint: str) -> Mapping[str, Any]:
    """Restore, evaluate, and stop what was started."""
    changed = {} if config is None else {"config": config}
    try:
        algorithm = Algorithm.from_checkpoint(str(saved.folder), **changed)
    except Exception as error:
        raise CommandError(f"{saved.folder} could not be restored. {describe(error)}{hint}", FAILURE) from error
    try:
        results: Mapping[str, Any] = algorithm.evaluate()
        return results
    except Exception as error:
        raise CommandError(
            f"The algorithm of {saved.folder} could not be evaluated. {describe(error)}", FAILURE
        ) from error
    finally:
        algorithm.stop()
