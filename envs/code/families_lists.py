"""Families of problems on lists of integers."""

import random
from collections.abc import Callable

from prorl_rllib.envs.code.exercise import Exercise, Kind, Parameter
from prorl_rllib.envs.code.family import FamilySizes, draw_ints, further_steps, of_size
from prorl_rllib.envs.code.operations_lists import LIST_STEPS, ORDER_STEPS, REDUCTIONS
from prorl_rllib.envs.code.operations_numbers import digit_sum
from prorl_rllib.envs.code.program_text import Step, step


def sort_by_keys(values: list[int], keys: tuple) -> list[int]:
    """Sort by several keys, the first one first."""
    return sorted(values, key=lambda value: [key(value, constant) for key, constant in keys])


def remainder_key(value: int, divisor: int) -> int:
    """Return the remainder."""
    return value % divisor


def distance_key(value: int, centre: int) -> int:
    """Return the distance from a number."""
    return abs(value - centre)


def digit_sum_key(value: int, divisor: int) -> int:
    """Return the remainder of the digit sum."""
    return digit_sum(value) % divisor


def digit_count_key(value: int, digit: int) -> int:
    """Return how often a digit occurs, negated."""
    return -str(value).count(str(digit))


def value_key(value: int, sign: int) -> int:
    """Return the value, or minus the value."""
    return sign * value


def best_sum_apart(values: list[int], distance: int, cost: int) -> int:
    """Return the largest sum of values less their costs, at positions that are far enough apart."""
    best = [0] * (len(values) + 1)
    for index, value in enumerate(values):
        best[index + 1] = max(best[index], best[max(0, index - distance)] + value - cost)
    return best[-1]


def longest_chain(values: list[int], least: int, most: int) -> int:
    """Return the length of the longest subsequence whose neighbours differ within bounds."""
    lengths: list[int] = []
    for index, value in enumerate(values):
        before = [lengths[j] for j in range(index) if least <= value - values[j] <= most]
        lengths.append(1 + max(before, default=0))
    return max(lengths, default=0)


def best_segment(values: list[int], least: int, penalty: int) -> int:
    """Return the largest sum of at least so many neighbours, less a penalty for each beyond them."""
    sums = [
        sum(values[start:end]) - penalty * (end - start - least)
        for start in range(len(values))
        for end in range(start + least, len(values) + 1)
    ]
    return max(sums, default=0)


def finishing_times(durations: list[int], quantum: int, switch: int) -> list[int]:
    """Return when each job ends under round robin scheduling."""
    left = list(durations)
    ends = [0] * len(left)
    queue = list(range(len(left)))
    now = 0
    while queue:
        job = queue.pop(0)
        run = min(quantum, left[job])
        now += run
        left[job] -= run
        if left[job]:
            queue.append(job)
        else:
            ends[job] = now
        now += switch
    return ends


def of_lists(name: str, steps: list[Step], result: Kind, sizes: FamilySizes) -> Exercise:
    """Return an exercise on one list of integers."""
    parameter = Parameter("values", "ints", of_size("a list", sizes))
    return Exercise(name, "", (parameter,), tuple(steps), result, lambda rng, i: (draw_ints(rng, i, sizes),))


def list_pipeline(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """Two operations on a list."""
    return of_lists("transform", further_steps("ints", 2, rng), "ints", sizes)


def list_statistics(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """An operation on a list, and a number taken of it."""
    return of_lists("measure", [rng.choice(LIST_STEPS)(rng), rng.choice(REDUCTIONS)(rng)], "int", sizes)


def sorting(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """A list sorted by two keys."""
    divisor, centre, digit = rng.randint(2, 9), rng.randint(-20, 20), rng.randint(0, 9)
    keys = [
        ((remainder_key, divisor), f"by their remainder on division by {divisor} (0 to {divisor - 1}), smallest first"),
        ((distance_key, centre), f"by their distance from {centre}, smallest first"),
        (
            (digit_sum_key, divisor),
            f"by the remainder on division by {divisor} of the digit sum of their absolute value, smallest first",
        ),
        ((digit_count_key, digit), f"by how often their decimal digits include {digit}, most often first"),
    ]
    chosen = rng.sample(keys, 2)
    sign = rng.choice((1, -1))
    chosen.append(((value_key, sign), f"by value, {'smallest' if sign == 1 else 'largest'} first"))
    text = f"Sort the values {chosen[0][1]}; equal ones {chosen[1][1]}; those still equal {chosen[2][1]}."
    return of_lists("sort_values", [Step(sort_by_keys, (tuple(key for key, _ in chosen),), text)], "ints", sizes)


def subsequences(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """An optimum over the subsequences or segments of a list: dynamic programming."""
    distance, cost, least = rng.randint(1, 4), rng.randint(0, 9), rng.randint(1, 4)
    most = least + rng.randint(2, 30)
    core = rng.choice(
        (
            step(
                best_sum_apart,
                "Choose any of the values (or none) such that the positions of any two chosen ones differ by more than "
                "{}. Each chosen value counts its value minus {}. Take the largest possible total.",
                distance,
                cost,
            ),
            step(
                longest_chain,
                "Take the length of the longest subsequence (in order, not necessarily neighbours) in which each "
                "value exceeds the one before it by at least {} and at most {} (0 for an empty list).",
                least,
                most,
            ),
            step(
                best_segment,
                "Among all segments of at least {0} consecutive values, take the largest value of: the segment's sum "
                "minus {1} for each value it has beyond {0}. It is 0 if there are fewer than {0} values.",
                least,
                cost,
            ),
        )
    )
    return of_lists("best", [rng.choice(LIST_STEPS)(rng), core], "int", sizes)


def scheduling(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """A simulation of jobs that share one machine."""
    bound = FamilySizes(sizes.max_length, min(sizes.max_value, 99))
    core = step(
        finishing_times,
        "All jobs wait in a queue, in the order given, and time starts at 0. The machine takes the first job, runs it "
        "for {0} units of time, or for what it still needs if that is less, and puts it at the end of the queue if it "
        "is not finished. After each such run, the last one of a job included, the machine pauses for {1} units. "
        "Return for each job, in the order given, the time at which it was finished.",
        rng.randint(1, 20),
        rng.randint(0, 9),
    )
    return Exercise(
        "finish",
        "Each value is the number of units of time that a job needs on a machine.",
        (Parameter("durations", "ints", of_size("a list", bound, low=1)),),
        (core, rng.choice(ORDER_STEPS)(rng)),
        "ints",
        lambda rng, i: (draw_ints(rng, i, bound, low=1),),
    )


FAMILIES: dict[str, Callable[[FamilySizes, random.Random], Exercise]] = {
    "list_pipeline": list_pipeline,
    "list_statistics": list_statistics,
    "sorting": sorting,
    "subsequences": subsequences,
    "scheduling": scheduling,
}
