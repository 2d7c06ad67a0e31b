"""Novelty of answers: how much of them is in no longer run of words that a reference holds too.

The definition. A text is split into words (`words.words_of`). A run of words is an overlap if the reference holds the
same words in the same order within one of its documents.

- The L-uniqueness of an answer is the share of its words that are in no overlap of at least L words.
- The index of an answer is the sum of its L-uniqueness over L = 5..11; it is in [0, 7], and the higher, the less of the
  answer is in the reference. Answers with fewer than 11 words are left out: they could not overlap at each L.
- The longest overlap is the length in words of the longest one.

The difference from the paper. ProRL (arXiv 2505.24864, figures 1 and 3) shows the creativity index of arXiv 2410.04265
over the DOLMA corpus and prints no formula. Neither the corpus nor that implementation is reproduced here: the
reference is what the user gives, words are split by the rule above, and only exact matches count. So figures of this
module are to be compared with each other, over the same reference, and not with those of the paper.

A small reference makes everything look new, so a reference has to be the same for all models that are compared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prorl_rllib.evaluation.boundary.words import Codes, RunHashes, codes_of, join

LENGTHS: tuple[int, ...] = tuple(range(5, 12))
"""The L of the index."""


@dataclass(frozen=True)
class AnswerNovelty:
    """Novelty of one answer.

    Attributes:
        num_words: Its length in words.
        longest_overlap: Words of its longest overlap; 0 if the reference holds none of its words.
        uniqueness: L -> share of its words in [0, 1] that are in no overlap of at least L words.
    """

    num_words: int
    longest_overlap: int
    uniqueness: dict[int, float]

    @property
    def index(self) -> float:
        """The sum of the uniqueness over L."""
        return sum(self.uniqueness.values())


class Reference:
    """Documents that answers are compared with.

    Args:
        documents: Their texts; what is kept of them is about 120 bytes a word.
    """

    def __init__(self, documents: Iterable[str]) -> None:
        codes, starts = join([codes_of(document) for document in documents], "end of document")
        self.num_documents = len(starts)
        self.num_words = len(codes) - len(starts)
        self._hashes = RunHashes(codes)
        self._sorted: dict[int, Codes] = {}

    def holds(self, hashes: Codes, length: int) -> NDArray[np.bool_]:
        """Return for each run of words whether it is in the reference.

        Args:
            hashes: Of runs of `length` words.
            length: Words a run.
        """
        if length not in self._sorted:
            self._sorted[length] = np.sort(self._hashes.at(self._hashes.starts(length), length))
        return _is_in(hashes, self._sorted[length])

    def seeds(self, hashes: Codes, length: int) -> NDArray[np.int64]:
        """Return where the reference has one of some runs of words.

        Args:
            hashes: Of runs of `length` words.
            length: Words a run.
        """
        starts = self._hashes.starts(length)
        return starts[_is_in(self._hashes.at(starts, length), np.sort(hashes))]

    def runs_from(self, starts: NDArray[np.int64], length: int) -> Codes:
        """Return the hashes, sorted, of the runs of `length` words from these places on.

        Args:
            starts: Where runs begin; those that would go over the end are left out.
            length: Words a run.
        """
        return np.sort(self._hashes.at(starts[starts < len(self._hashes.starts(length))], length))


def _is_in(hashes: Codes, known: Codes) -> NDArray[np.bool_]:
    """Return for each hash whether it is among the known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(hashes), bool)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, hashes), len(known) - 1)] == hashes
    return found


@dataclass(frozen=True)
class _Answers:
    """Answers behind each other.

    Attributes:
        hashes: Of all of them.
        starts: Where each begins.
        sizes: Their lengths in words.
    """

    hashes: RunHashes
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]


def novelty(answers: Sequence[str], reference: Reference, lengths: Sequence[int] = LENGTHS) -> list[AnswerNovelty]:
    """Compare answers with a reference.

    Args:
        answers: The answers' texts.
        reference: What they are compared with.
        lengths: The L, ascending, at least 1 each.

    Returns:
        One an answer, in order; those that have fewer words than the largest L are left out.

    Raises:
        ValueError: if the lengths are not positive and ascending.
    """
    if not lengths or min(lengths) < 1 or list(lengths) != sorted(set(lengths)):
        raise ValueError(f"lengths={list(lengths)} must be positive integers in ascending order.")
    texts = [text for text in map(codes_of, answers) if len(text) >= lengths[-1]]
    if not texts:
        return []
    codes, starts = join(texts, "end of answer")
    joined = _Answers(RunHashes(codes), starts, np.array([len(text) for text in texts]))
    shares = {length: _uniqueness(joined, reference, length) for length in lengths}
    longest = _longest_overlaps(joined, reference, lengths[-1])
    return [
        AnswerNovelty(len(text), int(longest[number]), {length: float(shares[length][number]) for length in lengths})
        for number, text in enumerate(texts)
    ]


def _overlaps(answers: _Answers, reference: Reference, length: int) -> NDArray[np.int64]:
    """Return where the overlaps of `length` words begin."""
    starts = answers.hashes.starts(length)
    return starts[reference.holds(answers.hashes.at(starts, length), length)]


def _uniqueness(answers: _Answers, reference: Reference, length: int) -> NDArray[np.float64]:
    """Return the share of each answer's words that are in no overlap of `length` words."""
    begins = _overlaps(answers, reference, length)
    # What stands between answers is in no overlap, since the reference does not hold it.
    changes = np.zeros(int(answers.starts[-1] + answers.sizes[-1]) + 1, np.int64)
    np.add.at(changes, begins, 1)
    np.add.at(changes, begins + length, -1)
    covered = np.add.reduceat(np.cumsum(changes) > 0, answers.starts, dtype=np.int64)
    share: NDArray[np.float64] = 1.0 - covered / answers.sizes
    return share


def _longest_overlaps(answers: _Answers, reference: Reference, seed_length: int) -> NDArray[np.int64]:
    """Return the length of each answer's longest overlap.

    What a run of words has, its parts have too. So short overlaps are looked for at each length, and from those of
    `seed_length` words on, the longest is found by steps of powers of two, in the places that have such a one.
    """
    longest = np.zeros_like(answers.sizes)
    begins = answers.starts
    for length in range(1, seed_length + 1):
        begins = _overlaps(answers, reference, length)
        longest[_owners(answers, begins)] = length
    places = reference.seeds(answers.hashes.at(begins, seed_length), seed_length)
    step = 1 << int(answers.sizes.max()).bit_length()
    while step := step >> 1:
        tried = np.where((longest >= seed_length) & (longest + step <= answers.sizes), longest + step, 0)
        for length in np.unique(tried[tried > 0]).tolist():
            owners = _owners(answers, begins)
            fits = begins + length <= answers.starts[owners] + answers.sizes[owners]
            chosen = begins[fits & (tried[owners] == length)]
            found = chosen[_is_in(answers.hashes.at(chosen, length), reference.runs_from(places, length))]
            longest[_owners(answers, found)] = length
    return longest


def _owners(answers: _Answers, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which answer each place is in."""
    return np.searchsorted(answers.starts, places, side="right") - 1
