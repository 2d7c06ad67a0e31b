"""Run an experiment's trials with Ray Tune."""

import dataclasses
import re
import textwrap
from typing import Any

from ray import tune
from ray.tune.schedulers import PopulationBasedTraining

from prorl_rllib.algorithms.prorl.driver_state import CHECKPOINT_SCORE
from prorl_rllib.cli.errors import FAILURE, USAGE, CommandError, root_cause
from prorl_rllib.cli.experiment.experiment import Experiment
from prorl_rllib.cli.experiment.schedulers import make_scheduler
from prorl_rllib.cli.training.interrupt import InterruptCallback, InterruptibleStopper, criteria_met, interrupts_go_to
from prorl_rllib.cli.training.options import TrainOptions
from prorl_rllib.cli.training.progress import ProgressCallback
from prorl_rllib.cli.training.waiting import WaitingCallback

LONGEST_REASON = 1000
"""Characters of Tune's reason that are shown; some hold a whole result."""
_MISSING_METRIC = re.compile(r"did not include the specified metric\(s\)\s+`(.+?)`")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What the trials came to.

    Attributes:
        results: the trials' last results, checkpoints and errors.
        stop: the stop criteria that held.
        interrupted: whether Ctrl-C was pressed.
        missing_metrics: stop criteria that no result had, with hints, where that ended the run.
    """

    results: tune.ResultGrid
    stop: dict[str, Any]
    interrupted: bool
    missing_metrics: dict[str, str]

    def cut_short(self, result: tune.Result) -> bool:
        """Whether the trial of `result` was ended by Ctrl-C and not by its stop criteria."""
        return self.interrupted and not criteria_met(self.stop, result.metrics or {})


def tune_config_of(experiment: Experiment, options: TrainOptions) -> tune.TuneConfig:
    """Return the experiment's `tune_config` with what the command line says of samples and scheduler.

    Args:
        experiment: what to train.
        options: of the command line.

    Raises:
        CommandError: if there is no such scheduler, or it does not take its settings.
    """
    tune_config = experiment.tune_config or tune.TuneConfig()
    scheduler = experiment.scheduler
    if options.scheduler is not None:
        scheduler = make_scheduler(options.scheduler, options.scheduler_config, "--scheduler")
    elif options.scheduler_config:
        raise CommandError("--scheduler-config needs a scheduler: add --scheduler NAME, such as --scheduler asha.")
    changes = {"num_samples": options.num_samples or experiment.num_samples, "scheduler": scheduler}
    return dataclasses.replace(tune_config, **{name: value for name, value in changes.items() if value is not None})


def checkpoint_config_of(experiment: Experiment, options: TrainOptions) -> tune.CheckpointConfig:
    """Return what is saved and kept: the command line goes before the experiment, and that before the config.

    Args:
        experiment: what to train.
        options: of the command line.

    Raises:
        CommandError: if a number is out of range.
    """
    config = experiment.config
    keep = getattr(config, "checkpoints_to_keep", None)
    # Tune keeps the newest besides the best.
    by_score = keep and getattr(config, "keep_best_checkpoint", False) and config.evaluation_interval
    own = {"num_to_keep": keep, "checkpoint_score_attribute": CHECKPOINT_SCORE if by_score else None}
    given = {"checkpoint_at_end": True} | own | experiment.checkpoint | options.checkpoint
    try:
        return tune.CheckpointConfig(**given)
    except ValueError as error:
        raise CommandError(f"Checkpoints cannot be kept like that: {error}") from error


def check_scheduler_needs(tune_config: tune.TuneConfig, checkpoints: tune.CheckpointConfig) -> None:
    """Refuse population based training that would delete what it is about to copy.

    Args:
        tune_config: with the scheduler.
        checkpoints: what is kept.

    Raises:
        CommandError: if trials are to be copied and too few checkpoints are kept.
    """
    keep = checkpoints.num_to_keep
    if isinstance(tune_config.scheduler, PopulationBasedTraining) and keep and keep <= 2:
        raise CommandError(
            f"Population based training copies trials from their checkpoints, and keeping {keep} of each deletes those "
            "that it is about to read: keep at least 3, with --keep-checkpoints-num."
        )


def _tuner(
    experiment: Experiment, options: TrainOptions, tune_config: tune.TuneConfig, run_config: tune.RunConfig
) -> tune.Tuner:
    """Make a tuner for a new experiment, or for one that was cut off."""
    config = experiment.config
    restore = options.restore or experiment.restore
    if not options.resume:
        return tune.Tuner(
            config.algo_class,
            param_space=config,
            tune_config=tune_config,
            run_config=run_config,
            # The one way that is left to what `tune.run(restore=...)` does.
            _tuner_kwargs={"restore": restore} if restore else None,
        )
    path = f"{run_config.storage_path}/{run_config.name}"
    tuner = tune.Tuner.restore(path, config.algo_class, resume_errored=True, param_space=config)
    # Tune brings back pickled copies; Ctrl-C and the progress belong to the objects of this process.
    restored = tuner._local_tuner.get_run_config()
    restored.stop, restored.callbacks = run_config.stop, run_config.callbacks
    restored.checkpoint_config = run_config.checkpoint_config
    return tuner


def _callbacks(options: TrainOptions, own: list[tune.Callback]) -> list[tune.Callback]:
    """Add the callback for Weights & Biases where it is asked for."""
    if not options.wandb:
        return own
    from ray.air.integrations.wandb import WandbLoggerCallback

    return [*own, WandbLoggerCallback(**options.wandb)]


def _tune_failed(error: Exception, any_trial_started: bool) -> CommandError:
    """Say why Tune gave up: with code 2 for what the user asked for, with code 1 for what broke later."""
    cause = root_cause(error)
    if missing := _MISSING_METRIC.search(cause):
        return CommandError(
            f"The first result has no metric {missing[1]!r}, by which the scheduler or the search compares trials. "
            "Correct `metric` in tune_config or --scheduler-config; docs/metrics.md lists ProRL's metrics."
        )
    reason = textwrap.shorten(cause, LONGEST_REASON, placeholder=" ...")
    return CommandError(f"Ray Tune could not run the trials. {reason}", FAILURE if any_trial_started else USAGE)


def run_trials(experiment: Experiment, options: TrainOptions, storage_path: str, name: str) -> Outcome:
    """Train until the stop criteria are met or Ctrl-C is pressed, printing the progress.

    Args:
        experiment: what to train.
        options: of the command line; what they say goes before the experiment.
        storage_path: absolute folder or URI.
        name: name of the experiment's folder in it.

    Returns:
        What the trials came to, those that failed included.

    Raises:
        CommandError: with code 2 if Tune refuses the set-up, with code 1 if it fails later.
    """
    stop = options.stop or experiment.stop
    checkpoints, tune_config = checkpoint_config_of(experiment, options), tune_config_of(experiment, options)
    progress, stopper = ProgressCallback(stop), InterruptibleStopper(stop)
    interrupts = InterruptCallback(stopper, bool(checkpoints.checkpoint_at_end))
    own_callbacks: list[tune.Callback] = [progress, interrupts, WaitingCallback()]
    run_config = tune.RunConfig(
        name=name,
        storage_path=storage_path,
        stop=stopper,
        verbose=0,
        callbacks=_callbacks(options, own_callbacks),
        checkpoint_config=checkpoints,
    )
    try:
        tuner = _tuner(experiment, options, tune_config, run_config)
        with interrupts_go_to(stopper):
            results = tuner.fit()
    except Exception as error:
        raise _tune_failed(error, progress.any_trial_started) from error
    finally:
        progress.close()
    if options.resume and not progress.any_trial_started and not stopper.signals:
        raise CommandError(
            f"There is nothing to resume: all {len(results)} trials of {storage_path}/{name} had ended. Begin a new "
            "run from one of their checkpoints with --restore CHECKPOINT."
        )
    return Outcome(results, stop, stopper.signals > 0, stopper.missing)
