"""Which instructions cannot be followed together, or would make no sense together."""

from collections.abc import Sequence

KEYWORDS = ("keywords:existence", "keywords:frequency", "keywords:forbidden_words", "keywords:letter_frequency")
CASES = ("change_case:english_capital", "change_case:english_lowercase", "change_case:capital_word_frequency")
LAYOUTS = (
    "detectable_format:number_bullet_lists",
    "detectable_format:multiple_sections",
    "length_constraints:number_paragraphs",
    "length_constraints:nth_paragraph_first_word",
    "combination:two_responses",
)
"""What shapes the whole response."""

CONFLICTS: dict[str, tuple[str, ...]] = {
    # JSON is one line here, starts and ends with its own signs, and has no room for a layout.
    "detectable_format:json_format": (
        *LAYOUTS,
        "combination:repeat_prompt",
        "startend:quotation",
        "startend:end_checker",
        "detectable_content:postscript",
        "detectable_format:constrained_response",
    ),
    # Words in English, or a case that an English check goes with, in a response in another language.
    "language:response_language": (
        *KEYWORDS,
        *CASES,
        "combination:repeat_prompt",
        "startend:end_checker",
        "detectable_format:constrained_response",
        "detectable_format:multiple_sections",
        "length_constraints:nth_paragraph_first_word",
    ),
    # What has to be written in a given case, and the request, are neither all capital nor all lower case; P.S. is.
    "change_case:english_capital": (
        "change_case:english_lowercase",
        "change_case:capital_word_frequency",
        "combination:repeat_prompt",
        "detectable_format:constrained_response",
        "detectable_format:multiple_sections",
        "startend:end_checker",
    ),
    "change_case:english_lowercase": (
        "change_case:capital_word_frequency",
        "combination:repeat_prompt",
        "detectable_content:postscript",
        "detectable_format:constrained_response",
        "detectable_format:multiple_sections",
        "startend:end_checker",
    ),
    # A request that is repeated comes before the opening quotation mark, and may be the first of the paragraphs.
    "combination:repeat_prompt": (
        "startend:quotation",
        "combination:two_responses",
        "detectable_format:constrained_response",
        "length_constraints:nth_paragraph_first_word",
    ),
    # ****** holds the divider *** of paragraphs; a number of bullets or sections could be that of each response.
    "combination:two_responses": (
        "detectable_format:number_bullet_lists",
        "detectable_format:multiple_sections",
        "length_constraints:number_paragraphs",
        "length_constraints:nth_paragraph_first_word",
        "detectable_format:constrained_response",
    ),
    # Two meanings of "paragraph".
    "length_constraints:number_paragraphs": ("length_constraints:nth_paragraph_first_word",),
    # A plain answer is no layout.
    "detectable_format:constrained_response": LAYOUTS,
    # Both claim the end.
    "detectable_content:postscript": ("startend:end_checker",),
}
"""Instruction -> those it excludes; read in both directions."""


def in_conflict(first: str, second: str) -> bool:
    """Tell whether two instruction ids exclude each other; an id excludes itself."""
    return first == second or second in CONFLICTS.get(first, ()) or first in CONFLICTS.get(second, ())


def fits(instruction_id: str, chosen: Sequence[str]) -> bool:
    """Tell whether an instruction excludes none of those chosen."""
    return not any(in_conflict(instruction_id, other) for other in chosen)
