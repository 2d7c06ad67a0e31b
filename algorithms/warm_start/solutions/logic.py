"""Solvers of the logic domain."""

import random

from prorl_rllib.algorithms.warm_start.solutions.solver import Solver, goes_wrong
from prorl_rllib.envs import Task

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def solve_spell_backward(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Write the word backward, letter by letter."""
    return "", "".join(_misspell(letter, rng, mistake_rate) for letter in reversed(task.metadata["word"]))


def _misspell(letter: str, rng: random.Random, mistake_rate: float) -> str:
    """Return the letter or, at the mistake rate, another one."""
    if not goes_wrong(rng, mistake_rate):
        return letter
    return rng.choice([other for other in LETTERS if other != letter.lower()])


def solve_word_sequence_reversal(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Write the words backward; a wrong word is another one of the list."""
    words = list(task.metadata["words"])
    answer = []
    for word in reversed(words):
        others = [other for other in words if other != word]
        answer.append(rng.choice(others) if others and goes_wrong(rng, mistake_rate) else word)
    return "", ", ".join(answer)


def solve_rotate_matrix(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Write the rotated matrix row by row; a wrong number is another one of the matrix."""
    numbers = [number for row in task.metadata["matrix"] for number in row]
    rows = []
    for row in task.metadata["solution"]:
        others = [[other for other in numbers if other != number] for number in row]
        written = [
            rng.choice(other) if other and goes_wrong(rng, mistake_rate) else number
            for number, other in zip(row, others, strict=True)
        ]
        rows.append(" ".join(map(str, written)))
    return "", "\n".join(rows)


SOLVERS: dict[str, Solver] = {
    "rotate_matrix": solve_rotate_matrix,
    "spell_backward": solve_spell_backward,
    "word_sequence_reversal": solve_word_sequence_reversal,
}
