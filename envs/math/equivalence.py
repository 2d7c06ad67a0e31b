r"""Whether two mathematical answers are the same: by string or exact number where that decides, else symbolically.

`quick_equivalent` only compares and runs anywhere; `symbolic_equivalent` parses and simplifies what a model wrote and
belongs in a killable worker.
"""

import re
from functools import lru_cache
from typing import Any

from prorl_rllib.envs.math.normalise import normalise
from prorl_rllib.envs.math.numbers import read_number, same_number
from prorl_rllib.envs.math.relations import (
    MAX_SIDES,
    claims_otherwise,
    drop_assignment,
    foreign_words,
    has_letters,
    is_relation,
    sides,
)
from prorl_rllib.envs.math.units import quantity, units_agree

MAX_DEPTH = 50
"""Deepest nesting of brackets that is parsed."""
MAX_POWER = 10_000
"""Largest exponent, bound or factorial argument that is evaluated."""
RELATIVE_ERROR = 1e-5
"""Two numbers that math-verify calls equal must also agree to this (it rounds to 6 decimals)."""
ZERO = 1e-20

_WORDS = re.compile(r"[A-Za-z][A-Za-z '-]*[A-Za-z]")
_CHOICE = re.compile(r"\(?([A-Z])\)?")
_OTHER_CHOICE = re.compile(r"\b(?:or|and|not|nor|no)\b|\([A-Z]\)|\b[A-Z]\)")
_CHOSEN = re.compile(r"\(?([A-Za-z])(?:\)?[.:]?|[.:)] (.*))", re.DOTALL)
_ELLIPSIS = re.compile(r"\\[lcd]?dots|\.\.\.|\u2026")
_BASE = re.compile(r"\d_\{?\d")
_TOWER = re.compile(r"(\d+) ?\^ ?\{? ?(\d+) ?\^ ?\{? ?(\d+)")
_HIGH_TOWER = re.compile(r"(?:\^ ?\{? ?\d+ ?){4,}")
_LARGE = re.compile(r"\^ ?\{? ?-?\d{6,}|\d{5,}\}? ?!")
_SERIES = re.compile(r"\\(?:sum|prod|d?binom)(?![a-zA-Z])")
_LARGE_BOUND = re.compile(r"\d{5,}|\d ?\^ ?\{? ?\d")


def quick_equivalent(gold: str, answer: str) -> bool | None:
    """Compare two answers as strings and as exact numbers.

    Args:
        gold: the reference answer.
        answer: the extracted answer.

    Returns:
        Whether they are the same, or None when only a symbolic comparison can tell.
    """
    plain, given = normalise(gold), normalise(answer)
    if plain == given or _same_letters(plain, given):
        return True
    if _CHOICE.fullmatch(plain) and (chosen := _CHOSEN.fullmatch(drop_assignment(given))):
        return chosen[1].upper() == plain.strip("()") and not _OTHER_CHOICE.search(chosen[2] or "")
    if _WORDS.fullmatch(plain):
        return plain.casefold() == drop_assignment(given).casefold()
    compared = comparable(gold, answer)
    if compared is None:
        return False
    same = [_quick_side(compared[0], side) for side in compared[1]]
    return False if False in same else (None if None in same else True)


def comparable(gold: str, answer: str) -> tuple[str, list[str]] | None:
    """Return what is to be compared: the reference answer, and the expressions that all have to be the same.

    Args:
        gold: the reference answer.
        answer: the extracted answer.

    Returns:
        Both normalised, without units; None when the answer says something else, in a unit, a relation or in words.
    """
    (expected, unit), (found, found_unit) = quantity(gold), quantity(answer)
    if has_letters(expected):  # with variables, what looks like a unit may be one of them
        expected, found = normalise(gold), normalise(answer)
    elif not units_agree((expected, unit), (found, found_unit)):
        return None
    if is_relation(expected):
        chained = len(sides(found)) > max(2, len(sides(expected)))
        return None if chained or foreign_words(expected, found) else (expected, [found])
    found = drop_assignment(found)
    parts = sides(found)
    if claims_otherwise(found) or foreign_words(expected, found) or not all(parts) or len(parts) > MAX_SIDES:
        return None
    return expected, parts


def _same_letters(gold: str, answer: str) -> bool:
    """Tell whether two normalised answers differ in spaces only, none of them between two digits."""
    return squeeze(gold) == squeeze(answer) and not re.search(r"\d \d", gold + "|" + answer)


