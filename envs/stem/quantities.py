r"""Reading a quantity: a number, exact, with the precision it is written to, and a unit."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from prorl_rllib.envs.stem.notation import plain
from prorl_rllib.envs.stem.unit_notation import Unit, read_unit

MAX_DIGITS = 400
"""Longest number that is read, in digits."""
MAX_POWER_OF_TEN = 300
"""Largest exponent of scientific notation, either sign."""
MAX_SIDES = 4
"""Most values that an answer may chain with `=`."""
MAX_UNCERTAINTY = Fraction(1, 10)
"""Largest uncertainty that an answer may state after its value, relative to it."""

_WHOLE = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d{1,3}(?: \d{3})+(?! ?\d)|\d+)"
_DECIMAL = rf"(?:{_WHOLE}(?:\.\d*)?|\.\d+)"
_PART = rf"(?:\{{ ?({_DECIMAL}) ?\}}|(\d))"
_FRAC = re.compile(rf"(?:(\d+) ?)?\\frac ?{_PART} ?{_PART}")
_MIXED = re.compile(r"(\d+) (\d+)/(\d+)(?![\d.])")
_RATIO = re.compile(rf"({_DECIMAL}) ?/ ?({_DECIMAL})(?![\d.,])")
_POWER = re.compile(r"10 ?\^ ?([+-]?\d{1,4})(?![\d.])")
_SCIENTIFIC = re.compile(
    rf"({_DECIMAL})(?:[eE]([+-]?\d{{1,4}})(?![\d.])| ?[*xX] ?10 ?\^ ?([+-]?\d{{1,4}})(?![\d.]))?(?!,)"
)
_EXPONENT = re.compile(r"\^ ?(?:\{ ?([+-]?) ?(\d+) ?\}|\( ?([+-]?) ?(\d+) ?\))")
_BRACKETED = re.compile(r"\(([^()]*)\)(.*)")
_ABOUT = re.compile(r"(?:(?:approximately|approx\.?|about|around|roughly|nearly|circa|ca\.)(?= |\d)|\u2248) ?", re.I)
_UNCERTAINTY = re.compile(rf" ?\u00b1 ?({_DECIMAL}) ?(%?)")
_SUBSCRIPT = r"(?: ?[_^] ?(?:\{[^{}=]{1,20}\}|\w|[+*'-]))*'*"
_SYMBOL = (
    rf"(?:\\?Delta|\u0394|d)? ?(?:[A-Za-z\u03bc\u03a9]{{1,5}}|\\[a-zA-Z]{{2,8}}|\[[A-Za-z0-9+^{{}}_ -]{{1,16}}\])"
    rf"{_SUBSCRIPT}\u00b0?(?: ?\([^()=\d]{{1,12}}\))?"
)
_WORDS = r"(?!(?:not|no|never|nor)\b)[A-Za-z]{2,20}(?: (?!(?:not|no|never|nor|or)\b)[A-Za-z]{1,20}){0,4}"
_ASSIGNMENT = re.compile(rf"(?:(?:{_SYMBOL}|{_WORDS}) ?[=\u2248:]|(?:the )?(?:final )?(?:answer|result) is) ?(?=\S)")


@dataclass(frozen=True)
class Quantity:
    """A number as written, with its unit.

    Attributes:
        value: the exact value of what is written.
        unit: names and exponents; () for none.
        digits: significant digits that are written; zeros at the end of an integer do not count.
        last_place: the value of one unit of the last significant digit; 0 for a fraction.
        is_exact: an integer or a fraction without a unit: not rounded, nor measured.
    """

    value: Fraction
    unit: Unit = ()
    digits: int = 0
    last_place: Fraction = Fraction(0)
    is_exact: bool = False


@lru_cache(4096)
def read_quantity(text: str) -> Quantity | None:
    """Return the quantity that a text in plain notation is, and nothing else; None otherwise.

    "about" before it and an uncertainty of up to a tenth of it do not matter; ranges and lists are no quantity.
    """
    if sum(char.isdigit() for char in text) > MAX_DIGITS or not text.strip():
        return None
    text = _EXPONENT.sub(lambda match: f"^{match[1] or match[3] or ''}{match[2] or match[4]} ", text.strip())
    if about := _ABOUT.match(text):
        text = text[about.end() :]
    if (bracketed := _BRACKETED.fullmatch(text)) and not bracketed[2].startswith("/"):  # (5.2 +- 0.1) m
        text = f"{bracketed[1].strip()} {bracketed[2].strip()}".strip()
    sign = text[:1] if text[:1] in ("+", "-") else ""
    found = _number(text[len(sign) :].lstrip())
    if found is None:
        return None
    number, rest = found
    if uncertainty := _UNCERTAINTY.match(rest):
        if not _is_small(uncertainty, number):
            return None
        rest = rest[uncertainty.end() :]
    unit = _unit_after(rest)
    if unit is None:
        return None
    value = -number.value if sign == "-" else number.value
    return Quantity(value, unit, number.digits, number.last_place, number.is_exact and not unit)


@lru_cache(4096)
def sides(text: str) -> tuple[str, ...]:
    """Return the values that a text in plain notation states to be the same: `x = 2 m = 200 cm` states two.

    A symbol or words in front of the first sign are what the values are of, and are left out.
    """
    if assignment := _ASSIGNMENT.match(text):
        text = text[assignment.end() :]
    return tuple(part.strip() for part in re.split(r"(?<=\S) ?[=\u2248]", text))


def read_gold(answer: str, unit: str | None) -> Quantity | None:
    """Return the quantity that a reference states, or None.

    Args:
        answer: as the reference has it; an assignment in front of it is left out.
        unit: the reference's `unit`, of which a number without a unit is.
    """
    parts = sides(plain(answer))
    quantity = read_quantity(parts[0]) if len(parts) == 1 else None
    if quantity is None or unit is None or quantity.unit:
        return quantity
    named = read_unit(plain(unit))
    return None if named is None else Quantity(quantity.value, named, quantity.digits, quantity.last_place)


def _number(text: str) -> tuple[Quantity, str] | None:
    """Return the number without a sign that a text starts with, and the rest of the text."""
    if match := _FRAC.match(text):
        parts = (match[1], match[2] or match[3], match[4] or match[5])
    elif match := _MIXED.match(text):
        parts = (match[1], match[2], match[3])
    elif match := _RATIO.match(text):
        parts = (None, match[1], match[2])
    else:
        return _decimal(text)
    whole, top, bottom = (_fraction(part or "0") for part in parts)
    if bottom == 0:
        return None
    return Quantity(whole + top / bottom, is_exact="." not in match[0]), text[match.end() :]


def _decimal(text: str) -> tuple[Quantity, str] | None:
    """Return the decimal, or number in scientific notation, that a text starts with, and the rest of the text."""
    if match := _POWER.match(text):
        digits, exponent = "1", match[1]
    elif match := _SCIENTIFIC.match(text):
        digits, exponent = match[1], match[2] or match[3]
    else:
        return None
    if abs(int(exponent or 0)) > MAX_POWER_OF_TEN:
        return None
    scale = Fraction(10) ** int(exponent or 0)
    whole, _, decimals = digits.replace(",", "").replace(" ", "").partition(".")
    written = (whole + decimals).lstrip("0")
    significant = written if decimals else written.rstrip("0")
    place = Fraction(10) ** (len(written) - len(significant) if written else 0) / Fraction(10) ** len(decimals)
    number = Quantity(
        _fraction(digits) * scale, (), len(significant), place * scale, is_exact="." not in digits and exponent is None
    )
    return number, text[match.end() :]


def _unit_after(rest: str) -> Unit | None:
    """Return the unit that follows a number, or None when what follows is none."""
    rest = rest.strip()
    if rest.startswith("*"):  # as some write the product of a number and its unit
        return read_unit(rest[1:]) or None
    return read_unit(rest[1:-1] if rest.startswith("[") and rest.endswith("]") else rest)


def _fraction(digits: str) -> Fraction:
    """Return the value of a decimal with or without separators."""
    return Fraction(digits.replace(",", "").replace(" ", "").rstrip("."))


def _is_small(uncertainty: re.Match[str], number: Quantity) -> bool:
    """Tell whether a stated uncertainty leaves the value its meaning."""
    share = _fraction(uncertainty[1])
    return share <= 100 * MAX_UNCERTAINTY if uncertainty[2] else share <= MAX_UNCERTAINTY * abs(number.value)
