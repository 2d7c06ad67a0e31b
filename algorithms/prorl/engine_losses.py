"""Counts engines that were lost without anything being sampled between: a broken engine must not loop for ever."""

import logging
from collections.abc import Iterable

from prorl_rllib.engines.errors import EngineDeadError

logger = logging.getLogger(__name__)

MOST_IN_A_ROW = 3
"""Losses in a row, without a finished prompt between, that a run survives. Ours: a machine that goes down and a second
fault while its work is done again are bad luck, more are a cause."""


class EngineLosses:
    """Remembers losses since a prompt was finished last; those noted at once count as one.

    Attributes:
        in_a_row: How many there are.
        total: All losses of the run.
    """

    def __init__(self) -> None:
        self.in_a_row = self.total = 0

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

    def finished(self) -> None:
        """Note that a prompt was finished."""
        self.in_a_row = 0