def _quick_side(gold: str, answer: str) -> bool | None:
    """Compare a normalised answer without unit and assignment; as `quick_equivalent`."""
    if gold == answer or _same_letters(gold, answer):
        return True
    number = read_number(gold)
    if number is not None and (found := read_number(answer)):
        return same_number(number, found)
    if _ELLIPSIS.search(gold + answer) or _BASE.search(gold + " " + answer):
        return squeeze(gold) == squeeze(answer)
    if number is not None and re.search(r"\d \d", answer):
        return False
    return False if too_costly(answer) or other_brackets(gold, answer) else None


def squeeze(text: str) -> str:
    """Return a text without spaces and braces that only group one sign, such as in x^{2}."""
    return re.sub(r"(?<=[_^])\{(\w)\}", r"\1", text.replace(" ", ""))


def too_costly(answer: str) -> bool:
    """Tell whether an answer nests, grows or sums beyond what a worker can do in its time.

    It spares the worker's time; the deadline holds for what this lets through.
    """
    return (
        _depth(answer) > MAX_DEPTH
        or _LARGE.search(answer) is not None
        or _HIGH_TOWER.search(answer) is not None
        or any(_is_tall(*map(int, match.groups())) for match in _TOWER.finditer(answer))
        or (_SERIES.search(answer) is not None and _LARGE_BOUND.search(answer) is not None)
    )


def _is_tall(base: int, exponent: int, top: int) -> bool:
    """Tell whether base^(exponent^top) has too large an exponent to be evaluated."""
    return base > 1 and exponent > 1 and (top > 20 or exponent**top > MAX_POWER)


def _depth(text: str) -> int:
    """Return how deep the brackets of a text nest."""
    depth = deepest = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return deepest


def other_brackets(gold: str, answer: str) -> bool:
    r"""Tell whether both are lists in brackets of different kinds: (1,2) is not \{1,2\}, nor [1,2)."""
    if any("," not in text or "\\cup" in text for text in (gold, answer)):
        return False
    kinds = [(re.match(r"\\\{|[\[(]", text), text[-1:]) for text in (gold, answer)]
    opened = [match[0] for match, _ in kinds if match]
    return len(opened) == 2 and (opened[0], kinds[0][1]) != (opened[1], kinds[1][1])


def symbolic_equivalent(gold: str, gold_parsed: list[Any], answer: str) -> bool:
    """Compare two answers with math-verify. May hang or exhaust memory: call it in a killable worker only.

    Args:
        gold: the reference answer.
        gold_parsed: what `parse_answer(gold)` returned.
        answer: the extracted answer.
    """
    compared = comparable(gold, answer)
    if compared is None or not gold_parsed:
        return False
    return all(_symbolic_side(compared[0], gold_parsed, side) for side in compared[1])


def _symbolic_side(gold: str, gold_parsed: list[Any], answer: str) -> bool:
    """Compare one expression quickly or, where that does not decide, with math-verify."""
    from math_verify import verify

    quick = _quick_side(gold, answer)
    if quick is not None:
        return quick
    parsed = _parse(answer)
    if not parsed or not verify(gold_parsed, parsed, strict=True, timeout_seconds=None):
        return False
    return _numbers_agree(gold_parsed[0], parsed[0])


@lru_cache(256)
def parse_answer(gold: str) -> list[Any]:
    """Return math-verify's reading of a reference answer; the answers to one prompt share it."""
    expected, _ = quantity(gold)
    return _parse(normalise(gold) if has_letters(expected) else expected)


def _parse(text: str) -> list[Any]:
    """Return math-verify's reading of a normalised answer: a sympy object and a string, or nothing."""
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, LatexNormalizationConfig, parse

    # `units` would take a trailing letter, such as the m of 2m, for a unit; ours are gone by now
    cleaning = LatexNormalizationConfig(malformed_operators=True, nits=True, units=False)
    configs = [LatexExtractionConfig(boxed_match_priority=0, normalization_config=cleaning), ExprExtractionConfig()]
    parsed: list[Any] = parse(f"\\boxed{{{text}}}", extraction_config=configs, parsing_timeout=None)
    return parsed


def _numbers_agree(gold: Any, answer: Any) -> bool:
    """Tell whether two numbers agree relatively; True for what is no number, on which math-verify has the last word."""
    import sympy

    if not (isinstance(gold, sympy.Expr) and isinstance(answer, sympy.Expr)):
        return True
    if gold.free_symbols or answer.free_symbols:
        return True
    expected, found = gold.evalf(30), answer.evalf(30)
    if not (expected.is_number and found.is_number and expected.is_finite and found.is_finite):
        return True
    return bool(abs(expected - found) <= (RELATIVE_ERROR * abs(expected) if expected else ZERO))
