"""The tower of Hanoi, move by move."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from prorl_rllib.envs.logic.games.game import Game, IllegalMove

MOVES_PER_OPTIMAL_MOVE = 3
_MOVE = re.compile(r"move disk (\d{1,3}) from peg (\d{1,3}) to peg (\d{1,3})\.?", re.ASCII | re.IGNORECASE)

Pegs = tuple[tuple[int, ...], ...]
"""The disks on each peg, the lowest first."""


class TowerOfHanoi(Game):
    """A state is `Pegs`."""

    move_format: ClassVar[str] = "Move disk X from Peg Y to Peg Z"

    def __init__(self, entry: dict[str, Any]) -> None:
        """Read the puzzle from an entry of tower_of_hanoi."""
        metadata = entry["metadata"]
        self.num_disks, self.num_pegs = metadata["num_disks"], metadata["num_pegs"]
        self.start_peg, self.target_peg = metadata["start_peg"], metadata["target_peg"]
        self.max_moves = MOVES_PER_OPTIMAL_MOVE * metadata["solution_length"]

    def start(self) -> Pegs:
        """Return all disks on the start peg."""
        tower = tuple(range(self.num_disks, 0, -1))
        return tuple(tower if peg == self.start_peg else () for peg in range(1, self.num_pegs + 1))

    def play(self, state: Pegs, move: str) -> tuple[Pegs, str]:
        """Move the uppermost disk of a peg onto an empty peg or a larger disk."""
        match = _MOVE.fullmatch(" ".join(move.split()))
        if match is None:
            raise IllegalMove(f"a move is written '{self.move_format}'")
        disk, source, target = (int(number) for number in match.groups())
        if not (1 <= source <= self.num_pegs and 1 <= target <= self.num_pegs):
            raise IllegalMove(f"the pegs are 1 to {self.num_pegs}")
        if not state[source - 1] or state[source - 1][-1] != disk:
            raise IllegalMove(f"disk {disk} is not the uppermost of Peg {source}")
        if source == target or (state[target - 1] and state[target - 1][-1] < disk):
            raise IllegalMove(f"disk {disk} cannot go onto Peg {target}")
        pegs = [list(peg) for peg in state]
        pegs[target - 1].append(pegs[source - 1].pop())
        return tuple(map(tuple, pegs)), f"Move disk {disk} from Peg {source} to Peg {target}"

    def is_solved(self, state: Pegs) -> bool:
        """Tell whether all disks are on the target peg."""
        return len(state[self.target_peg - 1]) == self.num_disks

    def show(self, state: Pegs) -> str:
        """Return a line a peg, the lowest disk first."""
        lines = [f"Peg {peg}: {' '.join(map(str, disks)) or 'empty'}" for peg, disks in enumerate(state, 1)]
        return "Disks on each peg, the lowest first:\n" + "\n".join(lines)

    def answer(self, moves: Sequence[str]) -> str:
        """Return a line a move."""
        return "\n".join(moves)
