"""Numerals with their base as a subscript, such as 1010_2."""

import re
from typing import NamedTuple

_NUMERAL = re.compile(r"([0-9A-F]+) ?_ ?(?:\{ ?\(?(\w+)\)? ?\}|(\d+))")
_NAMES = {"two": "2", "three": "3", "eight": "8", "ten": "10", "sixteen": "16"}
_BASES = frozenset(str(base) for base in range(2, 17))


class Numeral(NamedTuple):
    """Digits and the base they are read in."""

    digits: str
    base: str


def read_numeral(text: str) -> Numeral | None:
    """Return the numeral of a normalised answer that writes a base; None of any other."""
    match = _NUMERAL.fullmatch(text)
    if match is None:
        return None
    base = (match[2] or match[3]).lower()
    base = _NAMES.get(base, base)
    if base not in _BASES or any(int(digit, 16) >= int(base) for digit in match[1]):
        return None
    return Numeral(match[1].lstrip("0") or "0", base)


def same_numeral(gold: str, answer: str) -> bool | None:
    """Compare two answers one of which writes a base; None when none does.

    They are the same when digits and base are: a problem that asks for base 8 does not take base 10. A plain number is
    one in base 10.
    """
    expected = read_numeral(gold)
    numerals = [expected, read_numeral(answer.upper() if expected else answer)]
    if numerals == [None, None]:
        return None
    plain = [
        numeral or (Numeral(text.lstrip("0") or "0", "10") if text.isdigit() else None)
        for numeral, text in zip(numerals, (gold, answer), strict=True)
    ]
    return None not in plain and plain[0] == plain[1]
