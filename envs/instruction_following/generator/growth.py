"""By how much a response that is too short has to grow."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from prorl_rllib.envs.instruction_following.generator.words import LETTER_WORDS
from prorl_rllib.envs.instruction_following.instructions import Asked
from prorl_rllib.envs.instruction_following.instructions.change_case import count_capital_words
from prorl_rllib.envs.instruction_following.instructions.keywords import count_letter
from prorl_rllib.envs.instruction_following.instructions.measures import count_sentences, count_words

WORDS_A_SENTENCE = 10
"""Rather too many, so that a response grows in steps and not beyond an upper limit."""


@dataclass(frozen=True)
class Growth:
    """What is added to the least response.

    Attributes:
        sentences: number of sentences.
        letters: words rich in a letter.
        capitals: number of words in capitals.
    """

    sentences: int = 0
    letters: Counter[str] = field(default_factory=Counter)
    capitals: int = 0

    def __add__(self, other: "Growth") -> "Growth":
        return Growth(self.sentences + other.sentences, self.letters + other.letters, self.capitals + other.capitals)

    def __bool__(self) -> bool:
        return bool(self.sentences or self.letters or self.capitals)


def _words(kwargs: Any, text: str) -> Growth:
    """Return the growth to a number of words."""
    return Growth(sentences=-(-(kwargs.num_words - count_words(text)) // WORDS_A_SENTENCE))


def _sentences(kwargs: Any, text: str) -> Growth:
    """Return the growth to a number of sentences."""
    return Growth(sentences=kwargs.num_sentences - count_sentences(text))


def _letters(kwargs: Any, text: str) -> Growth:
    """Return the growth to a number of letters."""
    letter = kwargs.letter.lower()
    word = LETTER_WORDS.get(letter, kwargs.letter)
    missing = kwargs.let_frequency - count_letter(text, letter)
    return Growth(letters=Counter({word: -(-missing // max(1, word.count(letter)))}))


def _capitals(kwargs: Any, text: str) -> Growth:
    """Return the growth to a number of words in capitals."""
    return Growth(capitals=kwargs.capital_frequency - count_capital_words(text))


GROWTHS: dict[str, Callable[[Any, str], Growth]] = {
    "length_constraints:number_words": _words,
    "length_constraints:number_sentences": _sentences,
    "keywords:letter_frequency": _letters,
    "change_case:capital_word_frequency": _capitals,
}


def missing_growth(asked: Sequence[Asked], text: str) -> Growth:
    """Return what would bring a text to the numbers it has to reach; nothing when growing does not help.

    Args:
        asked: the instructions.
        text: the response so far.
    """
    total = Growth()
    for each in asked:
        if each.instruction_id in GROWTHS and each.quick_follows(text) is False:
            growth = GROWTHS[each.instruction_id](each.kwargs, text)
            # below zero: there is too much of it already
            total += growth if growth.sentences >= 0 and growth.capitals >= 0 else Growth()
    return total
