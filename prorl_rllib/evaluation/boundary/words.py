"""Texts as arrays of word codes, and the hashes of runs of words in them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint64]

_WORD = re.compile(r"\w+|[^\w\s]")
# An odd multiplier of 64 random bits, so that the hash of a run depends on the order of its words.
_BASE = 0x9E3779B97F4A7C15
_MODULUS = 2**64


def words_of(text: str) -> list[str]:
    """Split a text into words: runs of letters, digits and underscores, and every other visible character alone.

    Case does not count: "2x + 1 = Five" is `["2x", "+", "1", "=", "five"]`.

    Args:
        text: Any text.
    """
    return _WORD.findall(text.lower())


def codes_of(text: str) -> Codes:
    """Return a 64-bit code for each word of a text: equal words have equal ones, in every process.

    Args:
        text: Any text.

    Returns:
        Shape (words,).
    """
    return np.array([_code(word) for word in words_of(text)], np.uint64)


def join(texts: Sequence[Codes], separator: str) -> tuple[Codes, NDArray[np.int64]]:
    """Put texts behind each other so that no run of words of one text goes on in the next.

    Args:
        texts: The codes of each text.
        separator: What stands between them; with a space in it, it is no word of any text.

    Returns:
        The codes with one separator after each text, and the place where each text begins.
    """
    gap = np.array([_code(separator)], np.uint64)
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)])[:-1]
    joined = np.concatenate([part for text in texts for part in (text, gap)]) if texts else np.array([], np.uint64)
    return joined, starts.astype(np.int64)


class RunHashes:
    """Hashes of all runs of words of a text, each found in one step: a polynomial modulo 2^64 in the words' codes.

    Two different runs of a length share a hash with a chance of about 2^-64, which is taken for never.

    Args:
        codes: Shape (words,).
    """

    def __init__(self, codes: Codes) -> None:
        self._size = len(codes)
        self._powers = _powers(_BASE, self._size + 1)
        # The multiplier is odd, so it has an inverse modulo 2^64.
        inverse = _powers(pow(_BASE, -1, _MODULUS), self._size + 1)
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(codes * inverse[:-1], dtype=np.uint64)])

    def starts(self, length: int) -> NDArray[np.int64]:
        """Return where the runs of `length` words begin: everywhere but too close to the end.

        Args:
            length: Words a run.
        """
        return np.arange(max(0, self._size - length + 1), dtype=np.int64)

    def at(self, starts: NDArray[np.int64], length: int) -> Codes:
        """Return the hashes of some runs.

        Args:
            starts: Where they begin, at most `words - length`; shape (runs,).
            length: Words a run, at least 1.

        Returns:
            Shape (runs,).
        """
        # The sums weigh the word at i with BASE^-i; this puts the first word of each run at weight 1.
        hashes: Codes = (self._sums[starts + length] - self._sums[starts]) * self._powers[starts]
        return hashes


def _powers(base: int, count: int) -> Codes:
    """Return the powers of a number modulo 2^64, from 0 on."""
    factors = np.full(count, base, np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)


@lru_cache(maxsize=2**18)
def _code(word: str) -> int:
    """Return the code of one word."""
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
