"""The families `unit_analysis` and `symbolic_scaling`: powers of quantities, with exact answers."""

import random
from fractions import Fraction

from pydantic import Field

from prorl_rllib.envs.domain import Draft
from prorl_rllib.envs.settings import Integer
from prorl_rllib.envs.stem.family import Family, FamilyConfig

BASE_UNITS = ("kg", "m", "s", "A", "K")
QUANTITIES: dict[str, tuple[int, int, int, int, int]] = {
    "mass": (1, 0, 0, 0, 0),
    "length": (0, 1, 0, 0, 0),
    "time": (0, 0, 1, 0, 0),
    "electric current": (0, 0, 0, 1, 0),
    "temperature": (0, 0, 0, 0, 1),
    "speed": (0, 1, -1, 0, 0),
    "acceleration": (0, 1, -2, 0, 0),
    "force": (1, 1, -2, 0, 0),
    "momentum": (1, 1, -1, 0, 0),
    "energy": (1, 2, -2, 0, 0),
    "power": (1, 2, -3, 0, 0),
    "pressure": (1, -1, -2, 0, 0),
    "density": (1, -3, 0, 0, 0),
    "area": (0, 2, 0, 0, 0),
    "volume": (0, 3, 0, 0, 0),
    "frequency": (0, 0, -1, 0, 0),
    "surface tension": (1, 0, -2, 0, 0),
    "dynamic viscosity": (1, -1, -1, 0, 0),
    "electric charge": (0, 0, 1, 1, 0),
    "voltage": (1, 2, -3, -1, 0),
    "electric resistance": (1, 2, -3, -2, 0),
    "capacitance": (-1, -2, 4, 2, 0),
    "magnetic flux density": (1, 0, -2, -1, 0),
    "specific heat capacity": (0, 2, -2, 0, -1),
    "thermal conductivity": (1, 1, -3, 0, -1),
}
"""Quantity -> exponents of the base units."""
MAX_EXPONENT = 9
LAWS: tuple[tuple[str, str, str, Fraction, tuple[tuple[str, str, int], ...]], ...] = (
    ("kinetic energy", "E", r"\frac{1}{2} m v^2", Fraction(1, 2), (("mass", "m", 1), ("speed", "v", 2))),
    ("elastic energy", "E", r"\frac{1}{2} k x^2", Fraction(1, 2), (("spring constant", "k", 1), ("stretch", "x", 2))),
    (
        "gravitational force",
        "F",
        r"\frac{G M m}{r^2}",
        Fraction(1),
        (("constant", "G", 1), ("central mass", "M", 1), ("orbiting mass", "m", 1), ("distance", "r", -2)),
    ),
    (
        "centripetal force",
        "F",
        r"\frac{m v^2}{r}",
        Fraction(1),
        (("mass", "m", 1), ("speed", "v", 2), ("radius", "r", -1)),
    ),
    ("electric power", "P", r"\frac{U^2}{R}", Fraction(1), (("voltage", "U", 2), ("resistance", "R", -1))),
    (
        "heat in a resistor",
        "Q",
        "R I^2 t",
        Fraction(1),
        (("resistance", "R", 1), ("current", "I", 2), ("time", "t", 1)),
    ),
    ("dynamic pressure", "p", r"\frac{1}{2} d v^2", Fraction(1, 2), (("density", "d", 1), ("speed", "v", 2))),
    (
        "gas pressure",
        "p",
        r"\frac{n R T}{V}",
        Fraction(1),
        (("amount", "n", 1), ("temperature", "T", 1), ("volume", "V", -1)),
    ),
    (
        "elongation of a rod",
        "x",
        r"\frac{F L}{A Y}",
        Fraction(1),
        (("force", "F", 1), ("length", "L", 1), ("cross-section", "A", -1), ("modulus", "Y", -1)),
    ),
    (
        "heat flow through a wall",
        "P",
        r"\frac{k A T}{d}",
        Fraction(1),
        (("conductivity", "k", 1), ("area", "A", 1), ("temperature difference", "T", 1), ("thickness", "d", -1)),
    ),
    ("distance fallen", "h", r"\frac{1}{2} g t^2", Fraction(1, 2), (("gravity", "g", 1), ("time", "t", 2))),
    ("energy of a capacitor", "W", r"\frac{Q^2}{2 C}", Fraction(1, 2), (("charge", "Q", 2), ("capacitance", "C", -1))),
)
"""What a law gives, its symbol, its right side, its factor, and its variables: name, symbol, exponent."""


