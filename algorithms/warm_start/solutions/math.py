"""Solvers of the math domain; `gcd` is a data set of the logic domain too."""

import random

from prorl_rllib.algorithms.warm_start.solutions.solver import Solver, goes_wrong
from prorl_rllib.envs import Task


def solve_sum_chain(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Add term by term: "4 + 7 -> 11 - 3 -> " and "8"; a wrong sum is off by 1 to 3."""
    total, *rest = task.metadata["terms"]
    steps = str(total)
    for term in rest:
        total += term
        if goes_wrong(rng, mistake_rate):
            total += rng.choice((-3, -2, -1, 1, 2, 3))
        steps += f" {'-' if term < 0 else '+'} {abs(term)} -> {total}"
    answer = str(total)
    return steps.removesuffix(answer), answer


def solve_product(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Multiply digit by digit: "12 * 7 -> 70 + 14 -> " and "84"; a wrong partial product is off by 1 to 3 units."""
    left, right = task.metadata["factors"]
    digits = str(left)
    parts = []
    for place, digit in enumerate(digits):
        product = int(digit) * right
        if goes_wrong(rng, mistake_rate):
            product += rng.choice((1, 2, 3))
        parts.append(product * 10 ** (len(digits) - 1 - place))
    return f"{left} * {right} -> {' + '.join(map(str, parts))} -> ", str(sum(parts))


def solve_gcd(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Take remainders: "18, 12 -> 12, 6 -> 6, 0 -> " and "6"; a wrong remainder is another one below the divisor."""
    result, *rest = task.metadata["numbers"]
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
    if b > 1 and goes_wrong(rng, mistake_rate):
        return rng.choice([other for other in (a % b + shift for shift in (-2, -1, 1, 2)) if 0 <= other < b])
    return a % b


SOLVERS: dict[str, Solver] = {"gcd": solve_gcd, "product": solve_product, "sum_chain": solve_sum_chain}
