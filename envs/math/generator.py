"""Families of generated arithmetic and algebra problems, with exact answers."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from prorl_rllib.envs.domain import Draft
from prorl_rllib.envs.settings import Integer


class FamilyConfig(BaseModel):
    """Config of a family in `datasets`.

    Attributes:
        max_value: largest number in a problem, at least 2.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_value: Integer = Field(ge=2, le=10**9)


class SumChainConfig(FamilyConfig):
    """Config of `sum_chain`.

    Attributes:
        min_terms: fewest terms.
        max_terms: most terms.
        max_value: largest absolute value of a term; the smallest is 1.
    """

    min_terms: Integer = Field(default=2, ge=2, le=50)
    max_terms: Integer = Field(ge=2, le=50)
    max_value: Integer = Field(ge=1, le=10**9)

    @model_validator(mode="after")
    def _ordered(self) -> "SumChainConfig":
        if self.min_terms > self.max_terms:
            raise ValueError(f"min_terms = {self.min_terms} is above max_terms = {self.max_terms}")
        return self


@dataclass(frozen=True)
class Family:
    """One kind of problem: the model of its config, the defaults of a difficulty, and the function that makes one."""

    config_model: type[FamilyConfig]
    defaults: Callable[[int], dict[str, int]]
    make: Callable[[Any, random.Random], Draft]


def signed_chain(terms: list[int]) -> str:
    """Return signed terms as a sum, such as "4 + 7 - 3" for [4, 7, -3]."""
    rest = "".join(f" {'-' if term < 0 else '+'} {abs(term)}" for term in terms[1:])
    return f"{terms[0]}{rest}"


def latex_fraction(value: Fraction) -> str:
    """Return a fraction as LaTeX, an integer as digits."""
    if value.denominator == 1:
        return str(value.numerator)
    sign = "-" if value < 0 else ""
    return f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def draft(prompt: str, answer: int | Fraction, **metadata: Any) -> Draft:
    """Return the draft of a problem with a number for an answer."""
    return Draft(prompt, {"answer": latex_fraction(Fraction(answer))}, metadata)


def make_sum_chain(config: SumChainConfig, rng: random.Random) -> Draft:
    """Make "Compute 4 + 7 - 3."; the metadata hold the signed terms."""
    count = rng.randint(config.min_terms, config.max_terms)
    terms = [rng.randint(1, config.max_value) for _ in range(count)]
    terms[1:] = [term * rng.choice((1, -1)) for term in terms[1:]]
    return draft(f"Compute {signed_chain(terms)}.", sum(terms), terms=terms)


def make_product(config: FamilyConfig, rng: random.Random) -> Draft:
    """Make "Compute 12 * 7."."""
    factors = [rng.randint(2, config.max_value) for _ in range(2)]
    return draft(f"Compute {factors[0]} * {factors[1]}.", math.prod(factors), factors=factors)


def make_linear_equation(config: FamilyConfig, rng: random.Random) -> Draft:
    """Make "Solve 3x + 4 = 19 for x."; the solution is an integer."""
    slope, solution = rng.randint(2, config.max_value), rng.randint(-config.max_value, config.max_value)
    constant = rng.choice((1, -1)) * rng.randint(1, config.max_value)
    right = slope * solution + constant
    shown = f"{slope}x {'-' if constant < 0 else '+'} {abs(constant)}"
    return draft(f"Solve {shown} = {right} for x.", solution, slope=slope, constant=constant, right=right)


def make_fraction_sum(config: FamilyConfig, rng: random.Random) -> Draft:
    """Make "Compute 1/2 + 3/4 as a fraction in lowest terms."."""
    parts = [Fraction(rng.randint(1, config.max_value), rng.randint(2, config.max_value)) for _ in range(2)]
    shown = " + ".join(f"{part.numerator}/{part.denominator}" for part in parts)
    fractions = [[part.numerator, part.denominator] for part in parts]
    return draft(f"Compute {shown} as a fraction in lowest terms.", parts[0] + parts[1], fractions=fractions)


def make_percent(config: FamilyConfig, rng: random.Random) -> Draft:
    """Make "What is 20% of 150?"; the answer is an integer."""
    percent = rng.choice((5, 10, 20, 25, 30, 40, 50, 60, 75, 80, 90))
    step = 100 // math.gcd(percent, 100)
    base = step * rng.randint(1, max(2, config.max_value // step))
    return draft(f"What is {percent}% of {base}?", Fraction(percent * base, 100), percent=percent, base=base)


def make_gcd(config: FamilyConfig, rng: random.Random) -> Draft:
    """Make "Find the greatest common divisor of 12 and 18."."""
    factor = rng.randint(1, max(2, math.isqrt(config.max_value)))
    numbers = [factor * rng.randint(1, max(2, config.max_value // factor)) for _ in range(2)]
    prompt = f"Find the greatest common divisor of {numbers[0]} and {numbers[1]}."
    return draft(prompt, math.gcd(*numbers), numbers=numbers)


def make_evaluate_expression(config: FamilyConfig, rng: random.Random) -> Draft:
    """Make "Evaluate (3 + 4) * 5 - 2."; multiplication binds first, brackets before."""
    a, b, c, d = (rng.randint(1, config.max_value) for _ in range(4))
    forms = (
        (f"({a} + {b}) * {c} - {d}", (a + b) * c - d),
        (f"{a} + {b} * {c} - {d}", a + b * c - d),
        (f"{a} * {b} - {c} * {d}", a * b - c * d),
        (f"{a} * ({b} - {c}) + {d}", a * (b - c) + d),
    )
    expression, value = rng.choice(forms)
    return draft(f"Evaluate {expression}.", value, expression=expression)


def grow(base: int) -> Callable[[int], dict[str, int]]:
    """Return the defaults of a family whose numbers reach `base` at difficulty 1 and double with each level."""
    return lambda difficulty: {"max_value": base * 2 ** (difficulty - 1)}


def sum_chain_defaults(difficulty: int) -> dict[str, int]:
    """Return 2 to `difficulty` + 2 terms of one digit, of two digits from difficulty 4 on."""
    return {"min_terms": 2, "max_terms": difficulty + 2, "max_value": 99 if difficulty >= 4 else 9}


FAMILIES: dict[str, Family] = {
    "sum_chain": Family(SumChainConfig, sum_chain_defaults, make_sum_chain),
    "product": Family(FamilyConfig, grow(12), make_product),
    "linear_equation": Family(FamilyConfig, grow(9), make_linear_equation),
    "fraction_sum": Family(FamilyConfig, grow(9), make_fraction_sum),
    "percent": Family(FamilyConfig, grow(200), make_percent),
    "gcd": Family(FamilyConfig, grow(60), make_gcd),
    "evaluate_expression": Family(FamilyConfig, grow(9), make_evaluate_expression),
}