class PowersConfig(FamilyConfig):
    """Config of `unit_analysis` and `symbolic_scaling`.

    Attributes:
        max_factors: most quantities of a product, or most variables that are changed.
        max_number: largest exponent of a quantity, or largest number in a change.
    """

    max_factors: Integer = Field(ge=1, le=6)
    max_number: Integer = Field(ge=2, le=1000)


def make_unit_analysis(config: PowersConfig, rng: random.Random) -> Draft:
    """Make "Express the SI unit of force^2 * time / mass in base units."."""
    while True:
        names = rng.sample(list(QUANTITIES), rng.randint(2, max(2, config.max_factors)))
        powers = [rng.choice((1, -1)) * rng.randint(1, min(config.max_number, 4)) for _ in names]
        powers[0] = abs(powers[0])
        total = [sum(QUANTITIES[n][i] * p for n, p in zip(names, powers, strict=True)) for i in range(len(BASE_UNITS))]
        if sum(map(bool, total)) >= 2 and max(map(abs, total)) <= MAX_EXPONENT:
            break
    shown = " * ".join(
        f"({name})" if power == 1 else f"({name})^{power}" for name, power in zip(names, powers, strict=True)
    )
    units = [unit if power == 1 else f"{unit}^{power}" for unit, power in zip(BASE_UNITS, total, strict=True) if power]
    prompt = f"What is the SI unit of {shown}? Express it in the base units kg, m, s, A and K."
    return Draft(prompt, {"answer": " ".join(units)}, {"formula": "unit_analysis", "factors": len(names)})


def make_symbolic_scaling(config: PowersConfig, rng: random.Random) -> Draft:
    """Make "The kinetic energy is E = ... Express it for a mass of 3m and a speed of v/2."."""
    what, symbol, law, factor, variables = rng.choice(LAWS)
    changed = rng.sample(variables, rng.randint(1, min(config.max_factors, len(variables))))
    scales = [_scale(config.max_number, rng) for _ in changed]
    for (_, _, power), scale in zip(changed, scales, strict=True):
        factor *= scale**power
    shown = " and ".join(
        f"the {name} ${letter}$ is replaced by ${_scaled(scale, letter)}$"
        for (name, letter, _), scale in zip(changed, scales, strict=True)
    )
    letters = ", ".join(letter for _, letter, _ in variables)
    prompt = (
        f"The {what} is ${symbol} = {law}$. Give it as an expression in {letters}, with one number for a factor, "
        f"when {shown}."
    )
    return Draft(prompt, {"answer": _expression(factor, variables)}, {"formula": what, "changes": len(changed)})


def _scale(largest: int, rng: random.Random) -> Fraction:
    """Return a factor other than 1."""
    above = rng.randint(2, largest)
    return Fraction(above, rng.choice([below for below in range(1, largest + 1) if below != above]))


def _scaled(scale: Fraction, letter: str) -> str:
    """Return a variable times a factor, as LaTeX."""
    if scale.denominator == 1:
        return f"{scale.numerator} {letter}"
    return rf"\frac{{{scale.numerator} {letter}}}{{{scale.denominator}}}"


def _expression(factor: Fraction, variables: tuple[tuple[str, str, int], ...]) -> str:
    """Return a factor times powers of variables, as LaTeX."""
    above, below = (
        [
            letter if abs(power) == 1 else f"{letter}^{{{abs(power)}}}"
            for _, letter, power in variables
            if power * sign > 0
        ]
        for sign in (1, -1)
    )
    above = ([str(factor.numerator)] if factor.numerator != 1 else []) + above
    below = ([str(factor.denominator)] if factor.denominator != 1 else []) + below
    return rf"\frac{{{' '.join(above)}}}{{{' '.join(below)}}}" if below else " ".join(above)


def unit_analysis_defaults(difficulty: int) -> dict[str, int]:
    """Return two quantities at first, and one more every three levels; exponents grow with them."""
    return {"max_factors": 2 + (difficulty - 1) // 3, "max_number": 2 + (difficulty - 1) // 4}


def symbolic_scaling_defaults(difficulty: int) -> dict[str, int]:
    """Return two changed variables at first and up to four, by numbers that grow."""
    return {"max_factors": 2 + (difficulty - 1) // 4, "max_number": 5 + 2 * difficulty}


UNIT_ANALYSIS = Family(PowersConfig, unit_analysis_defaults, make_unit_analysis)
SYMBOLIC_SCALING = Family(PowersConfig, symbolic_scaling_defaults, make_symbolic_scaling)
