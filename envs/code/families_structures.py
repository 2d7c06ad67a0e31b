"""Families of problems on matrices, intervals and walks."""

import math
import random
from collections.abc import Callable

from prorl_rllib.envs.code.exercise import Exercise, Kind, Parameter
from prorl_rllib.envs.code.family import FamilySizes, draw_length, draw_text, further_steps
from prorl_rllib.envs.code.operations_grid import FLATTENINGS, ROW_STEPS
from prorl_rllib.envs.code.operations_lists import ORDER_STEPS, REDUCTIONS
from prorl_rllib.envs.code.operations_text import LETTERS
from prorl_rllib.envs.code.program_text import Step, step

MAX_SIDE = 12
"""Most rows and columns of a matrix."""


def cheapest_path(rows: list[list[int]], right: int, down: int, wall: int) -> int:
    """Return the least cost of a path from the top left to the bottom right, -1 if walls leave none."""
    best: dict[tuple[int, int], float] = {}
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            before = [best.get((r, c - 1), math.inf) + right, best.get((r - 1, c), math.inf) + down]
            arrival = 0 if r == c == 0 else min(before)
            best[r, c] = math.inf if value % wall == 0 else arrival + value
    total = best[len(rows) - 1, len(rows[0]) - 1]
    return -1 if math.isinf(total) else int(total)


def merge_intervals(intervals: list[list[int]], gap: int) -> list[list[int]]:
    """Merge intervals that are close to one another."""
    merged: list[list[int]] = []
    for start, end in sorted(intervals):
        if merged and start - merged[-1][1] <= gap:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged


def count_covered(intervals: list[list[int]], low: int, high: int, least: int) -> int:
    """Count the integers in a range that lie in at least so many intervals."""
    return sum(sum(a <= point <= b for a, b in intervals) >= least for point in range(low, high + 1))


def interval_lengths(intervals: list[list[int]]) -> list[int]:
    """Return end minus start of each."""
    return [end - start for start, end in intervals]


def walk(commands: str, letters: str, width: int, height: int) -> list[list[int]]:
    """Return the positions of a walk on a grid that wraps around."""
    moves = dict(zip(letters, ((0, 1), (0, -1), (1, 0), (-1, 0)), strict=True))
    x, y = 0, 0
    positions = [[x, y]]
    for command in commands:
        x, y = (x + moves[command][0]) % width, (y + moves[command][1]) % height
        positions.append([x, y])
    return positions


def last_position(positions: list[list[int]], factor: int) -> int:
    """Return a number that stands for the last position."""
    return positions[-1][0] + factor * positions[-1][1]


def count_cells(positions: list[list[int]], times: int) -> int:
    """Count the cells that are visited at least so often."""
    return sum(positions.count([x, y]) >= times for x, y in {(x, y) for x, y in positions})


def visits_to_column(positions: list[list[int]], column: int) -> int:
    """Count the positions in a column."""
    return sum(x == column for x, _ in positions)


def draw_rows(rng: random.Random, index: int, side: int, low: int, high: int) -> list[list[int]]:
    """Draw a matrix, the smallest and the largest first."""
    height = draw_length(rng, index, side, 1)
    width = height if index == 3 else rng.randint(1, side)
    return [[rng.randint(low, high) for _ in range(width)] for _ in range(height)]


