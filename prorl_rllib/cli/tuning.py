"""Run an experiment's trials with Ray Tune."""

import dataclasses

from ray import tune

from prorl_rllib.cli.experiment_file import Experiment
from prorl_rllib.cli.options import TrainOptions
from prorl_rllib.cli.progress import ProgressCallback


def _tune_config(experiment: Experiment, num_samples: int | None) -> tune.TuneConfig:
    """Return the file's `tune_config`, or Tune's own, with the number of samples asked for."""
    tune_config = experiment.tune_config or tune.TuneConfig()
    return dataclasses.replace(tune_config, num_samples=num_samples) if num_samples else tune_config


def run_trials(experiment: Experiment, options: TrainOptions, storage_path: str, name: str) -> tune.ResultGrid:
    """Train until the stop criteria are met, printing the progress.

    Args:
        experiment: what to train.
        options: checkpoints and samples; `options.stop` goes before the file's.
        storage_path: absolute folder or URI.
        name: name of the experiment's folder in it.

    Returns:
        The trials' last results, checkpoints and errors.
    """
    stop = options.stop or experiment.stop
    progress = ProgressCallback(stop)
    run_config = tune.RunConfig(
        name=name,
        storage_path=storage_path,
        stop=stop or None,
        verbose=0,
        callbacks=[progress],
        checkpoint_config=tune.CheckpointConfig(
            num_to_keep=options.keep_checkpoints_num,
            checkpoint_frequency=options.checkpoint_freq,
            checkpoint_at_end=options.checkpoint_at_end,
        ),
    )
    tuner = tune.Tuner(
        experiment.config.algo_class,
        param_space=experiment.config,
        tune_config=_tune_config(experiment, options.num_samples),
        run_config=run_config,
    )
    try:
        return tuner.fit()
    finally:
        progress.close()
