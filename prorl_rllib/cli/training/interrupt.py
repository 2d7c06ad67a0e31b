"""Ctrl-C during a run: the iteration is finished and saved; a second one stops at once."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from types import FrameType
from typing import Any

from ray import tune
from ray.tune.utils import flatten_dict

from prorl_rllib.cli.console import say
from prorl_rllib.cli.experiment.stop_metrics import cannot_end, missing_metrics

TUNES_OWN_HANDLER = "TUNE_DISABLE_SIGINT_HANDLER"


def criteria_met(stop: Mapping[str, Any], result: Mapping[str, Any]) -> bool:
    """Whether a result meets one of the stop criteria.

    Args:
        stop: metrics ("a/b" for nested ones) with the value at which to stop.
        result: an iteration's nested result.

    Returns:
        True if one of the metrics is present and has reached its value.
    """
    flat = flatten_dict(dict(result))
    return any(isinstance(flat.get(metric), Real) and flat[metric] >= value for metric, value in stop.items())


class InterruptibleStopper(tune.Stopper):
    """Stops a trial at the stop criteria, or at its next result once Ctrl-C was pressed.

    Tune's own handler ends a run in the middle of an iteration and saves no checkpoint; a trial that is stopped at a
    result is saved as at its regular end. A run whose criteria can never be met ends at its first result.

    Args:
        stop: the run's stop criteria.

    Attributes:
        missing: stop criteria that are no metrics of the run, with hints; empty unless that ended it.
    """

    def __init__(self, stop: Mapping[str, Any]) -> None:
        self.stop = dict(stop)
        self.signals = 0
        self.at_once = False
        self.missing: dict[str, str] = {}

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Whether the trial ends with this result."""
        missing = missing_metrics(self.stop, result)
        if cannot_end(self.stop, missing):
            self.missing, self.at_once = missing, True
        return self.signals > 0 or criteria_met(self.stop, result)

    def stop_all(self) -> bool:
        """Whether all trials end now, in the middle of their iterations."""
        return self.at_once

    def on_signal(self, signum: int, frame: FrameType | None) -> None:
        """Handle a SIGINT or SIGTERM.

        Args:
            signum: the signal's number.
            frame: where it arrived.

        Raises:
            KeyboardInterrupt: at the third, so that a run that does not even stop at once can be left.
        """
        self.signals += 1
        self.at_once = self.at_once or self.signals == 2
        if self.signals > 2:
            raise KeyboardInterrupt


class InterruptCallback(tune.Callback):
    """Says what Ctrl-C does, and stops at once where waiting would save nothing.

    Args:
        stopper: the run's stopper.
        saves_at_end: whether trials are saved when they end.
    """

    def __init__(self, stopper: InterruptibleStopper, saves_at_end: bool) -> None:
        self._stopper = stopper
        self._saves_at_end = saves_at_end
        self._announced = False

    def on_step_end(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Look whether Ctrl-C was pressed; Tune calls this several times a second."""
        stopper = self._stopper
        if not stopper.signals or stopper.at_once:
            return
        # A trial without a result has learned nothing yet; one that is pending must not start any more.
        if not (self._saves_at_end and any(trial.status == "RUNNING" and trial.last_result for trial in trials)):
            stopper.at_once = True
        elif not self._announced:
            self._announced = True
            waiting = sum(trial.status == "PENDING" for trial in trials)
            given_up = f" {waiting} trials that had not begun are given up." if waiting else ""
            say(
                "Interrupted: finishing this iteration, then saving a checkpoint. Press Ctrl-C again to stop at once."
                f"{given_up}",
                "yellow",
            )


@contextmanager
def interrupts_go_to(stopper: InterruptibleStopper) -> Iterator[None]:
    """Let `stopper` handle SIGINT, and SIGTERM likewise, for the length of a `with` block, in place of Tune and Ray.

    Args:
        stopper: the run's stopper. Outside the main thread signals cannot be handled and nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = os.environ.get(TUNES_OWN_HANDLER)
    os.environ[TUNES_OWN_HANDLER] = "1"
    handlers = {number: signal.signal(number, stopper.on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if before is None:
            del os.environ[TUNES_OWN_HANDLER]
        else:
            os.environ[TUNES_OWN_HANDLER] = before
