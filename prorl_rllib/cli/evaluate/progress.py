"""Show an evaluation of a language model: how far it is, and the figures in the end."""

import math
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TextColumn

from prorl_rllib.cli.console import console, say
from prorl_rllib.cli.tables import show_table
from prorl_rllib.cli.training.progress_table import duration, figure
from prorl_rllib.evaluation.bootstrap import Interval
from prorl_rllib.evaluation.sample_figures import ALL, FigureIntervals, SampleFigures

LINE_EVERY_S, LINE_EVERY_SHARE, LINE_AT_LEAST_EVERY_S = 5.0, 0.05, 60.0
"""Where there is no terminal a line comes with each twentieth of the prompts, but not within seconds of the last one,
and at least once a minute."""


class SamplingProgress:
    """A bar on a terminal, else a line now and then.

    Args:
        total: prompts of the evaluation.
        before: prompts of them that an earlier call has sampled.
    """

    def __init__(self, total: int, before: int = 0) -> None:
        self._total, self._before = total, before
        self._start = self._line_at = time.monotonic()
        self._line_for = before
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        """Show the bar, on a terminal."""
        if console().is_terminal:
            columns = (TextColumn("sampling"), BarColumn(), TextColumn("{task.description}"))
            self._bar = Progress(*columns, console=console(), transient=True)
            self._bar.add_task(f"{self._before}/{self._total} prompts", total=self._total, completed=self._before)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def show(self, done: int, figures: Mapping[str, SampleFigures]) -> None:
        """Show how far it is.

        Args:
            done: prompts that are finished, those of before included.
            figures: of what was sampled so far.
        """
        now = time.monotonic()
        seconds = now - self._start
        left = duration(seconds / (done - self._before) * (self._total - done))
        solved = figure(figures[ALL].pass_at.get(1)) if ALL in figures else "-"
        text = f"{done}/{self._total} prompts, pass@1 so far {solved}, {duration(seconds)}, {left} left"
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, description=text)
        elif done == self._total or self._is_due(now, done):
            self._line_at, self._line_for = now, done
            say(f"  {text}")

    def _is_due(self, now: float, done: int) -> bool:
        """Whether a line is due, see `LINE_EVERY_S`."""
        waited, share = now - self._line_at, (done - self._line_for) / self._total
        return waited >= LINE_AT_LEAST_EVERY_S or (waited >= LINE_EVERY_S and share >= LINE_EVERY_SHARE)


def show_figures(
    figures: Mapping[str, SampleFigures], intervals: Mapping[str, FigureIntervals], ks: Sequence[int]
) -> None:
    """Print the table of an evaluation, and that of its intervals.

    Args:
        figures: by domain.
        intervals: of the figures.
        ks: the k of pass@k, ascending; each prompt has as many samples as the last says.
    """
    n = ks[-1]
    # Of one sample a prompt there is no majority; and mean@n is pass@1, which has a column where it was asked for.
    mean, majority = n > 1 and 1 not in ks, n > 1
    names = [f"pass@{k}" for k in ks] + [f"mean@{n}"] * mean + [f"maj@{n}"] * majority
    columns = ["domain", "tasks", *names, "reward", "tokens", "truncated"]
    rows = [
        [
            name,
            str(found.num_tasks),
            *(figure(found.pass_at.get(k)) for k in ks),
            *[figure(found.mean_at_n)] * mean,
            *[figure(found.majority_at_n)] * majority,
            figure(found.reward_mean),
            figure(found.tokens_mean, ".1f"),
            f"{found.truncated_share:.1%}",
        ]
        for name, found in figures.items()
    ]
    show_table("Held-out evaluation", columns, rows)
    say("95 % intervals over tasks:")
    bounds = [
        [
            name,
            *(_bounds(found.pass_at.get(k)) for k in ks),
            *[_bounds(found.mean_at_n)] * mean,
            *[_bounds(found.majority_at_n)] * majority,
        ]
        for name, found in intervals.items()
    ]
    show_table("", ["domain", *names], bounds)


def _bounds(interval: Interval | None) -> str:
    """Write the bounds of an interval, `-` where there is none.

    One without width, of tasks whose values nothing bounds, would read as certainty.
    """
    if interval is None or math.isnan(interval.low) or interval.low == interval.high:
        return "-"
    return f"{interval.low:.3f}-{interval.high:.3f}"


def say_left_out(figures: SampleFigures, too_long: int, max_completion_length: int) -> None:
    """Say what is in no figure, and why.

    Args:
        figures: over all domains.
        too_long: prompts that did not fit the model's context.
        max_completion_length: in tokens.
    """
    if figures.num_failed:
        say(f"{figures.num_failed} samples are in no figure: their verification failed (status error).", "red")
    for k, count in figures.num_left_out.items():
        if count:
            say(f"{count} tasks are not in pass@{k}: fewer than {k} of their samples were verified.", "red")
    if too_long:
        say(
            f"{too_long} prompts are in no figure: with {max_completion_length} tokens for the answer they do not fit "
            "the model's context (--max-completion-length).",
            "red",
        )
