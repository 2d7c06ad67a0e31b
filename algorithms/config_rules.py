"""Checks of settings that read as one table: key, predicate, allowed range."""

import math
from collections.abc import Callable, Iterable
from numbers import Integral, Real
from typing import Any

from prorl_rllib.envs.settings import did_you_mean

Predicate = Callable[[Any], bool]
Rule = tuple[str, Predicate, str]
"""The key, whether a value is allowed, and what is allowed in words."""

AT_LEAST_0 = "an integer of at least 0"
AT_LEAST_1 = "an integer of at least 1"
ABOVE_0 = "a number above 0"

# More than that no one reads, such as all of RLlib's.
_MOST_KEYS_TO_LIST = 32


def integer(least: int) -> Predicate:
    """Return a predicate for integers, numpy's included, of at least `least`."""
    return lambda value: isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def number(condition: Callable[[float], bool]) -> Predicate:
    """Return a predicate for finite numbers, numpy's included, for which `condition` holds."""

    def holds(value: Any) -> bool:
        if not isinstance(value, Real) or isinstance(value, bool):
            return False
        try:
            as_float = float(value)
        except OverflowError:  # An integer beyond all floats.
            return False
        return math.isfinite(as_float) and condition(as_float)

    return holds


def positive(value: Any) -> bool:
    """Return whether a value is a finite number above 0."""
    return number(lambda x: x > 0)(value)


def not_negative(value: Any) -> bool:
    """Return whether a value is a finite number of at least 0."""
    return number(lambda x: x >= 0)(value)


def share(value: Any) -> bool:
    """Return whether a value is a number in [0, 1]."""
    return number(lambda x: 0 <= x <= 1)(value)


def optional(holds: Predicate) -> Predicate:
    """Return a predicate that takes None too."""
    return lambda value: value is None or holds(value)


def one_of(*choices: Any) -> Predicate:
    """Return a predicate for the values of a list; True is not taken for 1."""
    return lambda value: any(value == choice and type(value) is type(choice) for choice in choices)


def is_bool(value: Any) -> bool:
    """Return whether a value is True or False."""
    return isinstance(value, bool)


def is_betas(value: Any) -> bool:
    """Return whether a value is a pair of AdamW's betas."""
    return isinstance(value, tuple | list) and len(value) == 2 and all(map(number(lambda beta: 0 <= beta < 1), value))


def choice_rule(key: str, *choices: str, note: str = "") -> Rule:
    """Return the rule of a key that names one of several ways."""
    return key, one_of(*choices), f"one of {', '.join(choices)}{note}"


def check_rules(config: Any, rules: Iterable[Rule]) -> None:
    """Check each attribute that the table names.

    Args:
        config: An object with these attributes.
        rules: The table.

    Raises:
        ValueError: naming the key, its value and the allowed range.
    """
    for key, holds, allowed in rules:
        check_value(key, getattr(config, key), holds, allowed)


def check_value(key: str, value: Any, holds: Predicate, allowed: str) -> None:
    """Check one value.

    Args:
        key: Its name, for the message.
        value: The value.
        holds: Whether it is allowed.
        allowed: What is allowed, for the message.

    Raises:
        ValueError: naming the key, its value and the allowed range.
    """
    if not holds(value):
        raise ValueError(f"{key}={value!r} is out of range: it must be {allowed}.")


def check_keys(where: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse names that nothing reads.

    Args:
        where: What the names were given to, for the message.
        given: The names.
        known: All that are allowed.

    Raises:
        ValueError: for an unknown name, with the nearest known one, or with all where none is near.
    """
    known = sorted(known)
    for key in given:
        if key not in known:
            near = did_you_mean(key, known)
            keys = "" if near or len(known) > _MOST_KEYS_TO_LIST else f"; keys: {', '.join(known)}"
            raise ValueError(f"unknown key {key!r} in {where}{near}{keys}.")
