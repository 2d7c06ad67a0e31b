"""Instructions on bullets, highlights, sections, a title, JSON, and answers from a given set."""

import json
import re

from prorl_rllib.envs.instruction_following.instructions.instruction import (
    Count,
    Instruction,
    Kwargs,
    NoKwargs,
    Phrase,
)

ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_NOT_SPACE = re.compile(r"\S")
_HIGHLIGHT = re.compile(r"\*([^\n*]*)\*")
_DOUBLE_HIGHLIGHT = re.compile(r"\*\*([^\n*]*)\*\*")


class NumberBulletListsKwargs(Kwargs):
    """Kwargs of `detectable_format:number_bullet_lists`."""

    num_bullets: Count


class NumberHighlightedSectionsKwargs(Kwargs):
    """Kwargs of `detectable_format:number_highlighted_sections`."""

    num_highlights: Count


class MultipleSectionsKwargs(Kwargs):
    """Kwargs of `detectable_format:multiple_sections`; the spelling is IFEval's."""

    section_spliter: Phrase
    num_sections: Count


def count_bullets(text: str) -> int:
    """Return the number of bullets: lines that start with one `*`, or with `-`.

    As in IFEval a rule of dashes is a bullet, and so is a `*` at the end of a line that is not the last.
    """
    return _count_starting(text, "*", alone=True) + _count_starting(text, "-", alone=False)


def _count_starting(text: str, mark: str, alone: bool) -> int:
    """Return how many lines start with a mark, after white space of any kind, line breaks included.

    Args:
        text: the text.
        mark: one character.
        alone: whether something other than the mark has to follow it.
    """
    count = position = 0
    while found := _NOT_SPACE.search(text, position):
        after = found.end()
        is_marked = found[0] == mark and not (alone and text[after : after + 1] in ("", mark))
        count += is_marked
        # what follows a lone mark belongs to the bullet, also when it is a line break
        line_end = text.find("\n", after + (is_marked and alone))
        if line_end < 0:
            break
        position = line_end + 1
    return count


def has_bullets(response: str, kwargs: NumberBulletListsKwargs) -> bool:
    """Tell whether there are exactly as many bullets as asked."""
    return count_bullets(response) == kwargs.num_bullets


def has_constrained_response(response: str, kwargs: NoKwargs) -> bool:
    """Tell whether one of the three answers appears, in this case, anywhere."""
    return any(answer in response for answer in ANSWERS)


def count_highlights(text: str) -> int:
    """Return the number of `*highlighted*` parts; as in IFEval one between double asterisks counts as a second one."""
    singles = sum(1 for match in _HIGHLIGHT.finditer(text) if match[1].strip())
    return singles + sum(1 for match in _DOUBLE_HIGHLIGHT.finditer(text) if match[1].strip())


def has_highlights(response: str, kwargs: NumberHighlightedSectionsKwargs) -> bool:
    """Tell whether at least as many parts are highlighted as asked."""
    return count_highlights(response) >= kwargs.num_highlights


def has_sections(response: str, kwargs: MultipleSectionsKwargs) -> bool:
    """Tell whether there are at least as many section marks as asked: the splitter, in this case, and a number."""
    mark = re.compile(re.escape(kwargs.section_spliter.strip()) + r"\s?\d+")
    return sum(1 for _ in mark.finditer(response)) >= kwargs.num_sections


def is_json(response: str, kwargs: NoKwargs) -> bool:
    """Tell whether the response, without a markdown fence, is one JSON value; nesting beyond Python's limit is none."""
    text = response.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        text = text.removeprefix(fence)
    try:
        # numbers stay text: making an integer of a long one takes time quadratic in its length
        json.loads(text.removesuffix("```").strip(), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


def has_title(response: str, kwargs: NoKwargs) -> bool:
    """Tell whether a title that is not blank stands in double angular brackets within one line."""
    return any(_is_title(line) for line in response.split("\n"))


def _is_title(line: str) -> bool:
    """Tell whether something stands between the first `<<` and the last `>>` of a line."""
    opened, closed = line.find("<<"), line.rfind(">>")
    return 0 <= opened < closed - 2 and bool(line[opened:closed].lstrip("<").rstrip(">").strip())


def describe_bullets(kwargs: NumberBulletListsKwargs) -> tuple[str, ...]:
    """Return wordings of `detectable_format:number_bullet_lists`."""
    number = f"{kwargs.num_bullets} bullet point{'' if kwargs.num_bullets == 1 else 's'}"
    return (
        f"Your answer must contain exactly {number}. Use markdown bullets such as: * This is a point.",
        f"Include exactly {number} in markdown, each on a line of its own that starts with an asterisk or a dash.",
        f'Give {number}, no more and no fewer, in the markdown form "* point".',
    )


def describe_constrained_response(kwargs: NoKwargs) -> tuple[str, ...]:
    """Return wordings of `detectable_format:constrained_response`."""
    answers = ", ".join(f'"{answer}"' for answer in ANSWERS)
    return (
        f"Answer with one of the following options: {answers}",
        f"Your response must contain one of these sentences: {answers}",
        f"Choose one of these sentences as your answer and write it out exactly: {answers}",
    )


def describe_highlights(kwargs: NumberHighlightedSectionsKwargs) -> tuple[str, ...]:
    """Return wordings of `detectable_format:number_highlighted_sections`."""
    number = f"{kwargs.num_highlights} section{'' if kwargs.num_highlights == 1 else 's'}"
    return (
        f"Highlight at least {number} in your answer with markdown, i.e. *highlighted section*.",
        f"Use markdown to highlight at least {number} of your answer, like *this*.",
        f"Put at least {number} of the text between asterisks, as in *highlighted section*.",
    )


def describe_sections(kwargs: MultipleSectionsKwargs) -> tuple[str, ...]:
    """Return wordings of `detectable_format:multiple_sections`."""
    number = f"{kwargs.num_sections} section{'' if kwargs.num_sections == 1 else 's'}"
    mark = kwargs.section_spliter
    return (
        f"Your response must have {number}. Mark the beginning of each section with {mark} X, such as: {mark} 1",
        f"Organise your response in {number}, each of which starts with {mark} and its number, as in {mark} 1.",
        f'Split the text into {number} headed "{mark} 1" and so on.',
    )


def describe_json(kwargs: NoKwargs) -> tuple[str, ...]:
    """Return wordings of `detectable_format:json_format`."""
    return (
        "The entire output should be wrapped in JSON format. You can use markdown ticks such as ```.",
        "Give your whole answer as valid JSON and nothing else.",
        "Format everything you write as one JSON value.",
    )


def describe_title(kwargs: NoKwargs) -> tuple[str, ...]:
    """Return wordings of `detectable_format:title`."""
    return (
        "Your answer must contain a title, wrapped in double angular brackets, such as <<poem of joy>>.",
        "Include a title in double angular brackets, i.e. <<title>>.",
        "Give it a title and write the title between << and >>.",
    )


INSTRUCTIONS = {
    "detectable_format:number_bullet_lists": Instruction(NumberBulletListsKwargs, has_bullets, describe_bullets),
    "detectable_format:constrained_response": Instruction(
        NoKwargs, has_constrained_response, describe_constrained_response
    ),
    "detectable_format:number_highlighted_sections": Instruction(
        NumberHighlightedSectionsKwargs, has_highlights, describe_highlights
    ),
    "detectable_format:multiple_sections": Instruction(MultipleSectionsKwargs, has_sections, describe_sections),
    "detectable_format:json_format": Instruction(NoKwargs, is_json, describe_json),
    "detectable_format:title": Instruction(NoKwargs, has_title, describe_title),
}
