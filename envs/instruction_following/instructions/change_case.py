"""Instructions on capital and lower-case letters."""

import re

from pydantic import model_validator

from prorl_rllib.envs.instruction_following.instructions.instruction import (
    Count,
    Instruction,
    Kwargs,
    NoKwargs,
    Relation,
    check_satisfiable,
    compare,
)
from prorl_rllib.envs.instruction_following.instructions.keywords import times
from prorl_rllib.envs.instruction_following.instructions.language import detect_language

_TOKEN = re.compile(r"\w+(?:[-'\u2019./]\w+)*")


class CapitalWordFrequencyKwargs(Kwargs):
    """Kwargs of `change_case:capital_word_frequency`."""

    capital_frequency: Count
    capital_relation: Relation

    @model_validator(mode="after")
    def _satisfiable(self) -> "CapitalWordFrequencyKwargs":
        check_satisfiable(self.capital_frequency, self.capital_relation, "capital_frequency")
        return self


def count_capital_words(text: str) -> int:
    """Return the number of words in capitals, one-letter words among them.

    Words joined by a hyphen, an apostrophe, a full stop or a slash are one word. IFEval takes NLTK's word tokens,
    which differ in that they break a contraction such as "DON'T" in two.
    """
    return sum(1 for match in _TOKEN.finditer(text) if match[0].isupper())


def is_english_capital(response: str, kwargs: NoKwargs) -> bool:
    """Tell whether the response has no lower-case letters and is in English.

    The language is found for the text in lower case: the detector leaves out words in capitals and would guess from
    their first letters.
    """
    return response.isupper() and detect_language(response.lower()) == "en"


def is_english_lowercase(response: str, kwargs: NoKwargs) -> bool:
    """Tell whether the response has no capital letters and is in English."""
    return response.islower() and detect_language(response) == "en"


def quick_capital(response: str, kwargs: NoKwargs) -> bool | None:
    """Return False when there are lower-case letters, None when the language has to be looked at."""
    return None if response.isupper() else False


def quick_lowercase(response: str, kwargs: NoKwargs) -> bool | None:
    """Return False when there are capital letters, None when the language has to be looked at."""
    return None if response.islower() else False


def has_capital_words(response: str, kwargs: CapitalWordFrequencyKwargs) -> bool:
    """Tell whether there are as many words in capitals as asked."""
    return compare(count_capital_words(response), kwargs.capital_relation, kwargs.capital_frequency)


def describe_capital(kwargs: NoKwargs) -> tuple[str, ...]:
    """Return wordings of `change_case:english_capital`."""
    return (
        "Your entire response should be in English, and in all capital letters.",
        "Write in English and use capital letters only.",
        "Use no lower-case letters anywhere, and answer in English.",
    )


def describe_lowercase(kwargs: NoKwargs) -> tuple[str, ...]:
    """Return wordings of `change_case:english_lowercase`."""
    return (
        "Your entire response should be in English, and in all lowercase letters. No capital letters are allowed.",
        "Write in English and use lowercase letters only.",
        "Use no capital letters anywhere, and answer in English.",
    )


def describe_capital_words(kwargs: CapitalWordFrequencyKwargs) -> tuple[str, ...]:
    """Return wordings of `change_case:capital_word_frequency`."""
    often = times(kwargs.capital_frequency, kwargs.capital_relation)
    return (
        f"In your response, words with all capital letters should appear {often}.",
        f"Use words in all capital letters {often}.",
        f"Words written in capitals only, such as NEVER, have to occur {often}.",
    )


INSTRUCTIONS = {
    "change_case:english_capital": Instruction(NoKwargs, is_english_capital, describe_capital, quick_capital),
    "change_case:english_lowercase": Instruction(NoKwargs, is_english_lowercase, describe_lowercase, quick_lowercase),
    "change_case:capital_word_frequency": Instruction(
        CapitalWordFrequencyKwargs, has_capital_words, describe_capital_words
    ),
}
