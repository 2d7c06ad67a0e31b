"""Families of problems on integers."""

import math
import random
from collections.abc import Callable

from prorl_rllib.envs.code.exercise import Exercise, Parameter
from prorl_rllib.envs.code.family import FamilySizes
from prorl_rllib.envs.code.operations_lists import LIST_STEPS, ORDER_STEPS, REDUCTIONS
from prorl_rllib.envs.code.operations_numbers import digit_sum
from prorl_rllib.envs.code.program_text import Step, step

MAX_SPAN = 400
"""Most integers in a range, terms of a sequence or units of an amount."""

Condition = Callable[[int, int], bool]


def numbers_between(low: int, high: int, conditions: tuple) -> list[int]:
    """Return the integers in a range that meet all conditions."""
    return [n for n in range(low, high + 1) if all(condition(n, constant) for condition, constant in conditions)]


def is_multiple(n: int, divisor: int) -> bool:
    """Tell whether a number is a multiple of another."""
    return n % divisor == 0


def is_no_multiple(n: int, divisor: int) -> bool:
    """Tell whether a number is no multiple of another."""
    return n % divisor != 0


def is_coprime(n: int, other: int) -> bool:
    """Tell whether two numbers have no common divisor."""
    return math.gcd(n, other) == 1


def is_prime(n: int) -> bool:
    """Tell whether a number is prime."""
    return n > 1 and all(n % divisor for divisor in range(2, math.isqrt(n) + 1))


def is_prime_after_adding(n: int, amount: int) -> bool:
    """Tell whether a sum is prime."""
    return is_prime(n + amount)


def has_digit(n: int, digit: int) -> bool:
    """Tell whether the decimal digits include one."""
    return str(digit) in str(n)


def has_no_digit(n: int, digit: int) -> bool:
    """Tell whether the decimal digits do not include one."""
    return str(digit) not in str(n)


def digit_sum_is_multiple(n: int, divisor: int) -> bool:
    """Tell whether the digit sum is a multiple of a number."""
    return digit_sum(n) % divisor == 0


def has_binary_ones(n: int, count: int) -> bool:
    """Tell whether the binary form has at least so many ones."""
    return bin(n).count("1") >= count


