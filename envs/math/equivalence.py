r"""Whether two mathematical answers are the same: by string or exact number where that decides, else symbolically.

`quick_equivalent` only compares and runs anywhere; `symbolic_equivalent` parses and simplifies what a model wrote and
belongs in a killable worker.
"""

import re
from functools import lru_cache
from typing import Any

from prorl_rllib.envs.math.normalise import normalise
from prorl_rllib.envs.math.numbers import read_number, same_number

MAX_DEPTH = 50
"""Deepest nesting of brackets that is parsed."""
MAX_POWER = 10_000
"""Largest exponent, bound or factorial argument that is evaluated."""
RELATIVE_ERROR = 1e-5
"""Two numbers that math-verify calls equal must also agree to this (it rounds to 6 decimals)."""
ZERO = 1e-20

_WORDS = re.compile(r"[A-Za-z][A-Za-z '-]*[A-Za-z]")
_CHOICE = re.compile(r"\(?([A-Z])\)?")
_CHOSEN = re.compile(r"\(?([A-Za-z])(?:\)?[.:]?|[.:)] .*)", re.DOTALL)
_ELLIPSIS = re.compile(r"\\[lcd]?dots|\.\.\.|\u2026")
_BASE = re.compile(r"\d_\{?\d")
_ASSIGNMENT = re.compile(r"\\?[a-zA-Z]+(?:_(?:\{\w+\}|\w))? ?(?:=|\\in(?![a-zA-Z])) ?(?=\S)")
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
    gold, answer = normalise(gold), normalise(answer)
    if answer.count("=") > max(1, gold.count("=")):
        return False  # a chain such as 1 = 2 = 5 would pass for each of its ends
    answer = drop_assignment(gold, answer)
    if gold == answer or (squeeze(gold) == squeeze(answer) and not re.search(r"\d \d", gold + "|" + answer)):
        return True
    number = read_number(gold)
    if number is not None and (found := read_number(answer)):
        return same_number(number, found)
    if _CHOICE.fullmatch(gold) and (chosen := _CHOSEN.fullmatch(answer)):
        return chosen[1].upper() == gold.strip("()")
    if _WORDS.fullmatch(gold) or (number is not None and _WORDS.fullmatch(answer)):
        return gold.casefold() == answer.casefold()
    if _ELLIPSIS.search(gold + answer) or _BASE.search(gold + " " + answer):
        return squeeze(gold) == squeeze(answer)
    if number is not None and (number.unit not in ("", "%") or re.search(r"\d \d", answer)):
        return False
    return False if too_costly(answer) or other_brackets(gold, answer) else None


def squeeze(text: str) -> str:
    """Return a text without spaces and braces that only group one sign, such as in x^{2}."""
    return re.sub(r"(?<=[_^])\{(\w)\}", r"\1", text.replace(" ", ""))


def drop_assignment(gold: str, answer: str) -> str:
    """Return a normalised answer without a leading `x =`, when the gold answer has none."""
    if "=" in gold or "\\in" in gold:
        return answer
    match = _ASSIGNMENT.match(answer)
    return answer[match.end() :] if match else answer


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
    from math_verify import verify

    parsed = _parse(drop_assignment(normalise(gold), normalise(answer)))
    if not gold_parsed or not parsed or not verify(gold_parsed, parsed, strict=True, timeout_seconds=None):
        return False
    return _numbers_agree(gold_parsed[0], parsed[0])


@lru_cache(256)
def parse_answer(gold: str) -> list[Any]:
    """Return math-verify's reading of a reference answer; the answers to one prompt share it."""
    return _parse(normalise(gold))


def _parse(text: str) -> list[Any]:
    """Return math-verify's reading of a normalised answer: a sympy object and a string, or nothing."""
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse

    configs = [LatexExtractionConfig(boxed_match_priority=0), ExprExtractionConfig()]
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
