r"""Whether two mathematical answers are the same: by string, exact number or 60 digits where that decides.

`quick_equivalent` only compares, with every step bounded, and runs anywhere; what it leaves open is decided by
`symbolic_equivalent`, which parses and simplifies what a model wrote and belongs in a killable worker.
"""

import re
from functools import lru_cache
from typing import Any

from prorl_rllib.envs.math.bases import same_numeral
from prorl_rllib.envs.math.collections import Values, all_of, opens_wider, read_values, same_values
from prorl_rllib.envs.math.costs import malformed, too_costly
from prorl_rllib.envs.math.equations import same_equation
from prorl_rllib.envs.math.expressions import is_expression, same_expression
from prorl_rllib.envs.math.inequalities import as_intervals
from prorl_rllib.envs.math.intervals import different_unions
from prorl_rllib.envs.math.matrices import read_matrix, same_matrix, too_large
from prorl_rllib.envs.math.normalise import normalise
from prorl_rllib.envs.math.numbers import Number, as_fraction, read_number, same_number
from prorl_rllib.envs.math.ratios import in_words_as_ratio, same_ratio
from prorl_rllib.envs.math.relations import (
    MAX_SIDES,
    claims_otherwise,
    drop_assignment,
    foreign_words,
    has_letters,
    is_relation,
    sides,
)
from prorl_rllib.envs.math.rewriting import as_list, is_list, named_pair, scaled
from prorl_rllib.envs.math.units import quantity, units_agree

RELATIVE_ERROR = 1e-5
"""Two numbers that math-verify calls equal must also agree to this (it rounds to 6 decimals)."""
ZERO = 1e-20

_WORDS = re.compile(r"(?=.*[A-Za-z]{2})[A-Za-z][A-Za-z '-]*[A-Za-z]")
_CHOICE = re.compile(r"\(?([A-Z])\)?")
_OTHER_CHOICE = re.compile(r"\b(?:or|and|not|nor|no)\b|\([A-Z]\)|\b[A-Z]\)")
_CHOSEN = re.compile(r"\(?([A-Za-z])(?:\)?[.:]?|[.:)] (.*))", re.DOTALL)
_EULER_OR_TEN = re.compile(r"\de[+-]?\d")
_NO_NUMBER = re.compile(r"(?:[<>*]|\\(?:le|ge|lt|gt|cdot|times)(?![a-zA-Z]))|.*\d ?[_']", re.DOTALL)
_ELLIPSIS = re.compile(r"\\[lcd]?dots|\.\.\.|\u2026")


def quick_equivalent(gold: str, answer: str) -> bool | None:
    """Compare two answers as strings, as exact numbers and by value.

    Args:
        gold: the reference answer.
        answer: the extracted answer.

    Returns:
        Whether they are the same, or None when only a symbolic comparison can tell.
    """
    if gold == answer:
        return True
    plain, given = _normalised(gold), normalise(answer)
    if plain == given or _same_letters(plain, given):
        return True
    if _CHOICE.fullmatch(plain) and (chosen := _CHOSEN.fullmatch(drop_assignment(given))):
        return chosen[1].upper() == plain.strip("()") and not _OTHER_CHOICE.search(chosen[2] or "")
    if _WORDS.fullmatch(plain):
        return plain.casefold() == drop_assignment(given).casefold()
    if (intervals := _intervals(plain, given)) is not None:
        return None not in map(_read_interval, intervals) and compare_values(*intervals)
    if "_" in plain and (same := same_numeral(plain, drop_assignment(given))) is not None:
        return same
    compared = comparable(gold, answer)
    if compared is None:
        return False
    return all_of([compare_values(compared[0], side) for side in compared[1]])


def comparable(gold: str, answer: str) -> tuple[str, list[str]] | None:
    """Return what is to be compared: the reference answer, and the expressions that all have to be the same.

    Args:
        gold: the reference answer.
        answer: the extracted answer.

    Returns:
        Both normalised, without units; None when the answer says something else, in a unit, a relation or in words.
    """
    (expected, unit), (found, found_unit) = _reference(gold), quantity(answer)
    if unit is None:
        found = normalise(answer)
    elif not units_agree((expected, unit), (found, found_unit)):
        return None
    found = scaled(_join_list(found))
    found = in_words_as_ratio(expected, found)
    if is_list(expected):
        found = as_list(found)
    if expected.startswith("("):
        found = named_pair(found) or found
    if is_relation(expected):
        chained = len(sides(found)) > max(2, len(sides(expected)))
        otherwise = claims_otherwise(found) and not claims_otherwise(expected)
        return None if chained or otherwise or foreign_words(expected, found) else (expected, [found])
    found = drop_assignment(found)
    parts = sides(found)
    if claims_otherwise(found) or foreign_words(expected, found) or not all(parts) or len(parts) > MAX_SIDES:
        return None
    return expected, parts


