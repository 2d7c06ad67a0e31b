"""Makes the generators of Reasoning Gym that draw from a set the same in every process.

A set is iterated in an order that changes with Python's hash seed, and so would the questions.
"""

from collections.abc import Callable, Iterator, Set
from typing import Any


class SortedSet(frozenset[str]):
    """A set of str that is iterated in order, and so are its differences."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().__iter__()))

    def __sub__(self, other: Set[Any]) -> "SortedSet":
        return SortedSet(super().__sub__(other))


def sort_letters(dataset: Any) -> None:
    """Give isomorphic_strings and ransom_note an alphabet in order."""
    dataset.letters = SortedSet(dataset.letters)


def sort_monomials(dataset: Any) -> None:
    """Give polynomial_multiplication its monomials in order."""
    unsorted = dataset._get_monomials
    dataset._get_monomials = lambda rng: sorted(unsorted(rng), key=str)


SORT: dict[str, Callable[[Any], None]] = {
    "isomorphic_strings": sort_letters,
    "polynomial_multiplication": sort_monomials,
    "ransom_note": sort_letters,
}
"""Data set -> what puts the sets that it draws from in order."""
UNORDERED_METADATA = {"polynomial_multiplication": "variables"}
"""Data set -> key of its metadata that holds a set as a list."""
UNSTABLE_METADATA = {"knight_swap": ("board_states", "solution")}
"""Data set -> keys of its metadata that hold one of many solutions, another one in each process."""
