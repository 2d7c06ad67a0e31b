"""Operations on lists of integers, of which problems are composed; their source is part of generated solutions."""

import itertools
import random
from collections.abc import Callable

from prorl_rllib.envs.code.program_text import Step, step


def keep_multiples(values: list[int], divisor: int) -> list[int]:
    """Keep the multiples of a number."""
    return [value for value in values if value % divisor == 0]


def drop_multiples(values: list[int], divisor: int) -> list[int]:
    """Drop the multiples of a number."""
    return [value for value in values if value % divisor != 0]


def keep_above(values: list[int], bound: int) -> list[int]:
    """Keep what is greater than a bound."""
    return [value for value in values if value > bound]


def keep_below(values: list[int], bound: int) -> list[int]:
    """Keep what is less than a bound."""
    return [value for value in values if value < bound]


def add_to_each(values: list[int], amount: int) -> list[int]:
    """Add a number to each."""
    return [value + amount for value in values]


def multiply_each(values: list[int], factor: int) -> list[int]:
    """Multiply each by a number."""
    return [value * factor for value in values]


def take_remainders(values: list[int], divisor: int) -> list[int]:
    """Replace each by its remainder."""
    return [value % divisor for value in values]


def clip_each(values: list[int], low: int, high: int) -> list[int]:
    """Bound each from both sides."""
    return [min(max(value, low), high) for value in values]


def take_absolute(values: list[int]) -> list[int]:
    """Replace each by its absolute value."""
    return [abs(value) for value in values]


def reverse_list(values: list[int]) -> list[int]:
    """Reverse the order."""
    return values[::-1]


def sort_up(values: list[int]) -> list[int]:
    """Sort, smallest first."""
    return sorted(values)


def sort_down(values: list[int]) -> list[int]:
    """Sort, largest first."""
    return sorted(values, reverse=True)


def drop_repeats(values: list[int]) -> list[int]:
    """Keep the first of equal values."""
    return list(dict.fromkeys(values))


def running_sums(values: list[int]) -> list[int]:
    """Replace each by the sum up to it."""
    return [sum(values[: index + 1]) for index in range(len(values))]


def differences(values: list[int]) -> list[int]:
    """Return each value minus the one before it."""
    return [after - before for before, after in itertools.pairwise(values)]


def rotate_left(values: list[int], places: int) -> list[int]:
    """Rotate to the left."""
    shift = places % len(values) if values else 0
    return values[shift:] + values[:shift]


def keep_every(values: list[int], distance: int) -> list[int]:
    """Keep the values at positions that are multiples of a number, counted from 1."""
    return values[distance - 1 :: distance]


def swap_neighbours(values: list[int]) -> list[int]:
    """Swap the first with the second, the third with the fourth, and so on."""
    pairs = [values[index : index + 2][::-1] for index in range(0, len(values), 2)]
    return [value for pair in pairs for value in pair]


def window_sums(values: list[int], width: int) -> list[int]:
    """Return the sums of neighbours."""
    return [sum(values[start : start + width]) for start in range(len(values) - width + 1)]


def replace_value(values: list[int], old: int, new: int) -> list[int]:
    """Replace one value by another."""
    return [new if value == old else value for value in values]


def count_distinct(values: list[int]) -> int:
    """Count the distinct values."""
    return len(set(values))


def largest_or(values: list[int], otherwise: int) -> int:
    """Return the largest value, another number for an empty list."""
    return max(values, default=otherwise)


def smallest_or(values: list[int], otherwise: int) -> int:
    """Return the smallest value, another number for an empty list."""
    return min(values, default=otherwise)


def value_range(values: list[int]) -> int:
    """Return the largest minus the smallest value."""
    return max(values) - min(values) if values else 0


def alternating_sum(values: list[int]) -> int:
    """Return first minus second plus third, and so on."""
    return sum(values[::2]) - sum(values[1::2])


def product_modulo(values: list[int], modulus: int) -> int:
    """Return the remainder of the product."""
    product = 1
    for value in values:
        product = product * value % modulus
    return product % modulus


def weighted_sum(values: list[int], offset: int) -> int:
    """Return the sum of each value times its position plus an offset."""
    return sum(value * (position + offset) for position, value in enumerate(values, 1))


