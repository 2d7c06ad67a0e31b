"""The warm start as a phase of its own: the base model is taught before the trials, which then find it in the cache."""

import time
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn

from prorl_rllib.cli.console import console, say
from prorl_rllib.cli.errors import FAILURE, CommandError, root_cause
from prorl_rllib.cli.training.progress_table import duration

SECONDS_BETWEEN_LINES = 15.0


def _describe(done: int, total: int, loss: float, seconds: float) -> str:
    """Write how far the warm start is."""
    left = duration(seconds / done * (total - done)) if done else "-"
    return f"warm start {done}/{total}: loss {loss:.3f}, {duration(seconds)} passed, {left} left"


class WarmStartProgress:
    """Shows how far the warm start is: a bar on a terminal, otherwise a line every 15 seconds."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._last_line = time.monotonic()

    def __call__(self, done: int, total: int, loss: float, seconds: float) -> None:
        """Show an update.

        Args:
            done: optimizer steps taken.
            total: optimizer steps in all.
            loss: mean cross-entropy of the newest steps, in nats per token.
            seconds: since the warm start began.
        """
        text = _describe(done, total, loss, seconds)
        if console().is_terminal:
            if self._bar is None:
                self._bar = Progress(TextColumn("{task.description}"), BarColumn(), console=console(), transient=True)
                self._bar.add_task("", total=total)
                self._bar.start()
            self._bar.update(self._bar.task_ids[0], completed=done, description=text)
        elif time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            say(text)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def run_warm_start(config: Any) -> float:
    """Make the base model that `config.warm_start` describes, unless it is in the cache.

    Args:
        config: an algorithm's configuration; those without a `warm_start` need nothing.

    Returns:
        Seconds that the warm start took; 0.0 when there was nothing to do.

    Raises:
        CommandError: with code 1 if the base model could not be made.
    """
    warm_start = getattr(config, "warm_start", None)
    if warm_start is None:
        return 0.0
    from prorl_rllib.algorithms.warm_start import ensure_warm_start

    say("Warm start: a small base model, taught by supervised learning in the first run and cached for later ones.")
    progress = WarmStartProgress()
    try:
        result = ensure_warm_start(warm_start, on_progress=progress)
    except (OSError, RuntimeError, ValueError) as error:
        raise CommandError(f"The warm start failed. {root_cause(error)}", FAILURE) from error
    finally:
        progress.close()
    how = "found in the cache" if result.cached else f"made in {duration(result.seconds)}"
    say(f"Base model {how}: {result.path}")
    return 0.0 if result.cached else float(result.seconds)
