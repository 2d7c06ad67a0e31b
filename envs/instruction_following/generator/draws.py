"""Drawing the kwargs of generated instructions; the higher the tightness, the more they ask for."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prorl_rllib.envs.instruction_following.generator import words


@dataclass
class Drawing:
    """What the draws of one task share.

    Attributes:
        rng: the only source of chance.
        tightness: 1 or more.
        request: what the task asks to be written.
        keywords: those not used yet, in random order.
    """

    rng: random.Random
    tightness: int
    request: str
    keywords: list[str]


def start_drawing(rng: random.Random, tightness: int, request: str) -> Drawing:
    """Return the state before the first draw; words of the request are not drawn as keywords."""
    free = [word for word in words.KEYWORDS if word not in request.lower()]
    return Drawing(rng, tightness, request, rng.sample(free, len(free)))


def draw_existence(drawing: Drawing) -> dict[str, Any]:
    """Draw one keyword or several."""
    count = drawing.rng.randint(1, 2 + drawing.tightness // 2)
    return {"keywords": [drawing.keywords.pop() for _ in range(count)]}


def draw_frequency(drawing: Drawing) -> dict[str, Any]:
    """Draw a keyword and mostly a lower limit."""
    if drawing.rng.random() < 0.8:
        frequency, relation = drawing.rng.randint(2, 2 + drawing.tightness), "at least"
    else:
        frequency, relation = drawing.rng.randint(2, 3), "less than"
    return {"keyword": drawing.keywords.pop(), "frequency": frequency, "relation": relation}


def draw_forbidden_words(drawing: Drawing) -> dict[str, Any]:
    """Draw frequent words, which are hard to do without."""
    return {"forbidden_words": drawing.rng.sample(words.FREQUENT_WORDS, drawing.rng.randint(1, 1 + drawing.tightness))}


def draw_letter_frequency(drawing: Drawing) -> dict[str, Any]:
    """Draw many of a common letter, a few of a rare one, or an upper limit for a rare one."""
    kind = drawing.rng.randrange(3)
    letter = drawing.rng.choice(words.RARE_LETTERS if kind else words.COMMON_LETTERS)
    most = (20 + 15 * drawing.tightness, 2 + drawing.tightness, 3)[kind]
    frequency = drawing.rng.randint((15, 2, 2)[kind], most)
    return {"letter": letter, "let_frequency": frequency, "let_relation": "less than" if kind == 2 else "at least"}


def draw_number_sentences(drawing: Drawing) -> dict[str, Any]:
    """Draw a lower or an upper limit of sentences."""
    if drawing.rng.random() < 0.6:
        return {"num_sentences": drawing.rng.randint(4, 4 + 3 * drawing.tightness), "relation": "at least"}
    least = max(4, 14 - 2 * drawing.tightness)
    return {"num_sentences": drawing.rng.randint(least, max(least, 16 - drawing.tightness)), "relation": "less than"}


def draw_number_words(drawing: Drawing) -> dict[str, Any]:
    """Draw a lower or an upper limit of words."""
    tightness = drawing.tightness
    if drawing.rng.random() < 0.6:
        return {"num_words": drawing.rng.randint(30 + 10 * tightness, 60 + 40 * tightness), "relation": "at least"}
    return {"num_words": drawing.rng.randint(40, max(50, 150 - 12 * tightness)), "relation": "less than"}


def draw_first_word(drawing: Drawing) -> dict[str, Any]:
    """Draw a number of paragraphs and the first word of one of them."""
    count = drawing.rng.randint(2, 3 + drawing.tightness // 2)
    nth = drawing.rng.randint(1, count)
    return {"num_paragraphs": count, "nth_paragraph": nth, "first_word": drawing.rng.choice(words.FIRST_WORDS)}


def draw_sections(drawing: Drawing) -> dict[str, Any]:
    """Draw a number of sections and their mark."""
    count = drawing.rng.randint(2, 3 + drawing.tightness // 2)
    return {"section_spliter": drawing.rng.choice(words.SECTION_MARKS), "num_sections": count}


def draw_capital_words(drawing: Drawing) -> dict[str, Any]:
    """Draw mostly a lower limit of words in capitals."""
    if drawing.rng.random() < 0.7:
        most = 3 + 2 * drawing.tightness
        return {"capital_frequency": drawing.rng.randint(2, most), "capital_relation": "at least"}
    return {"capital_frequency": drawing.rng.randint(3, 6), "capital_relation": "less than"}


def draw_number(key: str, least: int, most: int) -> Callable[[Drawing], dict[str, Any]]:
    """Return the draw of a number; its largest value grows with the tightness.

    Args:
        key: of the kwargs.
        least: smallest value.
        most: largest value at tightness 0.
    """
    return lambda drawing: {key: drawing.rng.randint(least, most + drawing.tightness)}


def draw_one(key: str, values: tuple[str, ...]) -> Callable[[Drawing], dict[str, Any]]:
    """Return the draw of one of some values.

    Args:
        key: of the kwargs.
        values: to draw from.
    """
    return lambda drawing: {key: drawing.rng.choice(values)}


def draw_nothing(drawing: Drawing) -> dict[str, Any]:
    """Return no kwargs."""
    return {}


DRAWS: dict[str, Callable[[Drawing], dict[str, Any]]] = {
    "keywords:existence": draw_existence,
    "keywords:frequency": draw_frequency,
    "keywords:forbidden_words": draw_forbidden_words,
    "keywords:letter_frequency": draw_letter_frequency,
    "language:response_language": draw_one("language", words.LANGUAGES),
    "length_constraints:number_sentences": draw_number_sentences,
    "length_constraints:number_paragraphs": draw_number("num_paragraphs", 2, 3),
    "length_constraints:number_words": draw_number_words,
    "length_constraints:nth_paragraph_first_word": draw_first_word,
    "detectable_content:number_placeholders": draw_number("num_placeholders", 2, 2),
    "detectable_content:postscript": draw_one("postscript_marker", words.POSTSCRIPT_MARKS),
    "detectable_format:number_bullet_lists": draw_number("num_bullets", 2, 3),
    "detectable_format:constrained_response": draw_nothing,
    "detectable_format:number_highlighted_sections": draw_number("num_highlights", 2, 2),
    "detectable_format:multiple_sections": draw_sections,
    "detectable_format:json_format": draw_nothing,
    "detectable_format:title": draw_nothing,
    "combination:two_responses": draw_nothing,
    "combination:repeat_prompt": lambda drawing: {"prompt_to_repeat": drawing.request},
    "startend:end_checker": draw_one("end_phrase", words.END_PHRASES),
    "startend:quotation": draw_nothing,
    "change_case:english_capital": draw_nothing,
    "change_case:english_lowercase": draw_nothing,
    "change_case:capital_word_frequency": draw_capital_words,
    "punctuation:no_comma": draw_nothing,
}
