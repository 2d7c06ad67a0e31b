"""What families of generated problems share: sizes, drawn inputs, further steps by the type of a result."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prorl_rllib.envs.code.exercise import Kind
from prorl_rllib.envs.code.operations_grid import ROW_STEPS
from prorl_rllib.envs.code.operations_lists import LIST_STEPS
from prorl_rllib.envs.code.operations_numbers import NUMBER_STEPS
from prorl_rllib.envs.code.operations_text import TEXT_STEPS, WORD_STEPS
from prorl_rllib.envs.code.program_text import Step

FURTHER_STEPS: dict[Kind, Sequence[Callable[[random.Random], Step]]] = {
    "int": NUMBER_STEPS,
    "ints": LIST_STEPS,
    "str": TEXT_STEPS,
    "words": WORD_STEPS,
    "rows": ROW_STEPS,
}


@dataclass(frozen=True)
class FamilySizes:
    """How large inputs are.

    Attributes:
        max_length: most items of a list, or characters of a text.
        max_value: largest absolute value of a number.
    """

    max_length: int
    max_value: int


def further_steps(kind: Kind, count: int, rng: random.Random, before: Sequence[Step] = ()) -> list[Step]:
    """Draw steps that keep a type; none for a truth value.

    Args:
        kind: the type.
        count: number of steps. One operation does not come again soon: it may undo itself, or do nothing.
        rng: the only source of chance.
        before: the steps that these follow.
    """
    choices = FURTHER_STEPS.get(kind, ())
    steps: list[Step] = []
    while len(steps) < count and choices:
        drawn = rng.choice(choices)(rng)
        recent = [*before, *steps][-(len(choices) // 2) :]
        if all(drawn.function is not other.function for other in recent):
            steps.append(drawn)
    return steps


def draw_length(rng: random.Random, index: int, most: int, least: int = 0) -> int:
    """Return the length of the i-th input: the shortest first, then the next, then the longest, then any."""
    edges = (least, least + 1, most)
    return edges[index] if index < len(edges) else rng.randint(least, most)


def draw_ints(rng: random.Random, index: int, sizes: FamilySizes, least: int = 0, low: int | None = None) -> list[int]:
    """Draw a list of integers: edge cases first, one of them with all values equal.

    Args:
        rng: the only source of chance.
        index: of the test.
        sizes: bounds of length and values.
        least: shortest length.
        low: smallest value; minus the largest when None.
    """
    low = -sizes.max_value if low is None else low
    length = draw_length(rng, index, sizes.max_length, least)
    span = (low, sizes.max_value) if rng.random() < 0.5 else (max(low, -9), 9)
    values = [rng.randint(*span) for _ in range(length)]
    return values[:1] * length if index == 3 else values


def draw_text(rng: random.Random, index: int, most: int, alphabet: str, least: int = 0) -> str:
    """Draw a text of characters of an alphabet, edge cases first."""
    return "".join(rng.choices(alphabet, k=draw_length(rng, index, most, least)))


def draw_words(rng: random.Random, index: int, most: int, alphabet: str, longest: int = 6) -> list[str]:
    """Draw a list of words, some of them twice, edge cases first."""
    count = draw_length(rng, index, most)
    words = [draw_text(rng, 9, longest, alphabet, least=1) for _ in range(count)]
    return [rng.choice(words) if rng.random() < 0.15 else word for word in words]


def of_size(noun: str, sizes: FamilySizes, least: int = 0, low: int | None = None) -> str:
    """Return the description of a list of integers with its bounds."""
    low = -sizes.max_value if low is None else low
    return f"{noun} of {least} to {sizes.max_length} integers from {low} to {sizes.max_value}"
