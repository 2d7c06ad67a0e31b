"""Run an experiment's trials with Ray Tune."""

import dataclasses
from typing import Any

from ray import tune

from prorl_rllib.algorithms.prorl.prorl import CHECKPOINT_SCORE
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


def _tuner(experiment: Experiment, options: TrainOptions, run_config: tune.RunConfig) -> tune.Tuner:
    """Make a tuner for a new experiment, or for one that was cut off."""
    config = experiment.config
    if not options.resume:
        tune_config = _tune_config(experiment, options.num_samples)
        return tune.Tuner(config.algo_class, param_space=config, tune_config=tune_config, run_config=run_config)
    path = f"{run_config.storage_path}/{run_config.name}"
    tuner = tune.Tuner.restore(path, config.algo_class, resume_errored=True, param_space=config)
    # Tune brings back pickled copies; Ctrl-C and the progress belong to the objects of this process.
    restored = tuner._local_tuner.get_run_config()
    restored.stop, restored.callbacks = run_config.stop, run_config.callbacks
    restored.checkpoint_config = run_config.checkpoint_config
    return tuner


def _run_config(
    experiment: Experiment,
    options: TrainOptions,
    storage_path: str,
    name: str,
    stopper: InterruptibleStopper,
    callbacks: list[tune.Callback],
) -> tune.RunConfig:
    """Collect where the results go, when a trial stops, and what is saved."""
    config = experiment.config
    keep = options.keep_checkpoints_num or getattr(config, "checkpoints_to_keep", None)
    # Tune keeps the newest besides the best.
    by_score = keep and getattr(config, "keep_best_checkpoint", False) and config.evaluation_interval
    return tune.RunConfig(
        name=name,
        storage_path=storage_path,
        stop=stopper,
        verbose=0,
        callbacks=callbacks,
        checkpoint_config=tune.CheckpointConfig(
            num_to_keep=keep,
            checkpoint_score_attribute=CHECKPOINT_SCORE if by_score else None,
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
    run_config = _run_config(experiment, options, storage_path, name, stopper, callbacks)
    try:
        tuner = _tuner(experiment, options, run_config)
        with interrupts_go_to(stopper):
            results = tuner.fit()
    except Exception as error:
        raise CommandError(f"Ray Tune could not run the trials. {root_cause(error)}", FAILURE) from error
    finally:
        progress.close()
    return Outcome(results, stop, stopper.signals > 0)