def side_of(sizes: FamilySizes) -> int:
    """Return the most rows and columns of a matrix."""
    return min(MAX_SIDE, max(3, sizes.max_length // 2))


def matrix(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """Operations on a matrix, whose result is a matrix, a list or a number."""
    side, bound = side_of(sizes), sizes.max_value
    kinds: tuple[Kind, ...] = ("rows", "ints", "int")
    result = rng.choice(kinds)
    steps = further_steps("rows", 2 if result == "rows" else 1, rng)
    steps += [rng.choice(FLATTENINGS)(rng)] if result != "rows" else []
    steps += [rng.choice(REDUCTIONS)(rng)] if result == "int" else []
    text = (
        f"a matrix of 1 to {side} rows and 1 to {side} columns of integers from {-bound} to {bound}, as a list of rows"
    )
    return Exercise(
        "process",
        "",
        (Parameter("rows", "rows", text),),
        tuple(steps),
        result,
        lambda rng, index: (draw_rows(rng, index, side, -bound, bound),),
    )


def grid_paths(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """The cheapest path through a grid: dynamic programming."""
    side, high = side_of(sizes), sizes.max_value + 1
    core = step(
        cheapest_path,
        "A path starts in the top left cell and moves to the right or down, to the bottom right cell. It costs the sum "
        "of the values of its cells, the first and the last included, plus {} for each move to the right and {} for "
        "each move down. Cells whose values are divisible by {} cannot be entered, nor be the start. Take the cost of "
        "the cheapest path, or -1 if there is none.",
        rng.randint(0, 20),
        rng.randint(0, 20),
        rng.randint(5, 13),
    )
    shifting = tuple(step_of for step_of in ROW_STEPS[:4])
    text = f"a grid of 1 to {side} rows and 1 to {side} columns of integers from 1 to {high}, as a list of rows"
    return Exercise(
        "travel",
        "",
        (Parameter("grid", "rows", text),),
        (rng.choice(shifting)(rng), core),
        "int",
        lambda rng, index: (draw_rows(rng, index, side, 1, high),),
    )


def intervals(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """Intervals merged or counted."""
    most, high = max(3, sizes.max_length // 2), min(sizes.max_value, 300)
    gap, low = rng.randint(0, 9), rng.randint(-high, 0)
    merge = step(
        merge_intervals,
        "Merge intervals again and again as long as there are two with at most {} between the end of one and the start "
        "of the other, or that overlap; two become one interval from the lower start to the higher end. Sort what is "
        "left by start.",
        gap,
    )
    lengths = step(interval_lengths, "Take the length, end minus start, of each interval, in order.")
    covered = step(
        count_covered,
        "Count the integers from {} to {} (both included) that lie in at least {} of the intervals, ends included.",
        low,
        low + rng.randint(5, high),
        rng.randint(1, 2),
    )
    choices: tuple[tuple[Kind, tuple[Step, ...]], ...] = (
        ("rows", (merge, rng.choice(ROW_STEPS)(rng))),
        ("ints", (merge, lengths, rng.choice(ORDER_STEPS)(rng))),
        ("int", (merge, lengths, rng.choice(REDUCTIONS)(rng))),
        ("int", (covered,)),
    )
    result, steps = rng.choices(choices, (1, 2, 6, 6))[0]

    def draw(rng: random.Random, index: int) -> tuple[list[list[int]]]:
        starts = [rng.randint(-high, high) for _ in range(draw_length(rng, index, most, 1))]
        return ([[start, start + rng.randint(0, max(3, high // 3))] for start in starts],)

    text = f"1 to {most} intervals [start, end] with start <= end, whose starts are from {-high} to {high}"
    return Exercise("cover", "", (Parameter("intervals", "rows", text),), steps, result, draw)


def robot(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """A walk on a grid that wraps around: a simulation."""
    letters = "".join(rng.sample(LETTERS, 4))
    width, height = rng.randint(2, 9), rng.randint(2, 9)
    up, down, right, left = list(letters)
    core = step(
        walk,
        f"A robot starts at x = 0, y = 0. The commands are {up}: y grows by 1; {down}: y falls by 1; {right}: x grows "
        f"by 1; {left}: x falls by 1. The grid wraps around: x is always taken modulo {width} and y modulo {height}. "
        f"List its positions: the start and that after each command.",
        letters,
        width,
        height,
    )
    question = rng.choice(
        (
            step(last_position, "Take x plus {} times y of the last position.", rng.randint(2, 20)),
            step(count_cells, "Count the different positions that occur at least {} times.", rng.randint(2, 3)),
            step(visits_to_column, "Count the positions in the list with x = {}.", rng.randint(0, width - 1)),
        )
    )
    most = 2 * sizes.max_length
    parameter = Parameter("commands", "str", f'a text of 0 to {most} of the letters "{letters}"')
    return Exercise(
        "follow", "", (parameter,), (core, question), "int", lambda rng, i: (draw_text(rng, i, most, letters),)
    )


FAMILIES: dict[str, Callable[[FamilySizes, random.Random], Exercise]] = {
    "matrix": matrix,
    "grid_paths": grid_paths,
    "intervals": intervals,
    "robot": robot,
}