def has_divisors(n: int, count: int) -> bool:
    """Tell whether a number has at most so many divisors."""
    small = [divisor for divisor in range(1, math.isqrt(n) + 1) if n % divisor == 0]
    return len({*small, *(n // divisor for divisor in small)}) <= count


CONDITIONS: tuple[tuple[Condition, tuple[int, int], str], ...] = (
    (is_multiple, (2, 5), "is divisible by {}"),
    (is_no_multiple, (2, 9), "is not divisible by {}"),
    (is_coprime, (6, 60), "has no common divisor with {} except 1"),
    (is_prime_after_adding, (0, 30), "is a prime number when {} is added to it"),
    (has_digit, (0, 9), "has {} among its decimal digits"),
    (has_no_digit, (0, 9), "does not have {} among its decimal digits"),
    (digit_sum_is_multiple, (2, 5), "has a sum of decimal digits that is divisible by {}"),
    (has_binary_ones, (2, 4), "has at least {} ones in its binary form"),
    (has_divisors, (3, 8), "has at most {} positive divisors"),
)
"""Conditions on a positive integer, the bounds of their constant, and how a problem says them."""


def to_digits(n: int, base: int) -> list[int]:
    """Return the digits in a base, the most significant first."""
    digits = [n % base]
    while n >= base:
        n //= base
        digits.append(n % base)
    return digits[::-1]


def convert_base(numeral: str, old: int, new: int) -> str:
    """Write a numeral of one base in another."""
    symbols = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "".join(symbols[digit] for digit in to_digits(int(numeral, old), new))


def sequence_values(start: int, count: int, factor: int, growth: int, modulus: int) -> list[int]:
    """Return the first values of a recurrence."""
    values = [start % modulus]
    for index in range(1, count):
        values.append((factor * values[-1] + growth * index + 1) % modulus)
    return values[:count]


def removal_order(count: int, distance: int, growth: int) -> list[int]:
    """Return the order in which people leave a circle."""
    circle = list(range(1, count + 1))
    order: list[int] = []
    place = -1
    while circle:
        place = (place + distance) % len(circle)
        order.append(circle.pop(place))
        place -= 1
        distance += growth
    return order


def count_payments(amount: int, coins: tuple[int, ...]) -> int:
    """Count the ways to pay an amount, without regard to order."""
    ways = [1] + [0] * amount
    for coin in coins:
        for part in range(coin, amount + 1):
            ways[part] += ways[part - coin]
    return ways[amount]


def count_climbs(amount: int, sizes: tuple[int, ...]) -> int:
    """Count the sequences of steps that add up to an amount."""
    ways = [1] + [0] * amount
    for part in range(1, amount + 1):
        ways[part] = sum(ways[part - size] for size in sizes if size <= part)
    return ways[amount]


def fewest_coins(amount: int, coins: tuple[int, ...]) -> int:
    """Return the fewest coins that pay an amount, -1 if none do."""
    fewest: list[float] = [0.0]
    for part in range(1, amount + 1):
        fewest.append(1 + min((fewest[part - coin] for coin in coins if coin <= part), default=math.inf))
    return -1 if math.isinf(fewest[amount]) else int(fewest[amount])


def draw_integer(rng: random.Random, index: int, low: int, high: int) -> int:
    """Draw the argument of the i-th test, the bounds first."""
    return (low, high)[index] if index < 2 else rng.randint(low, high)


def number_theory(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """The integers in a range that meet two conditions, and a number taken of them."""
    high, span = 20 + sizes.max_value, min(MAX_SPAN, 10 * sizes.max_length)
    chosen = rng.sample(CONDITIONS, 2)
    conditions = [(function, rng.randint(*bounds), text) for function, bounds, text in chosen]
    texts = [text.format(constant) for _, constant, text in conditions]
    core = Step(
        numbers_between,
        (tuple((function, constant) for function, constant, _ in conditions),),
        f"List, in increasing order, all integers n from `low` to `high` (both included) for which both hold: n "
        f"{texts[0]}, and n {texts[1]}.",
    )

    def draw(rng: random.Random, index: int) -> tuple[int, int]:
        low = draw_integer(rng, index, 1, high)
        return low, low + (0 if index == 1 else rng.randint(0, span))

    parameters = (
        Parameter("low", "int", f"an integer from 1 to {high}"),
        Parameter("high", "int", f"an integer from `low` to `low` + {span}"),
    )
    return Exercise("survey", "", parameters, (core, rng.choice(REDUCTIONS)(rng)), "int", draw)


def digits(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """The digits of a number in some base, changed, and a number taken of them."""
    base, high = rng.randint(2, 16), sizes.max_value**2
    core = step(
        to_digits,
        "List the digits of `n` in base {}, the most significant first (0 has one digit).",
        base,
    )
    parameter = Parameter("n", "int", f"an integer from 0 to {high}")
    steps = (core, rng.choice(LIST_STEPS)(rng), rng.choice(REDUCTIONS)(rng))
    return Exercise("digest", "", (parameter,), steps, "int", lambda rng, i: (draw_integer(rng, i, 0, high),))


def base_conversion(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """A numeral written in another base."""
    old, new = rng.sample(range(2, 37), 2)
    high = sizes.max_value**2 * 20
    core = step(
        convert_base,
        'The text is a number written in base {}. Write it in base {}, without leading zeros (0 is "0").',
        old,
        new,
    )
    parameter = Parameter(
        "numeral", "str", f"a number written in base {old}; its value is at most {high} (in base ten)"
    )
    intro = "Digits above 9 are the small letters: a is 10, b is 11, up to z for 35."
    return Exercise(
        "convert",
        intro,
        (parameter,),
        (core,),
        "str",
        lambda rng, index: (convert_base(str(draw_integer(rng, index, 0, high)), 10, old),),
    )


def recurrence(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """The first values of a recurrence, and a number taken of them."""
    most = min(MAX_SPAN, 4 * sizes.max_length)
    factor, growth, modulus = rng.randint(2, 30), rng.randint(0, 20), rng.randint(20, 999)
    core = step(
        sequence_values,
        "A sequence begins with the remainder of `start` on division by {2}; it has index 0. The value at "
        "index i, after a value v, is the remainder of {0} * v + {1} * i + 1 on division by {2}. List the first "
        "`count` values.",
        factor,
        growth,
        modulus,
    )
    parameters = (
        Parameter("start", "int", f"an integer from 0 to {sizes.max_value}"),
        Parameter("count", "int", f"an integer from 1 to {most}"),
    )

    def draw(rng: random.Random, index: int) -> tuple[int, int]:
        return rng.randint(0, sizes.max_value), draw_integer(rng, index, 1, most)

    return Exercise("iterate", "", parameters, (core, rng.choice(REDUCTIONS)(rng)), "int", draw)


def elimination(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """People in a circle, removed one after the other: a simulation."""
    core = step(
        removal_order,
        "People with the numbers 1 to `count` stand in a circle. Counting starts with 1 at person 1 and goes round; "
        "the person counted {0} leaves. Counting then starts with 1 again at the next person who is still there, and "
        "each time the number counted to is larger by {1} than the time before. List the people in the order in which "
        "they leave, until none is left.",
        rng.randint(2, 30),
        rng.randint(1, 9),
    )
    most = 3 * sizes.max_length
    parameter = Parameter("count", "int", f"an integer from 1 to {most}")
    steps = (core, rng.choice(ORDER_STEPS)(rng))
    return Exercise("leave", "", (parameter,), steps, "ints", lambda rng, i: (draw_integer(rng, i, 1, most),))


def coins(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """Ways to pay an amount: dynamic programming."""
    chosen = tuple(sorted(rng.sample(range(1, 16), rng.randint(2, 4))))
    named = f"{', '.join(map(str, chosen[:-1]))} and {chosen[-1]}"
    most = min(MAX_SPAN, 8 * sizes.max_length)
    function, text = rng.choice(
        (
            (
                count_payments,
                f"Count the ways to pay `amount` exactly with coins of {named}, any number of each; the order of the "
                f"coins does not matter (an amount of 0 is paid in one way, with none).",
            ),
            (
                count_climbs,
                f"A stair has `amount` steps. Count the ways to climb it with strides of {named} steps, where the "
                f"order of the strides matters (a stair of 0 steps is climbed in one way, with none).",
            ),
            (
                fewest_coins,
                f"Take the smallest number of coins of {named}, any number of each, that pay `amount` exactly (0 for "
                f"an amount of 0), or -1 if it cannot be paid.",
            ),
        )
    )
    parameter = Parameter("amount", "int", f"an integer from 0 to {most}")
    core = Step(function, (chosen,), text)
    return Exercise("pay", "", (parameter,), (core,), "int", lambda rng, i: (draw_integer(rng, i, 0, most),))


FAMILIES: dict[str, Callable[[FamilySizes, random.Random], Exercise]] = {
    "number_theory": number_theory,
    "digits": digits,
    "base_conversion": base_conversion,
    "recurrence": recurrence,
    "elimination": elimination,
    "coins": coins,
}
