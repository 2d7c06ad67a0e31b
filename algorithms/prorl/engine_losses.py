"""Counts engines that were lost without anything being sampled between: a broken engine must not loop for ever."""

import logging
from collections.abc import Iterable

from prorl_rllib.engines.errors import EngineDeadError

logger = logging.getLogger(__name__)

MOST_IN_A_ROW = 3
"""Losses in a row, without a finished prompt between, that a run survives. Ours: a machine that goes down and a second
fault while its work is done again are bad luck, more are a cause."""
_LONGEST_REASON = 160


class EngineLosses:
    """Remembers losses since a prompt was finished last; those noted at once count as one.

    Attributes:
        in_a_row: How many there are.
        total: All losses of the run.
    """

    def __init__(self) -> None:
        self.in_a_row = self.total = 0
        self._events: list[str] = []

    def note(self, reasons: Iterable[str]) -> None:
        """Note what was lost in one round of calls.

        Args:
            reasons: Why, one entry an engine; none if all answered.

        Raises:
            EngineDeadError: if there have been more than `MOST_IN_A_ROW` in a row, with the last reason.
        """
        reasons = list(reasons)
        if not reasons:
            return
        self.in_a_row += 1
        self.total += len(reasons)
        if self.in_a_row > MOST_IN_A_ROW:
            raise EngineDeadError(
                f"engines were lost {self.in_a_row} times in a row and no prompt was finished between; the last time: "
                f"{reasons[-1]}"
            )
        for reason in reasons:
            logger.warning("an engine was lost; it is started again and its prompts are sampled anew. %s", reason)
            self._events.append(f"an engine was lost, its prompts are sampled anew. {_first_line(reason)}")

    def note_return(self, runners: Iterable[int]) -> None:
        """Note that lost env runners work again.

        Args:
            runners: Their ids.
        """
        self._events += [f"env runner {number} is back, with the present weights" for number in runners]

    def take_events(self) -> list[str]:
        """Return what was noted since the last call, a line each."""
        events, self._events = self._events, []
        return events

    def finished(self) -> None:
        """Note that a prompt was finished."""
        self.in_a_row = 0


def _first_line(reason: str) -> str:
    """Shorten a reason that came from another process: Ray's go on for a page."""
    line = reason.strip().partition("\n")[0]
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}..."
