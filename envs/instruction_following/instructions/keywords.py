"""Instructions on words and letters that must or must not appear.

IFEval takes a keyword for a regular expression. Here it is plain text: an expression from a data file could run for
ever, and a keyword such as "c++" or "e.g." would not mean what it says.
"""

import re
from typing import Annotated

from pydantic import Field, model_validator

from prorl_rllib.envs.instruction_following.instructions.instruction import (
    Count,
    Instruction,
    Kwargs,
    Phrase,
    Relation,
    check_satisfiable,
    compare,
)

Phrases = Annotated[tuple[Phrase, ...], Field(min_length=1, max_length=100)]


class ExistenceKwargs(Kwargs):
    """Kwargs of `keywords:existence`."""

    keywords: Phrases


class FrequencyKwargs(Kwargs):
    """Kwargs of `keywords:frequency`."""

    keyword: Phrase
    frequency: Count
    relation: Relation

    @model_validator(mode="after")
    def _satisfiable(self) -> "FrequencyKwargs":
        check_satisfiable(self.frequency, self.relation, "frequency")
        return self


class ForbiddenWordsKwargs(Kwargs):
    """Kwargs of `keywords:forbidden_words`."""

    forbidden_words: Phrases


class LetterFrequencyKwargs(Kwargs):
    """Kwargs of `keywords:letter_frequency`; a sign such as "#" is taken for a letter, as in IFEval's data."""

    letter: Annotated[str, Field(pattern=r"^\S$")]
    let_frequency: Count
    let_relation: Relation

    @model_validator(mode="after")
    def _satisfiable(self) -> "LetterFrequencyKwargs":
        check_satisfiable(self.let_frequency, self.let_relation, "let_frequency")
        return self


def count_keyword(text: str, keyword: str) -> int:
    """Return how often a keyword appears, in any case, within longer words too, without overlap."""
    return text.lower().count(keyword.strip().lower())


def count_letter(text: str, letter: str) -> int:
    """Return how often a letter appears, in either case."""
    return text.lower().count(letter.lower())


def has_keywords(response: str, kwargs: ExistenceKwargs) -> bool:
    """Tell whether every keyword appears, in any case, within longer words too."""
    text = response.lower()
    return all(keyword.lower() in text for keyword in kwargs.keywords)


def has_keyword_frequency(response: str, kwargs: FrequencyKwargs) -> bool:
    """Tell whether the keyword appears as often as asked."""
    return compare(count_keyword(response, kwargs.keyword), kwargs.relation, kwargs.frequency)


def has_no_forbidden_words(response: str, kwargs: ForbiddenWordsKwargs) -> bool:
    """Tell whether no forbidden word appears as a whole word, in any case."""
    return not any(
        re.search(rf"(?<!\w){re.escape(word.strip())}(?!\w)", response, re.IGNORECASE)
        for word in kwargs.forbidden_words
    )


def has_letter_frequency(response: str, kwargs: LetterFrequencyKwargs) -> bool:
    """Tell whether the letter appears as often as asked."""
    return compare(count_letter(response, kwargs.letter), kwargs.let_relation, kwargs.let_frequency)


def quoted(phrases: tuple[str, ...]) -> str:
    """Return phrases in quotes, as "a", "b" and "c"."""
    shown = [f'"{phrase}"' for phrase in phrases]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def times(count: int, relation: Relation) -> str:
    """Return such as "fewer than 3 times"."""
    word = "fewer than" if relation == "less than" else "at least"
    return f"{word} {count} {'time' if count == 1 else 'times'}"


def describe_existence(kwargs: ExistenceKwargs) -> tuple[str, ...]:
    """Return wordings of `keywords:existence`."""
    words = quoted(kwargs.keywords)
    noun = "keyword" if len(kwargs.keywords) == 1 else "keywords"
    return (
        f"Include the {noun} {words} in your response.",
        f"Make use of the {noun} {words}.",
        f"Your response must contain the {noun} {words}.",
    )


def describe_frequency(kwargs: FrequencyKwargs) -> tuple[str, ...]:
    """Return wordings of `keywords:frequency`."""
    often = times(kwargs.frequency, kwargs.relation)
    return (
        f'In your response, the word "{kwargs.keyword}" should appear {often}.',
        f'Use the word "{kwargs.keyword}" {often}.',
        f'The word "{kwargs.keyword}" has to occur {often}.',
    )


def describe_forbidden_words(kwargs: ForbiddenWordsKwargs) -> tuple[str, ...]:
    """Return wordings of `keywords:forbidden_words`."""
    one = len(kwargs.forbidden_words) == 1
    words = ("word " if one else "words ") + quoted(kwargs.forbidden_words)
    return (
        f"Do not use the {words} in your response.",
        f"Avoid the {words}.",
        f"The {words} must not appear anywhere in your response.",
    )


def describe_letter_frequency(kwargs: LetterFrequencyKwargs) -> tuple[str, ...]:
    """Return wordings of `keywords:letter_frequency`."""
    often = times(kwargs.let_frequency, kwargs.let_relation)
    return (
        f'In your response, the letter "{kwargs.letter}" should appear {often}.',
        f'Let the letter "{kwargs.letter}" occur {often}.',
        f'The letter "{kwargs.letter}", in upper or lower case, has to appear {often}.',
    )


INSTRUCTIONS = {
    "keywords:existence": Instruction(ExistenceKwargs, has_keywords, describe_existence),
    "keywords:frequency": Instruction(FrequencyKwargs, has_keyword_frequency, describe_frequency),
    "keywords:forbidden_words": Instruction(ForbiddenWordsKwargs, has_no_forbidden_words, describe_forbidden_words),
    "keywords:letter_frequency": Instruction(LetterFrequencyKwargs, has_letter_frequency, describe_letter_frequency),
}
