"""Say it when trials wait for resources that others on the cluster use."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import ray
from ray import tune

from prorl_rllib.cli.console import say

NOTICE_AFTER_S = 60.0
"""Seconds without a running trial after which it is said for the first time."""
_FACTOR = 2.0


class WaitingCallback(tune.Callback):
    """Says at growing intervals that no trial runs, and what the cluster has free.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self._next_s = NOTICE_AFTER_S

    def __getstate__(self) -> dict[str, Any]:
        """Return what Tune may save: nothing of the wait."""
        return dict(vars(WaitingCallback()))

    def on_step_begin(self, iteration: int, trials: Sequence[Any], **info: Any) -> None:
        """Look whether a trial runs.

        Args:
            iteration: of Tune's loop.
            trials: all trials.
            **info: what else Tune tells.
        """
        waiting = [trial for trial in trials if trial.status == "PENDING"]
        if not waiting or any(trial.status == "RUNNING" for trial in trials):
            self._since, self._next_s = None, NOTICE_AFTER_S
            return
        now = self._clock()
        self._since = now if self._since is None else self._since
        if now - self._since >= self._next_s:
            self._next_s *= _FACTOR
            say(
                f"No trial runs yet, after {now - self._since:.0f} s. One needs {_needs(waiting[0])}; where others use "
                "the rest, it starts when they give it back. Ctrl-C ends the wait.",
                "yellow",
            )


def _needs(trial: Any) -> str:
    """Say what a trial needs, and what is free: a trial that is being started has its share already."""
    needed = trial.placement_group_factory.required_resources
    total, free = ray.cluster_resources(), ray.available_resources()
    return ", ".join(
        f"{need:g} {name} ({free.get(name, 0.0):g} of {total.get(name, 0.0):g} free)"
        for name, need in needed.items()
        if need
    )
