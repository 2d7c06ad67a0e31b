"""Converting between units with pint. In a worker only: importing pint takes a fifth of a second.

pint sees single names that `unit_notation` cut out, never an expression of a model: what it evaluates has no operators
and no numbers.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Any

from prorl_rllib.envs.stem.unit_notation import Unit

_DEFINITIONS = (
    "ppb = 1e-9",
    "diopter = 1 / meter",
    "solar_mass = 1.98847e30 * kilogram",
)
"""Units that pint lacks."""
_OFFSET = {"degree_Celsius": "delta_degree_Celsius", "degree_Fahrenheit": "delta_degree_Fahrenheit"}
_KINDS = {
    "hertz": "cycles",
    "radian": "angle",
    "degree": "angle",
    "turn": "angle",
    "revolutions_per_minute": "angle",
    "becquerel": "decays",
    "curie": "decays",
    "gray": "absorbed dose",
    "sievert": "equivalent dose",
}
"""Units of one dimension that measure different things: 50 Hz is not 50 rad/s."""


@lru_cache(1)
def registry() -> Any:
    """Return pint's registry; made once a process, without a cache on disk."""
    import pint

    made = pint.UnitRegistry(cache_folder=None)
    for definition in _DEFINITIONS:
        made.define(definition)
    return made


@lru_cache(4096)
def resolve(unit: Unit) -> Any | None:
    """Return pint's unit for names and exponents, or None when it knows one of the names not.

    Args:
        unit: as `read_unit` returns it.
    """
    product = registry().Unit("dimensionless")
    alone = len(unit) == 1 and unit[0][1] == 1
    for name, power in unit:
        found = _named(name if alone else _OFFSET.get(name, name))
        if found is None:
            return None
        product = product * found**power
    return product


def convert(value: Fraction, unit: Unit, target: Unit) -> Fraction | None:
    """Return a value in another unit; None when the dimensions differ or one of the units is unknown.

    Args:
        value: in `unit`.
        unit: of the value.
        target: to convert to.
    """
    import pint

    source, wanted = resolve(unit), resolve(target)
    if source is None or wanted is None or _kinds_clash(source, wanted):
        return None
    try:
        if any(name in _OFFSET for name, _ in (*unit, *target)):
            return Fraction(float(registry().Quantity(float(value), source).to(wanted).magnitude))
        return value * Fraction(float(registry().Quantity(1.0, source).to(wanted).magnitude))
    except (pint.PintError, OverflowError, ValueError, ZeroDivisionError):
        return None


def _named(name: str) -> Any | None:
    """Return pint's unit of one name, or None; a capital letter in front of a written-out name is forgiven."""
    import pint

    spellings = [name, name.lower()] if name.istitle() and len(name) > 3 else [name]
    for spelling in spellings:
        try:
            return registry().parse_units(spelling)
        except (pint.PintError, AttributeError, ValueError, TypeError, SyntaxError):
            continue
    return None


def _kinds_clash(first: Any, second: Any) -> bool:
    """Tell whether two units measure different things although their dimensions may agree."""
    kinds = [{_KINDS[name] for name in unit._units if name in _KINDS} for unit in (first, second)]
    return bool(kinds[0] and kinds[1] and kinds[0] != kinds[1])
