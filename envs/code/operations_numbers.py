"""Operations on integers, of which problems are composed; their source is part of generated solutions."""

import random
from collections.abc import Callable

from prorl_rllib.envs.code.program_text import Step, step


def add(value: int, amount: int) -> int:
    """Add a number."""
    return value + amount


def multiply(value: int, factor: int) -> int:
    """Multiply by a number."""
    return value * factor


def subtract_from(value: int, total: int) -> int:
    """Subtract the value from a number."""
    return total - value


def square_modulo(value: int, modulus: int) -> int:
    """Return the remainder of the square."""
    return value * value % modulus


def digit_sum(value: int) -> int:
    """Return the sum of the decimal digits of the absolute value."""
    return sum(int(digit) for digit in str(abs(value)))


def reverse_digits(value: int) -> int:
    """Reverse the decimal digits, keeping the sign."""
    reversed_digits = int(str(abs(value))[::-1])
    return -reversed_digits if value < 0 else reversed_digits


def halve_or_grow(value: int, amount: int) -> int:
    """Halve an even number, add to an odd one."""
    return value // 2 if value % 2 == 0 else value + amount


def combine_digit_sum(value: int, factor: int) -> int:
    """Add a multiple of the digit sum."""
    return value + factor * digit_sum(value)


def exclusive_or(value: int, mask: int) -> int:
    """Return the bitwise exclusive or with a number."""
    return value ^ mask


NUMBER_STEPS: tuple[Callable[[random.Random], Step], ...] = (
    lambda rng: step(add, "Add {} to it.", rng.randint(2, 99)),
    lambda rng: step(multiply, "Multiply it by {}.", rng.randint(2, 19)),
    lambda rng: step(subtract_from, "Subtract it from {}.", rng.randint(10, 999)),
    lambda rng: step(reverse_digits, "Reverse its decimal digits, keeping the sign and dropping leading zeros."),
    lambda rng: step(
        halve_or_grow, "If it is even, halve it, else add {} to it.", rng.choice((1, 3, 5, 7, 9, 11, 13, 15))
    ),
    lambda rng: step(
        combine_digit_sum,
        "Add {} times the sum of the decimal digits of its absolute value to it.",
        rng.randint(2, 19),
    ),
    lambda rng: step(
        exclusive_or, "Replace it by its bitwise exclusive or with {}, as Python's ^ gives it.", rng.randint(3, 127)
    ),
)
"""Steps from an integer to another, which keep different values apart as far as possible."""