def compare_values(gold: str, answer: str) -> bool | None:
    """Compare a normalised answer without unit and assignment, or a part of one; as `quick_equivalent`."""
    if gold == answer or _same_letters(gold, answer):
        return True
    number = _number(gold)
    if number is not None and (found := read_number(answer)):
        return same_number(number, found)
    if _ELLIPSIS.search(gold + answer):
        return _ELLIPSIS.sub("...", squeeze(gold)) == _ELLIPSIS.sub("...", squeeze(answer))
    if (same := same_numeral(gold, answer)) is not None:
        return same
    if (same := same_ratio(gold, answer, read_number(answer))) is not None:
        return same
    if number is not None and _is_no_number(answer):
        return False
    return False if too_costly(answer) or malformed(gold, answer) else _compare_structures(gold, answer)


def _is_no_number(answer: str) -> bool:
    r"""Tell whether an answer is certainly no single number: one beside another, `\ge 5`, `5'`."""
    return _NO_NUMBER.match(answer) is not None or (
        re.search(r"\d \d", answer) is not None and not is_expression(answer)
    )


def _compare_structures(gold: str, answer: str) -> bool | None:
    """Compare equations, matrices, several values or expressions; as `quick_equivalent`."""
    if len(sides(gold)) > 1:
        return same_equation(gold, answer, compare_values)
    matrices = read_matrix(gold), read_matrix(answer)
    if matrices[0] and matrices[1]:
        return False if too_large(matrices[1]) else same_matrix(matrices[0], matrices[1], compare_values)
    if matrices[0] or matrices[1]:
        return False if is_expression(answer if matrices[0] else gold) else None
    if "," in answer and opens_wider(answer):
        return False
    several = read_values(gold), read_values(answer)
    if several[0] and several[1]:
        same = same_values(several[0], several[1], compare_values)
        return False if same is None and different_unions(several[0], several[1]) else same
    if several[0] or several[1]:
        values, single = (several[0], answer) if several[0] else (several[1], gold)
        return False if values and len(values.items) != 1 and is_expression(single) else None
    same = same_expression(as_fraction(gold), as_fraction(answer))
    if same is False and _EULER_OR_TEN.search(gold + " " + answer):
        return same_expression(gold, answer)
    return same


def _intervals(gold: str, answer: str) -> tuple[str, str] | None:
    """Return two answers as intervals when one of them, at least, is an inequality that says one; else None."""
    said = as_intervals(gold), as_intervals(answer)
    if said == (None, None):
        return None
    pair = said[0] or drop_assignment(gold), said[1] or drop_assignment(answer)
    return pair if all(map(read_values, pair)) else None


def _read_interval(text: str) -> Values | None:
    """Return the ends of an interval, or its pieces; None for a list and a set."""
    values = read_values(text)
    return values if values and values.brackets not in ("", "{}") else None


def _join_list(answer: str) -> str:
    """Return an answer with `and` between values as a comma."""
    return re.sub(r",? and (?=[^a-zA-Z\s])", ", ", answer)


@lru_cache(8192)
def _normalised(text: str) -> str:
    """Return `normalise(text)` of a reference answer, which the answers to its prompt share."""
    return normalise(text)


@lru_cache(8192)
def _reference(gold: str) -> tuple[str, str | None]:
    """Return a reference answer as it is compared, and its unit.

    The unit is None when the answer holds variables: what looks like a unit may then be one of them.
    """
    amount, unit = quantity(gold)
    if has_letters(scaled(amount)):
        text = normalise(gold)
        return named_pair(text) or as_list(text), None
    return scaled(as_list(amount)), unit


@lru_cache(8192)
def _number(text: str) -> Number | None:
    """Return `read_number(text)` of a reference answer."""
    return read_number(text)


def _same_letters(gold: str, answer: str) -> bool:
    """Tell whether two normalised answers differ in spaces only, none of them between two digits."""
    return squeeze(gold) == squeeze(answer) and not re.search(r"\d\.? \d|\d \.", gold + "|" + answer)


def squeeze(text: str) -> str:
    """Return a text without spaces and braces that only group one sign, such as in x^{2}."""
    return re.sub(r"(?<=[_^])\{(\w)\}", r"\1", text.replace(" ", ""))


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

    quick = compare_values(gold, answer)
    if quick is not None:
        return quick
    parsed = _parse(answer)
    if not parsed or not verify(gold_parsed, parsed, strict=True, timeout_seconds=None):
        return False
    return _numbers_agree(gold_parsed[0], parsed[0])


@lru_cache(256)
def parse_answer(gold: str) -> list[Any]:
    """Return math-verify's reading of a reference answer; the answers to one prompt share it."""
    return _parse(_reference(gold)[0])


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
