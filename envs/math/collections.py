r"""Answers of several values: pairs, sets, lists, intervals and their unions.

Pairs and intervals keep their order and their kind of bracket; sets and plain lists do not care for order.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MAX_COMPARISONS = 100
"""Most pairs of values that are compared."""
MAX_PIECES = 10
"""Most pieces of a union that are compared."""
Compare = Callable[[str, str], bool | None]

_EMPTY = ("\\emptyset", "\\{\\}", "\\{ \\}")
_AND = re.compile(r",? and (?=\S)")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_CUP = re.compile(r" ?\\cup(?![a-zA-Z]) ?")
_SIGN = re.compile(r"\\pm(?![a-zA-Z]) ?")


@dataclass(frozen=True)
class Values:
    r"""Several values.

    Attributes:
        brackets: such as "()", "[)" and "{}"; "" for a plain list, "\\cup" for a union of intervals.
        items: the values as text.
    """

    brackets: str
    items: tuple[str, ...]

    @property
    def is_ordered(self) -> bool:
        """Whether the order counts."""
        return self.brackets[:1] in ("(", "[")


def read_values(text: str) -> Values | None:
    """Return the values of a normalised answer, None when it is a single one.

    Args:
        text: without unit and relation.
    """
    text = text.replace("\\lbrace", "\\{").replace("\\rbrace", "\\}")
    if text in _EMPTY:
        return Values("{}", ())
    if len(parts := _CUP.split(text)) > 1:
        return Values("\\cup", tuple(parts))
    brackets, inner = _outer_brackets(text)
    items = split_commas(_AND.sub(", ", inner) if brackets != "()" else inner)
    if brackets in ("()", "") and len(items) == 1:
        signs = _both_signs(text)
        return Values("", tuple(signs)) if len(signs) > 1 else None
    if not brackets and (_GROUPED.fullmatch(text) or opens_wider(text)):
        return None
    if brackets[:1] not in ("(", "["):
        items = [signed for item in items for signed in _both_signs(item)]
    return Values(brackets, tuple(items))


def same_values(gold: Values, answer: Values, compare: Compare) -> bool | None:
    """Compare several values with several others.

    Args:
        gold: of the reference answer.
        answer: of the answer.
        compare: compares two values; None where it cannot tell.

    Returns:
        None when only a symbolic comparison can tell.
    """
    if not all(gold.items + answer.items):
        return False
    if "\\cup" in (gold.brackets, answer.brackets):
        return _same_unions(gold, answer, compare)
    if "" in (gold.brackets, answer.brackets) and len(gold.items) != len(answer.items):
        return False
    if gold.is_ordered != answer.is_ordered:
        return None if "" in (gold.brackets, answer.brackets) else False
    if gold.is_ordered:
        return _same_in_order(gold, answer, compare)
    if len(gold.items) * len(answer.items) > MAX_COMPARISONS:
        return None
    return _same_in_any_order(gold.items, answer.items, compare)


def split_commas(text: str) -> list[str]:
    """Return the parts of a text between the commas outside all brackets."""
    depth, start, parts = 0, 0, []
    for place, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth <= 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def _outer_brackets(text: str) -> tuple[str, str]:
    """Return the brackets around a whole text, such as "[)", and what is within; "" and the text without any."""
    for opening, closing, kind in (("\\{", "\\}", "{}"), ("\\langle", "\\rangle", "()")):
        if text.startswith(opening) and text.endswith(closing) and len(text) >= len(opening) + len(closing):
            inner = text[len(opening) : -len(closing)]
            return (kind, inner) if opening not in inner else ("", text)
    if len(text) < 2 or text[0] not in "([" or text[-1] not in ")]" or text[-2:-1] == "\\":
        return "", text
    depth = 0
    for place, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth == 0:
            return (text[0] + text[-1], text[1:-1]) if place == len(text) - 1 else ("", text)
    return "", text


def opens_wider(text: str) -> bool:
    """Tell whether the brackets of a text do not match, such as in `[0,1`."""
    return sum(char in "([{" for char in text) != sum(char in ")]}" for char in text)


def _both_signs(text: str) -> list[str]:
    r"""Return both readings of a text with one \pm, else the text alone."""
    found = _SIGN.findall(text)
    if len(found) != 1:
        return [text]
    before = text[: text.index("\\pm")].rstrip()
    plus = "" if not before or before[-1] in "{(" else "+"
    return [_SIGN.sub(plus, text), _SIGN.sub("-", text)]


def _same_in_order(gold: Values, answer: Values, compare: Compare) -> bool | None:
    """Compare pairs, tuples and intervals."""
    if gold.brackets != answer.brackets or len(gold.items) != len(answer.items):
        return False
    return all_of([compare(*pair) for pair in zip(gold.items, answer.items, strict=True)])


def _same_in_any_order(gold: Sequence[str], answer: Sequence[str], compare: Compare) -> bool | None:
    """Compare sets: each value of one must be a value of the other."""
    table = [[compare(one, other) for other in answer] for one in gold]
    rows = [_any_of(row) for row in table]
    columns = [_any_of([row[place] for row in table]) for place in range(len(answer))]
    return all_of(rows + columns)


def _same_unions(gold: Values, answer: Values, compare: Compare) -> bool | None:
    """Compare unions piece by piece; pieces cut elsewhere are left to a symbolic comparison."""
    if gold.brackets != answer.brackets or len(gold.items) != len(answer.items) or len(gold.items) > MAX_PIECES:
        return None
    return _same_in_any_order(gold.items, answer.items, compare) or None


def all_of(results: Sequence[bool | None]) -> bool | None:
    """Return False when one is False, None when one is undecided, else True."""
    return False if False in results else (None if None in results else True)


def _any_of(results: Sequence[bool | None]) -> bool | None:
    """Return True when one is True, None when one is undecided, else False."""
    return True if True in results else (None if None in results else False)
