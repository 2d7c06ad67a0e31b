"""Instructions on placeholders and a postscript."""

import re

from prorl_rllib.envs.instruction_following.instructions.instruction import Count, Instruction, Kwargs, Phrase

POSTSCRIPTS = {"P.P.S": re.compile(r"p\.\s?p\.\s?s"), "P.S.": re.compile(r"p\.\s?s\.")}


class NumberPlaceholdersKwargs(Kwargs):
    """Kwargs of `detectable_content:number_placeholders`."""

    num_placeholders: Count


class PostscriptKwargs(Kwargs):
    """Kwargs of `detectable_content:postscript`."""

    postscript_marker: Phrase


def count_placeholders(text: str) -> int:
    """Return the number of placeholders in square brackets, each within one line."""
    return sum(_count_in_line(line) for line in text.split("\n"))


def _count_in_line(line: str) -> int:
    """Return the number of placeholders in one line; a bracket is never looked at twice, unlike by an expression."""
    count = position = 0
    while (opened := line.find("[", position)) >= 0 and (closed := line.find("]", opened)) >= 0:
        count, position = count + 1, closed + 1
    return count


def has_placeholders(response: str, kwargs: NumberPlaceholdersKwargs) -> bool:
    """Tell whether there are at least as many placeholders as asked."""
    return count_placeholders(response) >= kwargs.num_placeholders


def has_postscript(response: str, kwargs: PostscriptKwargs) -> bool:
    """Tell whether the postscript's marker appears, in any case; anywhere, as in IFEval.

    IFEval takes a marker other than "P.S." and "P.P.S" for a regular expression; here it is plain text.
    """
    text, marker = response.lower(), kwargs.postscript_marker.strip()
    known = POSTSCRIPTS.get(marker)
    return marker.lower() in text if known is None else known.search(text) is not None


def describe_placeholders(kwargs: NumberPlaceholdersKwargs) -> tuple[str, ...]:
    """Return wordings of `detectable_content:number_placeholders`."""
    number = f"{kwargs.num_placeholders} placeholder{'' if kwargs.num_placeholders == 1 else 's'}"
    return (
        f"The response must contain at least {number} represented by square brackets, such as [address].",
        f"Use at least {number} in square brackets, like [name].",
        f"Put in at least {number} to be filled in later, each in square brackets, for example [date].",
    )


def describe_postscript(kwargs: PostscriptKwargs) -> tuple[str, ...]:
    """Return wordings of `detectable_content:postscript`."""
    marker = kwargs.postscript_marker
    return (
        f"At the end of your response, please explicitly add a postscript starting with {marker}",
        f"Add a postscript starting with {marker} at the end.",
        f"After the main text, put a postscript that begins with {marker}",
    )


INSTRUCTIONS = {
    "detectable_content:number_placeholders": Instruction(
        NumberPlaceholdersKwargs, has_placeholders, describe_placeholders
    ),
    "detectable_content:postscript": Instruction(PostscriptKwargs, has_postscript, describe_postscript),
}
