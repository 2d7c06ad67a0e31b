"""Sokoban, step by step."""

from collections.abc import Sequence
from typing import Any, ClassVar

from prorl_rllib.envs.logic.games.game import Game, IllegalMove

MOVES_PER_SOLUTION_MOVE = 4
STEPS = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}
WALL, GOALS, BOXES, PLAYERS = "+", "X$%", "@$", "*%"
SIGNS = {(False, False, False): "-", (True, False, False): "X", (False, True, False): "@", (True, True, False): "$"} | {
    (False, False, True): "*",
    (True, False, True): "%",
}
"""(a goal, a box, the player) -> the sign of a place."""

Place = tuple[int, int]
State = tuple[Place, frozenset[Place]]
"""Where the player and the boxes are."""


class Sokoban(Game):
    """A state is `State`."""

    move_format: ClassVar[str] = "one of the letters U, D, L and R"

    def __init__(self, entry: dict[str, Any]) -> None:
        """Read the puzzle from an entry of sokoban."""
        rows = entry["metadata"]["gamestr"].replace(" ", "").strip().split("\n")
        self.signs = {(r, c): sign for r, row in enumerate(rows) for c, sign in enumerate(row)}
        self.height, self.width = len(rows), len(rows[0])
        self.goals = frozenset(place for place, sign in self.signs.items() if sign in GOALS)
        self.max_moves = MOVES_PER_SOLUTION_MOVE * len(entry["answer"])

    def start(self) -> State:
        """Return the board as it was drawn."""
        player = next(place for place, sign in self.signs.items() if sign in PLAYERS)
        return player, frozenset(place for place, sign in self.signs.items() if sign in BOXES)

    def play(self, state: State, move: str) -> tuple[State, str]:
        """Take a step, and push the box that stands there."""
        step = STEPS.get(move.strip().upper())
        if step is None:
            raise IllegalMove(f"a move is {self.move_format}")
        player, boxes = state
        target, behind = moved(player, step), moved(moved(player, step), step)
        if self._is_wall(target) or (target in boxes and (self._is_wall(behind) or behind in boxes)):
            raise IllegalMove("the way is blocked")
        pushed = boxes - {target} | {behind} if target in boxes else boxes
        return (target, pushed), move.strip().upper()

    def _is_wall(self, place: Place) -> bool:
        """Tell whether nothing can be at a place."""
        return self.signs.get(place, WALL) == WALL

    def is_solved(self, state: State) -> bool:
        """Tell whether every box is on a goal."""
        return state[1] <= self.goals

    def show(self, state: State) -> str:
        """Return the board in the signs of the puzzle."""
        return "\n".join(" ".join(self._sign((r, c), state) for c in range(self.width)) for r in range(self.height))

    def _sign(self, place: Place, state: State) -> str:
        """Return the sign of a place."""
        if self._is_wall(place):
            return WALL
        return SIGNS[place in self.goals, place in state[1], place == state[0]]

    def answer(self, moves: Sequence[str]) -> str:
        """Return the letters in a row."""
        return "".join(moves)


def moved(place: Place, step: Place) -> Place:
    """Return the place one step away."""
    return place[0] + step[0], place[1] + step[1]
