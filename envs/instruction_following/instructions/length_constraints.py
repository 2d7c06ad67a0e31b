"""Instructions on the number of words, sentences and paragraphs."""

import re

from pydantic import model_validator

from prorl_rllib.envs.instruction_following.instructions.instruction import (
    Count,
    Instruction,
    Kwargs,
    Phrase,
    PositiveCount,
    Relation,
    check_satisfiable,
    compare,
)
from prorl_rllib.envs.instruction_following.instructions.measures import count_sentences, count_words

DIVIDER = re.compile(r"\s?\*\*\*\s?")
WORD_END = re.compile(r"[.,?!'\"]")


class NumberSentencesKwargs(Kwargs):
    """Kwargs of `length_constraints:number_sentences`."""

    num_sentences: Count
    relation: Relation

    @model_validator(mode="after")
    def _satisfiable(self) -> "NumberSentencesKwargs":
        check_satisfiable(self.num_sentences, self.relation, "num_sentences")
        return self


class NumberWordsKwargs(Kwargs):
    """Kwargs of `length_constraints:number_words`."""

    num_words: Count
    relation: Relation

    @model_validator(mode="after")
    def _satisfiable(self) -> "NumberWordsKwargs":
        check_satisfiable(self.num_words, self.relation, "num_words")
        return self


class NumberParagraphsKwargs(Kwargs):
    """Kwargs of `length_constraints:number_paragraphs`."""

    num_paragraphs: PositiveCount


class NthParagraphFirstWordKwargs(Kwargs):
    """Kwargs of `length_constraints:nth_paragraph_first_word`; paragraphs count from 1."""

    num_paragraphs: PositiveCount
    nth_paragraph: PositiveCount
    first_word: Phrase

    @model_validator(mode="after")
    def _within(self) -> "NthParagraphFirstWordKwargs":
        if self.nth_paragraph > self.num_paragraphs:
            raise ValueError(f"nth_paragraph = {self.nth_paragraph} is above num_paragraphs = {self.num_paragraphs}")
        return self


def has_number_of_sentences(response: str, kwargs: NumberSentencesKwargs) -> bool:
    """Tell whether the response has as many sentences as asked."""
    return compare(count_sentences(response), kwargs.relation, kwargs.num_sentences)


def has_number_of_words(response: str, kwargs: NumberWordsKwargs) -> bool:
    """Tell whether the response has as many words as asked."""
    return compare(count_words(response), kwargs.relation, kwargs.num_words)


def has_number_of_paragraphs(response: str, kwargs: NumberParagraphsKwargs) -> bool:
    """Tell whether the dividers `***` make exactly that many paragraphs; only the first and the last may be blank."""
    paragraphs = [bool(part.strip()) for part in DIVIDER.split(response)]
    return all(paragraphs[1:-1]) and sum(paragraphs) == kwargs.num_paragraphs


def has_first_word(response: str, kwargs: NthParagraphFirstWordKwargs) -> bool:
    """Tell whether blank lines make exactly that many paragraphs, the nth of which starts with the word.

    As in IFEval, blank paragraphs are not counted as paragraphs, and yet take a place in the order.
    """
    paragraphs = response.split("\n\n")
    if sum(1 for paragraph in paragraphs if paragraph.strip()) != kwargs.num_paragraphs:
        return False
    return first_word(paragraphs[kwargs.nth_paragraph - 1]) == kwargs.first_word.lower()


def first_word(paragraph: str) -> str:
    """Return the first word in lower case, without quotes before it, up to a punctuation mark; "" if there is none."""
    words = paragraph.split(maxsplit=1)
    return WORD_END.split(words[0].lstrip("'").lstrip('"'), maxsplit=1)[0].lower() if words else ""


def amount(count: int, relation: Relation, noun: str) -> str:
    """Return such as "fewer than 3 sentences"."""
    word = "fewer than" if relation == "less than" else "at least"
    return f"{word} {count} {noun}{'' if count == 1 else 's'}"


def describe_sentences(kwargs: NumberSentencesKwargs) -> tuple[str, ...]:
    """Return wordings of `length_constraints:number_sentences`."""
    sentences = amount(kwargs.num_sentences, kwargs.relation, "sentence")
    return (
        f"Your response should contain {sentences}.",
        f"Write {sentences}.",
        f"The length of your response must be {sentences}.",
    )


def describe_words(kwargs: NumberWordsKwargs) -> tuple[str, ...]:
    """Return wordings of `length_constraints:number_words`."""
    words = amount(kwargs.num_words, kwargs.relation, "word")
    return (f"Answer with {words}.", f"Use {words}.", f"Your response must be {words} long.")


def describe_paragraphs(kwargs: NumberParagraphsKwargs) -> tuple[str, ...]:
    """Return wordings of `length_constraints:number_paragraphs`."""
    count = kwargs.num_paragraphs
    noun = "paragraph" if count == 1 else "paragraphs"
    return (
        f"There should be exactly {count} {noun}. Paragraphs are separated with the markdown divider: ***",
        f"Write exactly {count} {noun} and separate paragraphs with the markdown divider ***",
        f"Give {count} {noun}, no more and no fewer, divided from each other by a line with ***",
    )


def describe_first_word(kwargs: NthParagraphFirstWordKwargs) -> tuple[str, ...]:
    """Return wordings of `length_constraints:nth_paragraph_first_word`."""
    count, nth, word = kwargs.num_paragraphs, kwargs.nth_paragraph, kwargs.first_word
    noun = "paragraph" if count == 1 else "paragraphs"
    return (
        f"There should be exactly {count} {noun}. Paragraphs and only paragraphs are separated from each other by two "
        f'line breaks. Paragraph {nth} must start with the word "{word}".',
        f"Write exactly {count} {noun}, with a blank line between paragraphs and nowhere else. The first word of "
        f'paragraph {nth} must be "{word}".',
        f"Divide your response by blank lines into exactly {count} {noun}, of which paragraph {nth} begins with the "
        f'word "{word}".',
    )


INSTRUCTIONS = {
    "length_constraints:number_sentences": Instruction(
        NumberSentencesKwargs, has_number_of_sentences, describe_sentences
    ),
    "length_constraints:number_words": Instruction(NumberWordsKwargs, has_number_of_words, describe_words),
    "length_constraints:number_paragraphs": Instruction(
        NumberParagraphsKwargs, has_number_of_paragraphs, describe_paragraphs
    ),
    "length_constraints:nth_paragraph_first_word": Instruction(
        NthParagraphFirstWordKwargs, has_first_word, describe_first_word
    ),
}
