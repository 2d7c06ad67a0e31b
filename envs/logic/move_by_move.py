"""Puzzles played in turns: one move an answer, and the new position comes back.

Nothing is kept between turns: the position is played again from the moves of the chat.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.logic.games.game import Game, IllegalMove
from prorl_rllib.envs.logic.games.jugs import Jugs
from prorl_rllib.envs.logic.games.sokoban import Sokoban
from prorl_rllib.envs.logic.games.tower_of_hanoi import TowerOfHanoi

INSTRUCTION = (
    "Play move by move: give only your next move in <answer></answer>, written as in a full answer; "
    "you are then shown the new position."
)
MAX_ILLEGAL_MOVES = 3
"""Moves that may be illegal; one more ends the game."""
GAMES: dict[str, Callable[[dict[str, Any]], Game]] = {
    "jugs": Jugs,
    "sokoban": Sokoban,
    "tower_of_hanoi": TowerOfHanoi,
}
"""Data set -> its game, made from an entry."""


@dataclass(frozen=True)
class Play:
    """How far a game has come.

    Attributes:
        state: the position.
        moves: the legal moves, as the data set wants them written.
        illegal: number of illegal moves.
        complaint: why the last move was illegal, "" when it was legal.
        over: whether the game has ended.
    """

    state: Any
    moves: tuple[str, ...]
    illegal: int
    complaint: str
    over: bool


def game_of(name: str, entry: dict[str, Any]) -> Game:
    """Return the game of an entry.

    Raises:
        EnvConfigError: when the data set is not played in turns.
    """
    check_playable([name])
    return GAMES[name](entry)


def check_playable(names: Iterable[str]) -> None:
    """Raise when a data set is not played in turns.

    Raises:
        EnvConfigError: naming the data sets that are.
    """
    others = [name for name in names if name not in GAMES]
    if others:
        raise EnvConfigError(
            f"move_by_move = True: data set {others[0]!r} is not played in turns; set `datasets` to some of "
            f"{', '.join(GAMES)}"
        )


def replay(game: Game, answers: Sequence[str]) -> Play:
    """Play the moves of a chat, up to the end of the game."""
    state, moves, illegal, complaint = game.start(), list[str](), 0, ""
    over = False
    for answer in answers:
        if over:
            break
        try:
            state, move = game.play(state, answer)
            moves.append(move)
            complaint = ""
        except IllegalMove as reason:
            illegal, complaint = illegal + 1, str(reason)
        over = game.is_solved(state) or len(moves) >= game.max_moves or illegal > MAX_ILLEGAL_MOVES
    return Play(state, tuple(moves), illegal, complaint, over)


def respond(game: Game, answers: Sequence[str]) -> str | None:
    """Return what the player is told after the last move, None when the game is over.

    Args:
        game: the puzzle.
        answers: the text of each move so far; "" for an answer without one.
    """
    play = replay(game, answers)
    if play.over:
        return None
    left = MAX_ILLEGAL_MOVES - play.illegal
    lines = [f"Illegal move: {play.complaint}. Illegal moves you may still make: {left}."] if play.complaint else []
    lines += [game.show(play.state), f"Moves left: {game.max_moves - len(play.moves)}. Your next move?"]
    return "\n".join(lines)


def answer_of(game: Game, answers: Sequence[str]) -> str:
    """Return all legal moves in the answer format of the data set, "" when there was none."""
    moves = replay(game, answers).moves
    return game.answer(moves) if moves else ""
