"""A generated programming problem before it has a form: what is given, what is asked, how inputs are drawn."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from prorl_rllib.envs.code.program_text import Step, run_steps

Kind = Literal["int", "bool", "str", "ints", "words", "rows"]
"""Types of arguments and results: a number, a truth value, one line of text without blanks at its ends, a list of
numbers, a list of words, a list of rows of numbers."""
MAX_DIGITS = 200
"""Longest integer in an expected result."""
DRAWS_PER_TEST = 25
"""Arguments drawn for each test before giving up: most are repeats, or have a result that is already frequent."""


@dataclass(frozen=True)
class Parameter:
    """One argument.

    Attributes:
        name: in the function's signature.
        kind: its type.
        text: what it is, with its bounds, such as "a list of at most 9 integers from 0 to 99".
    """

    name: str
    kind: Kind
    text: str


@dataclass(frozen=True)
class Exercise:
    """A problem.

    Attributes:
        name: of the function asked for.
        intro: what the arguments stand for, and the terms used; "" when the parameters say it all.
        parameters: the arguments.
        steps: the operations, one after the other.
        result: type of the result.
        draw: returns the arguments of the i-th test; edge cases come first.
    """

    name: str
    intro: str
    parameters: tuple[Parameter, ...]
    steps: tuple[Step, ...]
    result: Kind
    draw: Callable[[random.Random, int], tuple[Any, ...]]

    def solve(self, arguments: Sequence[Any]) -> Any:
        """Return the right result."""
        return run_steps(self.steps, arguments)

    def extended(self, further: Sequence[Step]) -> "Exercise":
        """Return the exercise with further steps, which keep the type of the result."""
        return replace(self, steps=(*self.steps, *further))


@dataclass(frozen=True)
class Case:
    """The arguments of a test and the right result."""

    arguments: tuple[Any, ...]
    result: Any


def draw_cases(exercise: Exercise, count: int, rng: random.Random) -> list[Case] | None:
    """Draw tests whose arguments differ, and of which no more than half have one result, or their argument as result.

    Args:
        exercise: the problem.
        count: number of tests.
        rng: the only source of chance.

    Returns:
        The tests, or None when there are too few of the kind: a program that repeats a result or its input would do
        too well.
    """
    cases: list[Case] = []
    seen: set[str] = set()
    frequency: Counter[str] = Counter()
    for index in range(DRAWS_PER_TEST * count):
        arguments = exercise.draw(rng, index)
        if repr(arguments) in seen:
            continue
        seen.add(repr(arguments))
        result = exercise.solve(arguments)
        traits = [repr(result), *(["unchanged"] if result in arguments else [])]
        if any(frequency[trait] >= (count + 1) // 2 for trait in traits) or longest_number(result) > MAX_DIGITS:
            continue
        frequency.update(traits)
        cases.append(Case(arguments, result))
        if len(cases) == count:
            return cases
    return None


def longest_number(result: Any) -> int:
    """Return an upper bound of the digits of the longest integer in a result."""
    if isinstance(result, (list, tuple)):
        return max(map(longest_number, result), default=0)
    return result.bit_length() // 3 + 1 if isinstance(result, int) else 0
