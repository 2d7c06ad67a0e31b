"""What a puzzle that is played move by move must say."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar


class IllegalMove(ValueError):
    """A move that cannot be read, or that the rules forbid; the message tells the player why."""


class Game(ABC):
    """The rules of one puzzle, made from its entry. A state is immutable, and never told apart from its equals.

    Attributes:
        move_format: how a move is written, for the player.
        max_moves: legal moves after which the game ends.
    """

    move_format: ClassVar[str]
    max_moves: int

    @abstractmethod
    def start(self) -> Any:
        """Return the state at the start."""

    @abstractmethod
    def play(self, state: Any, move: str) -> tuple[Any, str]:
        """Return the state after a move, and the move as the data set wants it written.

        Raises:
            IllegalMove: when it is none, or forbidden.
        """

    @abstractmethod
    def is_solved(self, state: Any) -> bool:
        """Tell whether the puzzle is solved."""

    @abstractmethod
    def show(self, state: Any) -> str:
        """Return a state as the player sees it."""

    @abstractmethod
    def answer(self, moves: Sequence[str]) -> str:
        """Return a list of moves in the answer format of the data set."""
