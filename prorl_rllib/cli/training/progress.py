"""Show a run while it goes on: a Tune callback that prints one line an iteration."""

import time
from collections.abc import Mapping
from typing import Any

from ray import tune
from rich.progress import BarColumn, Progress, TextColumn

from prorl_rllib.cli.console import console, say
from prorl_rllib.cli.metrics import domains
from prorl_rllib.cli.training.progress_table import (
    Column,
    duration,
    evaluation_line,
    event_lines,
    header_line,
    lacks_signal,
    legend,
    progress_columns,
    reset_line,
    seconds_left,
    trouble_lines,
    unknown_stop_line,
    value_line,
)

HEADER_EVERY = 20
NO_SIGNAL_EVERY = 10


class ProgressCallback(tune.Callback):
    """Prints each iteration of each trial; on a terminal a bar shows how far the run is.

    Args:
        stop: the run's stop criteria, for "iteration i/N" and the time left.
    """

    def __init__(self, stop: Mapping[str, Any]) -> None:
        self.stop = dict(stop)
        self._columns: list[Column] = []
        self._domains: list[str] = []
        self._lines = 0
        self._without_signal: dict[str, int] = {}
        self._bar: Progress | None = None
        self._ended: set[str] = set()
        self._start = time.monotonic()
        self.any_trial_started = False

    def __getstate__(self) -> dict[str, Any]:
        """Return what Tune may save: no columns, no bar."""
        return dict(vars(ProgressCallback(self.stop)))

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Say what a trial is, where there are several."""
        self.any_trial_started = True
        if len(trials) > 1:
            say(f"{trial.trial_id}  starts{_prefixed(' with ', _sampled_values(trial))}", "dim")

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Say how many trials have ended, where there are several."""
        self._ended.add(trial.trial_id)
        if len(trials) > 1:
            left = (time.monotonic() - self._start) / len(self._ended) * (len(trials) - len(self._ended))
            in_words = f", about {duration(left)} left" if left else ""
            say(f"{trial.trial_id}  ended, {len(self._ended)} of {len(trials)} trials have{in_words}", "dim")

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """Print the iteration, and what happened in it (an evaluation, a reset, something left out)."""
        mark = f"{trial.trial_id}  " if len(trials) > 1 else ""
        self._choose_columns(result)
        self._say_indented(_prefixed("before training: ", evaluation_line(result, "evaluation_initial")), "green")
        if self._lines % HEADER_EVERY == 0:
            say(" " * len(mark) + header_line(self._columns), "bold")
        say(mark + value_line(self._columns, result))
        self._lines += 1
        if self._lines == 1:
            self._say_indented(unknown_stop_line(self.stop, result), "red")
        for line in trouble_lines(result):
            self._say_indented(line, "red")
        self._say_no_signal(trial.trial_id, result)
        self._say_indented(evaluation_line(result, "evaluation"), "green")
        for line in event_lines(result):
            self._say_indented(line, "yellow")
        self._say_indented(reset_line(result), "yellow")
        if len(trials) == 1:
            self._advance_bar(result)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Say which trial failed; the command prints the reason when all have ended."""
        say(f"trial {trial.trial_id} failed", "red")

    def on_experiment_end(self, trials: list[Any], **info: Any) -> None:
        """Take the bar away."""
        self.close()

    def close(self) -> None:
        """Take the bar away; to call more than once is harmless."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _choose_columns(self, result: Mapping[str, Any]) -> None:
        """Choose the columns at the first iteration, and again when a domain appears that had no prompt before."""
        names = sorted({*self._domains, *domains(result)})
        if self._columns and names == self._domains:
            return
        self._columns = progress_columns(result, self.stop, names)
        self._domains = names
        self._lines = 0
        self._say_indented(legend(names), "dim")

    def _say_no_signal(self, trial_id: str, result: Mapping[str, Any]) -> None:
        """Say that nothing was learned: at the first of such iterations in a row, and at every tenth after it."""
        if not lacks_signal(result):
            self._without_signal.pop(trial_id, None)
            return
        count = self._without_signal[trial_id] = self._without_signal.get(trial_id, 0) + 1
        if count == 1:
            self._say_indented("no group had signal, nothing was learned in this iteration", "red")
        elif count % NO_SIGNAL_EVERY == 0:
            hint = "take easier tasks, a better base model or a larger group_size"
            self._say_indented(f"no group had signal in {count} iterations in a row: {hint}", "red")

    def _say_indented(self, text: str, style: str) -> None:
        """Print `text` under the iteration it belongs to, unless it is empty."""
        if text:
            say(f"      {text}", style)

    def _advance_bar(self, result: Mapping[str, Any]) -> None:
        """Move the bar to this iteration, on a terminal and when the last one is known."""
        total = self.stop.get("training_iteration")
        if not total or not console().is_terminal:
            return
        if self._bar is None:
            columns = (
                TextColumn("training"),
                BarColumn(),
                TextColumn("{task.completed:.0f}/{task.total:.0f}, {task.description}"),
            )
            self._bar = Progress(*columns, console=console(), transient=True)
            self._bar.add_task("", total=total)
            self._bar.start()
        left = duration(seconds_left(result, self.stop))
        self._bar.update(self._bar.task_ids[0], completed=result["training_iteration"], description=f"{left} left")


def _prefixed(prefix: str, text: str) -> str:
    """Put `prefix` before `text` unless that is empty."""
    return prefix + text if text else ""


def _sampled_values(trial: Any) -> str:
    """Write what distinguishes a trial from the others, such as `lr=0.001, seed=1`."""
    return ", ".join(f"{name}={value}" for name, value in (trial.evaluated_params or {}).items())
