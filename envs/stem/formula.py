"""What a formula template is, and how a problem with numbers is made of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction

PRECISION = 30
"""Digits that are computed with."""
LEAST_SHOWN, MOST_SHOWN = Fraction(1, 10), Fraction(10**5)
"""A given is shown in another unit only when its number stays between these."""

OTHER_UNITS: dict[str, tuple[tuple[str, Fraction], ...]] = {
    "m": (("cm", Fraction(1, 100)), ("mm", Fraction(1, 1000)), ("km", Fraction(1000))),
    "mm": (("cm", Fraction(10)),),
    "cm": (("mm", Fraction(1, 10)), ("m", Fraction(100))),
    "km": (("m", Fraction(1, 1000)),),
    "kg": (("g", Fraction(1, 1000)),),
    "g": (("kg", Fraction(1000)), ("mg", Fraction(1, 1000))),
    "s": (("ms", Fraction(1, 1000)), ("min", Fraction(60))),
    "min": (("s", Fraction(1, 60)), ("h", Fraction(60))),
    "h": (("min", Fraction(1, 60)),),
    "m/s": (("km/h", Fraction(5, 18)), ("cm/s", Fraction(1, 100))),
    "m^2": (("cm^2", Fraction(1, 10**4)),),
    "m^3": (("L", Fraction(1, 1000)),),
    "N": (("kN", Fraction(1000)), ("mN", Fraction(1, 1000))),
    "J": (("kJ", Fraction(1000)), ("MJ", Fraction(10**6))),
    "W": (("kW", Fraction(1000)), ("mW", Fraction(1, 1000))),
    "Pa": (("kPa", Fraction(1000)), ("MPa", Fraction(10**6))),
    "V": (("mV", Fraction(1, 1000)), ("kV", Fraction(1000))),
    "A": (("mA", Fraction(1, 1000)),),
    "\u03a9": (("k\u03a9", Fraction(1000)),),
    "C": (("mC", Fraction(1, 1000)),),
    "\u03bcC": (("nC", Fraction(1, 1000)),),
    "\u03bcF": (("nF", Fraction(1, 1000)),),
    "Hz": (("kHz", Fraction(1000)),),
    "nm": (("\u03bcm", Fraction(1000)),),
    "L": (("mL", Fraction(1, 1000)),),
    "mL": (("L", Fraction(1000)),),
    "mol": (("mmol", Fraction(1, 1000)),),
    "mol/L": (("mmol/L", Fraction(1, 1000)),),
    "atm": (("kPa", Fraction(1000, 101325)),),
    "eV": (("meV", Fraction(1, 1000)),),
}
"""Unit -> other units of the same quantity, with their size in it."""


@dataclass(frozen=True)
class Given:
    """A number that a problem states.

    Attributes:
        low: smallest value.
        high: largest value.
        unit: that they are in, "" for none.
        whole: whether it is the number of something that is counted.
    """

    low: str
    high: str
    unit: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Formula:
    """A problem template.

    Attributes:
        name: of the formula, for reports.
        steps: formulas that have to be chained to solve it, 1 to 3.
        text: the problem, with the givens in braces.
        unit: of the result ("" for none).
        givens: name -> what is drawn.
        compute: the givens, in their units, -> the result in `unit`.
        mistakes: the same for results of typical mistakes.
    """

    name: str
    steps: int
    text: str
    unit: str
    givens: dict[str, Given]
    compute: Callable[..., Decimal]
    mistakes: tuple[Callable[..., Decimal], ...] = ()


@dataclass(frozen=True)
class Problem:
    """A formula with numbers.

    Attributes:
        text: the problem without a word on the form of the answer.
        unit: that the result is asked for in.
        result: the exact result, in `unit`.
        mistakes: results of typical mistakes, in `unit`.
    """

    text: str
    unit: str
    result: Decimal
    mistakes: tuple[Decimal, ...]


def make_problem(formula: Formula, digits: int, unit_changes: int, rng: random.Random) -> Problem:
    """Return a formula with numbers.

    Args:
        formula: the template.
        digits: significant digits of the givens.
        unit_changes: most quantities that are in other units than the formula's, the result among them.
        rng: the source of chance.
    """
    names = [name for name, given in formula.givens.items() if given.unit in OTHER_UNITS]
    names += ["result"] if formula.unit in OTHER_UNITS else []
    changed = set(rng.sample(names, min(unit_changes, len(names))))
    shown: dict[str, str] = {}
    values: dict[str, Decimal] = {}
    with localcontext(prec=PRECISION):
        for name, given in formula.givens.items():
            shown[name], values[name] = _draw(given, digits, name in changed, rng)
        result = formula.compute(**values)
        mistakes = [mistake(**values) for mistake in formula.mistakes]
        unit, size = formula.unit, Fraction(1)
        if "result" in changed:
            unit, size = _other_unit(formula.unit, Fraction(result), rng)
        scale = _decimal(1 / size)
        return Problem(
            formula.text.format(**shown), unit, result * scale, tuple(mistake * scale for mistake in mistakes)
        )


def rounded(value: Decimal, digits: int) -> str:
    """Return a value to some significant digits, in scientific notation where it is very large or small."""
    if value == 0:
        return "0"
    with localcontext(prec=digits):
        short = +value
    exponent = short.adjusted()
    if -4 <= exponent <= 5:
        return f"{short:.{max(0, digits - 1 - exponent)}f}"
    mantissa = short.scaleb(-exponent)
    return f"{mantissa:.{digits - 1}f}e{exponent}"


def _draw(given: Given, digits: int, change_unit: bool, rng: random.Random) -> tuple[str, Decimal]:
    """Return how a given is shown, and its value in its unit."""
    low, high = Decimal(given.low), Decimal(given.high)
    value = low + (high - low) * Decimal(rng.randrange(10**6)) / 10**6
    if given.whole:
        return f"{value:.0f}", Decimal(f"{value:.0f}")
    unit, size = given.unit, Fraction(1)
    if change_unit:
        unit, size = _other_unit(given.unit, Fraction(value), rng)
    text = rounded(value * _decimal(1 / size), digits)
    return f"{text} {unit}".strip() if unit != "%" else f"{text}%", Decimal(text) * _decimal(size)


def _other_unit(unit: str, value: Fraction, rng: random.Random) -> tuple[str, Fraction]:
    """Return another unit in which a value is a number of a common size, and its size; the same when there is none."""
    fitting = [(name, size) for name, size in OTHER_UNITS[unit] if LEAST_SHOWN <= abs(value / size) <= MOST_SHOWN]
    return rng.choice(fitting) if fitting else (unit, Fraction(1))


def _decimal(value: Fraction) -> Decimal:
    """Return a fraction as a decimal, to the precision of the context."""
    return Decimal(value.numerator) / Decimal(value.denominator)
