"""Whether two quantities agree, as far as that needs no table of units."""

from fractions import Fraction

from prorl_rllib.envs.stem.quantities import Quantity
from prorl_rllib.envs.stem.unit_notation import Unit, counted, is_known

PERCENT: Unit = (("percent", 1),)
_DEGREE_LETTERS: dict[Unit, Unit] = {
    (("coulomb", 1),): (("degree_Celsius", 1),),
    (("farad", 1),): (("degree_Fahrenheit", 1),),
}
"""Beside a temperature, "25 C" is no charge."""


def within(gold: Quantity, value: Fraction, allowed: Fraction) -> bool:
    """Tell whether a value in the reference's unit is within an absolute tolerance of it."""
    return abs(value - gold.value) <= allowed


def quick_agree(gold: Quantity, answer: Quantity, allowed: Fraction, require_unit: bool) -> bool | None:
    """Compare two quantities without converting between units.

    Args:
        gold: the reference.
        answer: the answer.
        allowed: the largest difference, in the reference's unit.
        require_unit: whether an answer without the unit of the reference is wrong.

    Returns:
        Whether they agree, or None when a conversion has to tell.
    """
    if answer.unit == gold.unit or _DEGREE_LETTERS.get(answer.unit) == gold.unit:
        return within(gold, answer.value, allowed)
    if not answer.unit:
        return _bare_agrees(gold, answer.value, allowed, require_unit)
    if not gold.unit:
        if answer.unit == PERCENT and within(gold, answer.value / 100, allowed):
            return True
        return is_known(answer.unit) and within(gold, answer.value, allowed)
    return None if counted(gold.unit) == counted(answer.unit) else False


def _bare_agrees(gold: Quantity, value: Fraction, allowed: Fraction, require_unit: bool) -> bool:
    """Compare a number without a unit: it is in the reference's unit, or a share beside a percentage."""
    if gold.unit == PERCENT and within(gold, 100 * value, allowed):
        return True
    return not require_unit and within(gold, value, allowed)
