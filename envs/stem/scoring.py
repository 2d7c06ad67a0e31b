"""What kind of answer a reference wants, and whether an answer is it.

Each kind has a quick comparison, for the caller's process, and where that cannot decide a thorough one for a worker.
"""

import re
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.math.equivalence import parse_answer
from prorl_rllib.envs.stem.choices import chosen, gold_letters, lettered
from prorl_rllib.envs.stem.comparison import quick_agree, within
from prorl_rllib.envs.stem.expressions import evaluated, quick_expression, squeezed, symbolic_expression
from prorl_rllib.envs.stem.names import is_formula, is_text, same_formula, same_text
from prorl_rllib.envs.stem.notation import plain
from prorl_rllib.envs.stem.quantities import MAX_SIDES, Quantity, read_gold, read_quantity, sides
from prorl_rllib.envs.stem.reference import StemOptions, StemReference
from prorl_rllib.envs.stem.tolerance import tolerance
from prorl_rllib.envs.stem.unit_notation import Unit, counted, is_known, measured, read_unit

Kind = Literal["choice", "quantity", "unit", "formula", "text", "expression"]

LETTERS = {letter: letter for letter in "ABCDEFGHIJ"}
"""The options of a reference that is a letter and lists none."""
SAME_UNIT = Fraction(1, 10**9)
"""Largest relative difference of two units that are the same, for the sake of floating-point numbers."""


def kind_of(reference: StemReference) -> Kind:
    """Return how answers to a reference are compared."""
    return _kind(reference.answer, reference.unit, reference.options is not None)


@lru_cache(4096)
def _kind(answer: str, unit: str | None, has_options: bool) -> Kind:
    """Return the kind of a reference answer."""
    if has_options or (gold_letters(answer, LETTERS) and len(plain(answer).strip("()")) == 1):
        return "choice"
    quantity = read_gold(answer, unit)
    if quantity is not None and (unit is not None or is_known(quantity.unit)):
        return "quantity"
    if is_formula(answer) and not re.search(r"[ /*^]", plain(answer)):
        return "formula"  # K2S, before it is taken for square kelvins times siemens
    if gold_unit(answer) is not None:
        return "unit"
    if is_formula(answer):
        return "formula"
    return "text" if is_text(answer) else "expression"


def gold_unit(answer: str) -> Unit | None:
    """Return the unit that a reference answer is: one of several names or with an exponent, such as kg m/s^2."""
    unit = read_unit(plain(answer))
    if not unit or not is_known(unit) or (len(unit) == 1 and unit[0][1] == 1):
        return None
    return unit


def quick_correct(reference: StemReference, answer: str, options: StemOptions) -> bool | None:
    """Compare as text and as exact numbers.

    Args:
        reference: the task's.
        answer: the extracted answer.
        options: the environment's.

    Returns:
        Whether the answer is right, or None when a worker has to tell.
    """
    kind = kind_of(reference)
    if kind == "choice":
        offered = LETTERS if reference.options is None else lettered(reference.options)
        return chosen(answer, offered) == gold_letters(reference.answer, offered)
    if kind == "formula":
        return same_formula(reference.answer, answer)
    if kind == "quantity":
        return _quick_quantity(reference, answer, options)
    if (bare := squeezed(reference.answer)) is not None and bare == squeezed(answer):
        return True
    if kind == "unit":
        return _quick_unit(reference.answer, answer)
    return same_text(reference.answer, answer) if kind == "text" else quick_expression(reference.answer, answer)


def thoroughly_correct(reference: StemReference, answer: str, options: StemOptions) -> bool:
    """Compare with unit conversions and symbolic mathematics. May hang: in a killable worker only."""
    quick = quick_correct(reference, answer, options)
    if quick is not None:
        return quick
    kind = kind_of(reference)
    if kind == "quantity":
        return _thorough_quantity(reference, answer, options)
    return _same_unit(reference.answer, answer) if kind == "unit" else symbolic_expression(reference.answer, answer)


def check_units(reference: StemReference) -> None:
    """Raise when a reference names a unit that cannot be converted. In a worker only.

    Raises:
        TaskError: naming the unit.
    """
    from prorl_rllib.envs.stem.unit_registry import resolve

    if reference.unit is None:
        return
    unit = read_unit(plain(reference.unit))
    if not unit or resolve(measured(unit)) is None:
        raise TaskError(
            f"reference unit = {reference.unit!r} is no unit that pint knows, such as 'm/s', 'J/(mol K)' or 'degC'"
        )


def prepare_comparison(reference: StemReference) -> None:
    """Import what comparing with a reference may need, so that it does not count as scoring. In a worker only."""
    from prorl_rllib.envs.stem.unit_registry import registry

    kind = kind_of(reference)
    if kind in ("quantity", "unit"):
        registry()
    if kind in ("quantity", "expression"):
        parse_answer(reference.answer)


def _quick_quantity(reference: StemReference, answer: str, options: StemOptions) -> bool | None:
    """Compare the values that an answer states, all of which have to be right."""
    gold = _gold_quantity(reference)
    allowed = tolerance(gold, reference.rel_tol)
    stated = sides(plain(answer))
    if len(stated) > MAX_SIDES:
        return False
    results: list[bool | None] = []
    for side in stated:
        found = read_quantity(side)
        results.append(None if found is None else quick_agree(gold, found, allowed, options.require_unit))
    if False in results:
        return False
    if None not in results:
        return True
    return None if any(char.isdigit() or char == "\\" for char in plain(answer)) else False


def _thorough_quantity(reference: StemReference, answer: str, options: StemOptions) -> bool:
    """Compare the values that an answer states, worked out and converted."""
    gold = _gold_quantity(reference)
    allowed = tolerance(gold, reference.rel_tol)
    stated = sides(plain(answer))
    if allowed == 0 and None in [read_quantity(side) for side in stated]:
        return symbolic_expression(reference.answer, answer)
    found = [evaluated(side) for side in stated]
    return all(side is not None and _agree(gold, side, allowed, options.require_unit) for side in found)


def _agree(gold: Quantity, answer: Quantity, allowed: Fraction, require_unit: bool) -> bool:
    """Compare two quantities, the answer converted where it has to be."""
    from prorl_rllib.envs.stem.unit_registry import convert

    quick = quick_agree(gold, answer, allowed, require_unit)
    if quick is not None:
        return quick
    value = convert(answer.value, measured(answer.unit), measured(gold.unit))
    return value is not None and within(gold, value, allowed)


def _quick_unit(gold: str, answer: str) -> bool | None:
    """Compare two units by their names."""
    found = _stated_unit(answer)
    return False if not found else (True if found == gold_unit(gold) else None)


def _same_unit(gold: str, answer: str) -> bool:
    """Tell whether two units are of the same size: J/s is W."""
    from prorl_rllib.envs.stem.unit_registry import convert

    expected, found = gold_unit(gold), _stated_unit(answer)
    if expected is None or not found or counted(expected) != counted(found):
        return False
    factor = convert(Fraction(1), measured(found), measured(expected))
    return factor is not None and abs(factor - 1) <= SAME_UNIT


def _stated_unit(answer: str) -> Unit | None:
    """Return the unit that an answer is, or None."""
    text = plain(answer).removeprefix("1 ")
    return read_unit(text[1:-1] if text.startswith("[") and text.endswith("]") else text)


def _gold_quantity(reference: StemReference) -> Quantity:
    """Return the quantity of a reference that is one."""
    gold = read_gold(reference.answer, reference.unit)
    assert gold is not None
    return gold