def lower_median_or(values: list[int], otherwise: int) -> int:
    """Return the lower median, another number for an empty list."""
    return sorted(values)[(len(values) - 1) // 2] if values else otherwise


def longest_rising_run(values: list[int], least: int) -> int:
    """Return the length of the longest run that rises by at least so much each time."""
    best = run = 1 if values else 0
    for before, after in itertools.pairwise(values):
        run = run + 1 if after - before >= least else 1
        best = max(best, run)
    return best


def count_pairs_with_sum(values: list[int], divisor: int) -> int:
    """Count the pairs whose sum is a multiple of a number."""
    pairs = [(i, j) for j in range(len(values)) for i in range(j)]
    return sum((values[i] + values[j]) % divisor == 0 for i, j in pairs)


def small(rng: random.Random) -> int:
    """Draw a number from -9 to 9, but not 0."""
    return rng.choice((1, -1)) * rng.randint(1, 9)


def clip_step(rng: random.Random) -> Step:
    """Draw bounds for `clip_each`."""
    low = rng.randint(-9, 4)
    high = low + rng.randint(2, 12)
    return step(clip_each, "Replace each value below {0} by {0}, and each above {1} by {1}.", low, high)


ORDER_STEPS: tuple[Callable[[random.Random], Step], ...] = (
    lambda rng: step(add_to_each, "Add {} to each value.", small(rng)),
    lambda rng: step(multiply_each, "Multiply each value by {}.", rng.choice((-5, -4, -3, -2, 2, 3, 4, 5))),
    lambda rng: step(
        take_remainders,
        "Replace each value by its remainder on division by {0} (never negative, and below {0}).",
        rng.randint(4, 20),
    ),
    lambda rng: step(reverse_list, "Reverse the order of the list."),
    lambda rng: step(running_sums, "Replace each value by the sum of all values up to and including it."),
    lambda rng: step(
        differences,
        "Replace the list by the differences of neighbours: each value after the first minus the one before.",
    ),
    lambda rng: step(
        rotate_left, "Rotate the list to the left by {} places, around its end if it is shorter.", rng.randint(2, 9)
    ),
    lambda rng: step(
        keep_every, "Keep only the values at positions divisible by {}; positions count from 1.", rng.randint(2, 3)
    ),
    lambda rng: step(
        swap_neighbours,
        "Swap the first value with the second, the third with the fourth and so on; an odd last one stays.",
    ),
    lambda rng: step(
        window_sums,
        "Replace the list by the sums of each {0} consecutive values, from left to right (empty if there are fewer "
        "than {0}).",
        rng.randint(2, 3),
    ),
    lambda rng: step(replace_value, "Replace each value equal to {} by {}.", rng.randint(0, 5), 10 + small(rng)),
)
"""Steps from a list of integers to another whose result depends on its order."""

LIST_STEPS: tuple[Callable[[random.Random], Step], ...] = (
    *ORDER_STEPS,
    lambda rng: step(keep_multiples, "Keep only the values that are divisible by {}, in order.", rng.randint(2, 4)),
    lambda rng: step(drop_multiples, "Remove the values that are divisible by {}.", rng.randint(2, 7)),
    lambda rng: step(keep_above, "Keep only the values greater than {}, in order.", rng.randint(-9, 3)),
    lambda rng: step(keep_below, "Keep only the values less than {}, in order.", rng.randint(-3, 9)),
    clip_step,
    lambda rng: step(take_absolute, "Replace each value by its absolute value."),
    lambda rng: step(sort_up, "Sort the list, the smallest value first."),
    lambda rng: step(sort_down, "Sort the list, the largest value first."),
    lambda rng: step(drop_repeats, "Of equal values keep only the first, in order."),
)
"""Steps from a list of integers to another."""

REDUCTIONS: tuple[Callable[[random.Random], Step], ...] = (
    lambda rng: step(sum, "Take the sum of the values (0 for an empty list)."),
    lambda rng: step(len, "Count the values."),
    lambda rng: step(count_distinct, "Count the distinct values."),
    lambda rng: step(largest_or, "Take the largest value, or {} if the list is empty.", small(rng)),
    lambda rng: step(smallest_or, "Take the smallest value, or {} if the list is empty.", small(rng)),
    lambda rng: step(value_range, "Take the largest value minus the smallest (0 for an empty list)."),
    lambda rng: step(
        alternating_sum, "Take the first value minus the second plus the third minus the fourth and so on (0 if empty)."
    ),
    lambda rng: step(
        product_modulo,
        "Take the product of all values (1 for an empty list), and of it the remainder on division by {0} (never "
        "negative, and below {0}).",
        rng.randint(11, 997),
    ),
    lambda rng: step(
        weighted_sum,
        "Multiply each value by its position plus {}, where positions count from 1, and take the sum.",
        rng.randint(1, 9),
    ),
    lambda rng: step(
        lower_median_or,
        "Take the median, of two middle values the smaller; {} if the list is empty.",
        small(rng),
    ),
    lambda rng: step(
        longest_rising_run,
        "Take the length of the longest run of consecutive values in which each value exceeds the one before it by at "
        "least {} (0 for an empty list, 1 if there is no such neighbour).",
        rng.randint(1, 9),
    ),
    lambda rng: step(
        count_pairs_with_sum,
        "Count the pairs of positions i < j whose two values have a sum divisible by {}.",
        rng.randint(2, 9),
    ),
)
"""Steps from a list of integers to an integer."""
