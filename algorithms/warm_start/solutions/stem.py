"""Solver of the STEM domain: the SI units of products of quantities."""

import random
import re
from collections.abc import Sequence

from prorl_rllib.algorithms.warm_start.solutions.solver import Solver, goes_wrong
from prorl_rllib.envs import Task
from prorl_rllib.envs.stem.dimensions import BASE_UNITS, QUANTITIES

_FACTOR = re.compile(r"\(([a-z ]+)\)(?:\^(-?\d+))?")


def solve_unit_analysis(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Write each factor's unit, then their product: "kg m s^-2 * s^2 -> " and "kg m".

    In a wrong unit the exponent of one base unit is off by 1.
    """
    factors = []
    for name, power in _FACTOR.findall(str(task.prompt)):
        exponents = [exponent * int(power or 1) for exponent in QUANTITIES[name]]
        factors.append(_slip(exponents, rng, mistake_rate))
    product = _slip([sum(exponents) for exponents in zip(*factors, strict=True)], rng, mistake_rate)
    return " * ".join(map(unit_text, factors)) + " -> ", unit_text(product)


def unit_text(exponents: Sequence[int]) -> str:
    """Return a unit such as "kg m s^-2", "1" without dimension.

    Args:
        exponents: One a base unit.
    """
    powers = zip(BASE_UNITS, exponents, strict=True)
    return " ".join(unit if power == 1 else f"{unit}^{power}" for unit, power in powers if power) or "1"


def _slip(exponents: list[int], rng: random.Random, mistake_rate: float) -> list[int]:
    """Return the exponents, one of those other than 0 off by 1 at the mistake rate."""
    places = [place for place, exponent in enumerate(exponents) if exponent]
    if not places or not goes_wrong(rng, mistake_rate):
        return exponents
    wrong = rng.choice(places)
    shift = rng.choice((-1, 1))
    return [exponent + shift if place == wrong else exponent for place, exponent in enumerate(exponents)]


SOLVERS: dict[str, Solver] = {"unit_analysis": solve_unit_analysis}
