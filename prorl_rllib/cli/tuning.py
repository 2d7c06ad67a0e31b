"""Run an experiment's trials with Ray Tune."""

import dataclasses
from typing import Any

from ray import tune

from prorl_rllib.cli.errors import FAILURE, CommandError, root_cause
from prorl_rllib.cli.experiment_file import Experiment
from prorl_rllib.cli.interrupt import InterruptCallback, InterruptibleStopper, criteria_met, interrupts_go_to
from prorl_rllib.cli.options import TrainOptions
from prorl_rllib.cli.progress import ProgressCallback


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What the trials came to.

    Attributes:
        results: the trials' last results, checkpoints and errors.
        stop: the stop criteria that held.
        interrupted: whether Ctrl-C was pressed.
    """

    results: tune.ResultGrid
    stop: dict[str, Any]
    interrupted: bool

    def cut_short(self, result: tune.Result) -> bool:
        """Whether the trial of `result` was ended by Ctrl-C and not by its stop criteria."""
        return self.interrupted and not criteria_met(self.stop, result.metrics or {})


def _tune_config(experiment: Experiment, num_samples: int | None) -> tune.TuneConfig:
    """Return the file's `tune_config`, or Tune's own, with the number of samples asked for."""
    tune_config = experiment.tune_config or tune.TuneConfig()
    return dataclasses.replace(tune_config, num_samples=num_samples) if num_samples else tune_config


def _run_config(
    options: TrainOptions, storage_path: str, name: str, stopper: InterruptibleStopper, callbacks: list[tune.Callback]
) -> tune.RunConfig:
    """Collect where the results go, when a trial stops, and what is saved."""
    return tune.RunConfig(
        name=name,
        storage_path=storage_path,
        stop=stopper,
        verbose=0,
        callbacks=callbacks,
        checkpoint_config=tune.CheckpointConfig(
            num_to_keep=options.keep_checkpoints_num,
            checkpoint_frequency=options.checkpoint_freq,
            checkpoint_at_end=options.checkpoint_at_end,
        ),
    )


def run_trials(experiment: Experiment, options: TrainOptions, storage_path: str, name: str) -> Outcome:
    """Train until the stop criteria are met or Ctrl-C is pressed, printing the progress.

    Args:
        experiment: what to train.
        options: checkpoints and samples; `options.stop` goes before the file's.
        storage_path: absolute folder or URI.
        name: name of the experiment's folder in it.

    Returns:
        What the trials came to, those that failed included.

    Raises:
        CommandError: with code 1 if Tune itself fails.
    """
    stop = options.stop or experiment.stop
    progress, stopper = ProgressCallback(stop), InterruptibleStopper(stop)
    callbacks = [progress, InterruptCallback(stopper, options.checkpoint_at_end)]
    try:
        tuner = tune.Tuner(
            experiment.config.algo_class,
            param_space=experiment.config,
            tune_config=_tune_config(experiment, options.num_samples),
            run_config=_run_config(options, storage_path, name, stopper, callbacks),
        )
        with interrupts_go_to(stopper):
            results = tuner.fit()
    except Exception as error:
        raise CommandError(f"Ray Tune could not run the trials. {root_cause(error)}", FAILURE) from error
    finally:
        progress.close()
    return Outcome(results, stop, stopper.signals > 0)
