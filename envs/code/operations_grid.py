"""Operations on rows of integers (matrices), of which problems are composed; part of generated solutions."""

import random
from collections.abc import Callable

from prorl_rllib.envs.code.program_text import Step, step


def transpose(rows: list[list[int]]) -> list[list[int]]:
    """Turn rows into columns."""
    return [list(column) for column in zip(*rows, strict=True)]


def turn_right(rows: list[list[int]]) -> list[list[int]]:
    """Turn by a quarter, clockwise."""
    return [list(column)[::-1] for column in zip(*rows, strict=True)]


def mirror_rows(rows: list[list[int]]) -> list[list[int]]:
    """Reverse each row."""
    return [row[::-1] for row in rows]


def flip_rows(rows: list[list[int]]) -> list[list[int]]:
    """Reverse the order of the rows."""
    return rows[::-1]


def add_to_cells(rows: list[list[int]], amount: int) -> list[list[int]]:
    """Add a number to each."""
    return [[value + amount for value in row] for row in rows]


def multiply_cells(rows: list[list[int]], factor: int) -> list[list[int]]:
    """Multiply each by a number."""
    return [[value * factor for value in row] for row in rows]


def cell_remainders(rows: list[list[int]], divisor: int) -> list[list[int]]:
    """Replace each by its remainder."""
    return [[value % divisor for value in row] for row in rows]


def sort_each_row(rows: list[list[int]]) -> list[list[int]]:
    """Sort each row, smallest first."""
    return [sorted(row) for row in rows]


def sort_rows_by_sum(rows: list[list[int]]) -> list[list[int]]:
    """Sort the rows by sum; equal ones keep their order."""
    return sorted(rows, key=sum)


def shift_rows(rows: list[list[int]], places: int) -> list[list[int]]:
    """Rotate each row to the left by its number times some places."""
    shifts = [index * places % len(row) for index, row in enumerate(rows)]
    return [row[shift:] + row[:shift] for row, shift in zip(rows, shifts, strict=True)]


def add_positions(rows: list[list[int]], row_factor: int, column_factor: int) -> list[list[int]]:
    """Add multiples of the row and column numbers."""
    return [[value + row_factor * r + column_factor * c for c, value in enumerate(row)] for r, row in enumerate(rows)]


def column_sums(rows: list[list[int]]) -> list[int]:
    """Return the sum of each column."""
    return [sum(column) for column in zip(*rows, strict=True)]


def row_sums(rows: list[list[int]]) -> list[int]:
    """Return the sum of each row."""
    return [sum(row) for row in rows]


def row_maxima(rows: list[list[int]]) -> list[int]:
    """Return the largest value of each row."""
    return [max(row) for row in rows]


def diagonal(rows: list[list[int]]) -> list[int]:
    """Return the values whose row and column numbers agree."""
    return [row[index] for index, row in enumerate(rows) if index < len(row)]


def spiral(rows: list[list[int]]) -> list[int]:
    """Return the values in spiral order, clockwise from the top left."""
    values: list[int] = []
    while rows:
        values += rows[0]
        rows = [list(column) for column in zip(*rows[1:], strict=True)][::-1]
    return values


def border(rows: list[list[int]]) -> list[int]:
    """Return the values on the border, row by row."""
    last = len(rows) - 1
    return [
        value for r, row in enumerate(rows) for c, value in enumerate(row) if r in (0, last) or c in (0, len(row) - 1)
    ]


def checkerboard(rows: list[list[int]], parity: int) -> list[int]:
    """Return the values whose row plus column number is even or odd, row by row."""
    return [value for r, row in enumerate(rows) for c, value in enumerate(row) if (r + c) % 2 == parity]


ROW_STEPS: tuple[Callable[[random.Random], Step], ...] = (
    lambda rng: step(transpose, "Transpose the matrix: its rows become its columns."),
    lambda rng: step(turn_right, "Turn the matrix by 90 degrees clockwise."),
    lambda rng: step(mirror_rows, "Reverse each row."),
    lambda rng: step(flip_rows, "Reverse the order of the rows."),
    lambda rng: step(add_to_cells, "Add {} to each value.", rng.choice((1, -1)) * rng.randint(1, 20)),
    lambda rng: step(multiply_cells, "Multiply each value by {}.", rng.choice((-4, -3, -2, 2, 3, 4, 5))),
    lambda rng: step(
        cell_remainders,
        "Replace each value by its remainder on division by {0} (never negative, and below {0}).",
        rng.randint(5, 40),
    ),
    lambda rng: step(sort_each_row, "Sort each row, the smallest value first."),
    lambda rng: step(sort_rows_by_sum, "Sort the rows by their sums, the smallest first; equal ones keep their order."),
    lambda rng: step(
        shift_rows,
        "Rotate each row to the left by {} times its row number, where the first row has the number 0.",
        rng.randint(1, 4),
    ),
    lambda rng: step(
        add_positions,
        "Add {} times its row number plus {} times its column number to each value; both numbers count from 0.",
        rng.randint(1, 9),
        rng.randint(1, 9),
    ),
)
"""Steps from a matrix to another."""

FLATTENINGS: tuple[Callable[[random.Random], Step], ...] = (
    lambda rng: step(column_sums, "Take the sum of each column, from left to right."),
    lambda rng: step(row_sums, "Take the sum of each row, from top to bottom."),
    lambda rng: step(row_maxima, "Take the largest value of each row, from top to bottom."),
    lambda rng: step(
        diagonal, "Take the values on the diagonal that starts at the top left, as far as it reaches, from the top."
    ),
    lambda rng: step(
        spiral,
        "Take all values in spiral order: along the top row from the left, down the last column, and so inwards.",
    ),
    lambda rng: step(
        border, "Take the values on the border (first and last row and column), row by row, left to right."
    ),
    lambda rng: Step(
        checkerboard,
        (parity := rng.randint(0, 1),),
        f"Take the values whose row number plus column number is {'odd' if parity else 'even'} (both count from 0), "
        "row by row, left to right.",
    ),
)
"""Steps from a matrix to a list of integers."""
