"""Jugs of water to be filled, emptied and poured into each other, move by move."""

import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar

from prorl_rllib.envs.logic.games.game import Game, IllegalMove

MOVES_PER_OPTIMAL_MOVE = 3
_MOVE = re.compile(r"(?:(fill|empty) ([A-Z])|(pour) ([A-Z]) ?-> ?([A-Z]))", re.ASCII)

Litres = tuple[int, ...]
"""The water in each jug."""


class Jugs(Game):
    """A state is `Litres`."""

    move_format: ClassVar[str] = "fill X, empty X or pour X->Y"

    def __init__(self, entry: dict[str, Any]) -> None:
        """Read the puzzle from an entry of jugs."""
        puzzle = entry["metadata"]["puzzle"]
        self.capacities, self.target = puzzle["jug_capacities"], puzzle["target"]
        self.max_moves = MOVES_PER_OPTIMAL_MOVE * puzzle["min_moves"]

    def start(self) -> Litres:
        """Return empty jugs."""
        return (0,) * len(self.capacities)

    def play(self, state: Litres, move: str) -> tuple[Litres, str]:
        """Fill a jug, empty it, or pour it into another until one is empty or the other full."""
        match = _MOVE.fullmatch(" ".join(move.split()))
        if match is None:
            raise IllegalMove(f"a move is written {self.move_format}")
        litres = list(state)
        if match[3]:
            source, target = self._jug(match[4]), self._jug(match[5])
            if source == target:
                raise IllegalMove("a jug cannot be poured into itself")
            poured = min(litres[source], self.capacities[target] - litres[target])
            litres[source] -= poured
            litres[target] += poured
            return tuple(litres), f"pour {match[4]}->{match[5]}"
        jug = self._jug(match[2])
        litres[jug] = self.capacities[jug] if match[1] == "fill" else 0
        return tuple(litres), f"{match[1]} {match[2]}"

    def _jug(self, letter: str) -> int:
        """Return the place of a jug."""
        place = ord(letter) - ord("A")
        if place >= len(self.capacities):
            raise IllegalMove(f"there is no jug {letter}")
        return place

    def is_solved(self, state: Litres) -> bool:
        """Tell whether a jug holds the target."""
        return self.target in state

    def show(self, state: Litres) -> str:
        """Return the water in each jug."""
        jugs = zip(state, self.capacities, strict=True)
        return ", ".join(f"{chr(ord('A') + i)}: {litres} of {most} litres" for i, (litres, most) in enumerate(jugs))

    def answer(self, moves: Sequence[str]) -> str:
        """Return the moves as a JSON list."""
        return json.dumps(list(moves))
