r"""Reading a unit: `kg m/s^2`, `J/(mol*K)`, `m s^-1`, `\frac{m}{s}`, `metres per second` as names and exponents.

Nothing is evaluated, and the length, the number of names and the exponents are bounded.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from prorl_rllib.envs.stem.unit_names import ALIASES, COUNTED, KNOWN, LONG_NAMES, PHRASES, PLURALS

MAX_UNIT_CHARS = 80
MAX_NAMES = 10
MAX_EXPONENT = 9
"""Largest exponent of a name, either sign."""

Unit = tuple[tuple[str, int], ...]
"""Names with their exponents, sorted by name; () for none."""

_TOKEN = re.compile(
    r"(?P<name>\u00b0[CFK]?(?![A-Za-z])|%|[A-Za-z\u03bc\u03a9\u00c5][A-Za-z_\u03bc\u03a9\u00c5]{0,29})"
    r"|\^ ?(?:\{ ?(?P<braced>[+-]? ?\d{1,2}) ?\}|\( ?(?P<bracketed>[+-]?\d{1,2}) ?\)|(?P<bare>[+-]?\d{1,2}))(?![\d.])"
    r"|(?<=[A-Za-z\u03a9\u00c5])(?P<adjacent>-?[1-9])(?![\d.])"
    r"|(?P<frac>\\frac)|(?P<one>1)(?=[ /])|(?P<sign>[*/(){}])|(?P<space> +)"
)
_PHRASE = re.compile("|".join(rf"\b{re.escape(phrase)}\b" for phrase in PHRASES), re.IGNORECASE)
_HYPHEN = re.compile(r"(?<=[\w)}])-(?=[A-Za-z\u03a9])")
_POWER_WORDS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_POWERS_AFTER = {"squared": 2, "cubed": 3}


class UnitSyntaxError(ValueError):
    """A text that is no unit."""


@lru_cache(4096)
def read_unit(text: str) -> Unit | None:
    r"""Return a unit as names and exponents, () for an empty text; None for what is no unit by its form.

    After a slash or "per" all that follows is below it: `J/mol K` is J/(mol K), as it is commonly meant.

    Args:
        text: in plain notation.
    """
    text = text.strip()
    if not text:
        return ()
    if len(text) > MAX_UNIT_CHARS:
        return None
    try:
        tokens = _tokens(_HYPHEN.sub("*", _PHRASE.sub(lambda match: PHRASES[match[0].lower()], text)))
        powers, place = _product(tokens, 0)
    except UnitSyntaxError:
        return None
    named = {name: power for name, power in powers.items() if power}
    if place != len(tokens) or len(named) > MAX_NAMES or any(abs(power) > MAX_EXPONENT for power in named.values()):
        return None
    return tuple(sorted(named.items()))


def is_known(unit: Unit) -> bool:
    """Tell whether all names of a unit are ones that need no word saying that they are units."""
    return all(name in _KNOWN_CANONICAL for name, _ in unit)


def counted(unit: Unit) -> Unit:
    """Return the part of a unit that names things that are counted."""
    return tuple((name, power) for name, power in unit if name in COUNTED)


def measured(unit: Unit) -> Unit:
    """Return the part of a unit that names no things that are counted."""
    return tuple((name, power) for name, power in unit if name not in COUNTED)


def canonical_name(name: str) -> str:
    """Return one spelling of a unit's name, as far as that needs no table of prefixes."""
    single = PLURALS.get(name.lower()) or name.lower().removesuffix("s")
    if name.lower() in COUNTED or single in COUNTED:
        return name.lower() if name.lower() in COUNTED else single
    if name.istitle() and name.lower() in LONG_NAMES:
        name = name.lower()
    if name in LONG_NAMES:
        return name.removesuffix("s").replace("metre", "meter").replace("litre", "liter")
    return ALIASES.get(name, name)


_KNOWN_CANONICAL = frozenset(map(canonical_name, KNOWN)) | COUNTED


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return the kinds and values of a unit's tokens, spaces left out.

    Raises:
        UnitSyntaxError: for anything else.
    """
    tokens: list[tuple[str, str]] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise UnitSyntaxError(text)
        place = match.end()
        kind = str(match.lastgroup)
        if kind in ("braced", "bracketed", "bare", "adjacent"):
            tokens.append(("power", match[kind].replace(" ", "")))
        elif kind != "space":
            tokens.append((match[0] if kind == "sign" else kind, match[0]))
    return tokens


def _product(tokens: list[tuple[str, str]], place: int) -> tuple[dict[str, int], int]:
    """Read factors up to the end or a closing bracket; return the exponents and the place behind them."""
    powers: dict[str, int] = {}
    below = False
    expected = False
    while place < len(tokens) and tokens[place][0] not in (")", "}"):
        kind, value = tokens[place]
        if kind in ("*", "/") or (kind == "name" and value == "per"):
            if expected or (kind == "*" and not powers):
                raise UnitSyntaxError(value)
            below, expected, place = below or kind != "*", True, place + 1
            continue
        factor, place = _factor(tokens, place)
        for name, power in factor.items():
            powers[name] = powers.get(name, 0) + (-power if below else power)
        expected = False
    if expected:
        raise UnitSyntaxError("a factor is missing at the end")
    return powers, place


def _factor(tokens: list[tuple[str, str]], place: int) -> tuple[dict[str, int], int]:
    """Read one factor with its exponent."""
    kind, value = tokens[place]
    times = 1
    if kind == "name" and value.lower() in _POWER_WORDS:
        times, place = _POWER_WORDS[value.lower()], place + 1
        kind, value = tokens[place] if place < len(tokens) else ("end", "")
    if kind == "name":
        powers, place = {canonical_name(value): 1}, place + 1
    elif kind == "one":
        powers, place = {}, place + 1
    elif kind == "frac":
        above, place = _group(tokens, place + 1, "{")
        below, place = _group(tokens, place, "{")
        powers = _combined(above, below)
    elif kind in ("(", "{"):
        powers, place = _group(tokens, place, kind)
    else:
        raise UnitSyntaxError(value)
    power, place = _power(tokens, place)
    return {name: exponent * power * times for name, exponent in powers.items()}, place


def _power(tokens: list[tuple[str, str]], place: int) -> tuple[int, int]:
    """Read the exponent behind a factor, 1 where there is none."""
    if place < len(tokens):
        kind, value = tokens[place]
        if kind == "power":
            return int(value), place + 1
        if kind == "name" and value in _POWERS_AFTER:
            return _POWERS_AFTER[value], place + 1
    return 1, place


def _group(tokens: list[tuple[str, str]], place: int, opening: str) -> tuple[dict[str, int], int]:
    """Read a product in brackets of one kind."""
    closing = {"(": ")", "{": "}"}[opening]
    if place >= len(tokens) or tokens[place][0] != opening:
        raise UnitSyntaxError(f"{opening} is missing")
    powers, place = _product(tokens, place + 1)
    if place >= len(tokens) or tokens[place][0] != closing:
        raise UnitSyntaxError(f"{closing} is missing")
    return powers, place + 1


def _combined(above: Mapping[str, int], below: Mapping[str, int]) -> dict[str, int]:
    """Return the exponents of a fraction."""
    powers = dict(above)
    for name, power in below.items():
        powers[name] = powers.get(name, 0) - power
    return powers
