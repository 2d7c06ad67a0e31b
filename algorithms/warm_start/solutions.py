r"""Worked solutions written by solvers, with a share of mistakes in them.

A solver reads a task's metadata and writes what a mediocre pupil would: the steps, and the answer in the domain's
markup. Each step goes wrong with probability `mistake_rate`; the pupil goes on, consistently, from the wrong value.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

from prorl_rllib.envs import Task

Solver = Callable[[Mapping[str, Any], random.Random, float], tuple[str, str]]
"""(metadata, generator, mistake rate) -> (steps, answer)."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"
MARKUP = {"math": "\\boxed{%s}", "logic": "<answer>%s</answer>"}
"""Where a domain looks for the answer."""


def worked_solution(task: Task, rng: random.Random, mistake_rate: float) -> str:
    """Write a worked solution of a task.

    Args:
        task: A generated task; its metadata name the data set and what the solver needs.
        rng: Draws the mistakes.
        mistake_rate: Probability that a step is wrong, in [0, 1].

    Returns:
        The steps and the answer.

    Raises:
        ValueError: if there is no solver for the data set, or no answer markup for the domain.
    """
    dataset = check_dataset(task)
    steps, answer = SOLVERS[dataset](task.metadata, rng, mistake_rate)
    return steps + MARKUP[task.domain] % answer


def check_dataset(task: Task) -> str:
    """Return the data set of a task.

    Raises:
        ValueError: if there is no solver for it, or no answer markup for the task's domain.
    """
    dataset = task.metadata.get("dataset")
    if dataset not in SOLVERS:
        raise ValueError(
            f"no worked solutions for data set {dataset!r} of task {task.task_id!r}; the warm start knows "
            f"{', '.join(sorted(SOLVERS))}: choose among them with env_config `datasets`, or add a solver to SOLVERS"
        )
    if task.domain not in MARKUP:
        raise ValueError(f"no answer markup for domain {task.domain!r}; known are {', '.join(sorted(MARKUP))}")
    return str(dataset)


def solve_sum_chain(metadata: Mapping[str, Any], rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Add term by term: "4 + 7 -> 11 - 3 -> " and "8"; a wrong sum is off by 1 to 3."""
    total, *rest = metadata["terms"]
    steps = str(total)
    for term in rest:
        total += term
        if rng.random() < mistake_rate:
            total += rng.choice((-3, -2, -1, 1, 2, 3))
        steps += f" {'-' if term < 0 else '+'} {abs(term)} -> {total}"
    answer = str(total)
    return steps.removesuffix(answer), answer


def solve_spell_backward(metadata: Mapping[str, Any], rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Write the word backward, letter by letter."""
    return "", "".join(_misspell(letter, rng, mistake_rate) for letter in reversed(metadata["word"]))


def _misspell(letter: str, rng: random.Random, mistake_rate: float) -> str:
    """Return the letter or, at the mistake rate, another one."""
    if rng.random() >= mistake_rate:
        return letter
    return rng.choice([other for other in LETTERS if other != letter.lower()])


def solve_word_sequence_reversal(
    metadata: Mapping[str, Any], rng: random.Random, mistake_rate: float
) -> tuple[str, str]:
    """Write the words backward; a wrong word is another one of the list."""
    words = list(metadata["words"])
    answer = []
    for word in reversed(words):
        others = [other for other in words if other != word]
        answer.append(rng.choice(others) if others and rng.random() < mistake_rate else word)
    return "", ", ".join(answer)


def solve_product(metadata: Mapping[str, Any], rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Multiply digit by digit: "12 * 7 -> 70 + 14 -> " and "84"; a wrong partial product is off by 1 to 3 units."""
    left, right = metadata["factors"]
    digits = str(left)
    parts = []
    for place, digit in enumerate(digits):
        product = int(digit) * right
        if rng.random() < mistake_rate:
            product += rng.choice((1, 2, 3))
        parts.append(product * 10 ** (len(digits) - 1 - place))
    return f"{left} * {right} -> {' + '.join(map(str, parts))} -> ", str(sum(parts))


def solve_gcd(metadata: Mapping[str, Any], rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Take remainders: "18, 12 -> 12, 6 -> 6, 0 -> " and "6"; a wrong remainder is another one below the divisor."""
    result, *rest = metadata["numbers"]
    steps = ""
    for number in rest:
        a, b = result, number
        steps += f"{a}, {b} -> "
        while b:
            a, b = b, _remainder(a, b, rng, mistake_rate)
            steps += f"{a}, {b} -> "
        result = a
    return steps, str(result)


def _remainder(a: int, b: int, rng: random.Random, mistake_rate: float) -> int:
    """Return a modulo b or, at the mistake rate, another number below b."""
    if b > 1 and rng.random() < mistake_rate:
        return rng.choice([other for other in (a % b + shift for shift in (-2, -1, 1, 2)) if 0 <= other < b])
    return a % b


SOLVERS: dict[str, Solver] = {
    "gcd": solve_gcd,
    "product": solve_product,
    "spell_backward": solve_spell_backward,
    "sum_chain": solve_sum_chain,
    "word_sequence_reversal": solve_word_sequence_reversal,
}
"""Data set name -> solver, whatever the domain."""
