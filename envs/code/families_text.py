"""Families of problems on texts and words."""

import itertools
import random
from collections.abc import Callable
from dataclasses import replace

from prorl_rllib.envs.code.exercise import Exercise, Kind, Parameter
from prorl_rllib.envs.code.family import FamilySizes, draw_length, draw_text, draw_words, further_steps
from prorl_rllib.envs.code.operations_lists import REDUCTIONS
from prorl_rllib.envs.code.operations_text import LETTERS, TEXT_ALPHABET, TEXT_STEPS, listing
from prorl_rllib.envs.code.program_text import Step, step

SEPARATORS, ASSIGNMENTS = (";", ",", "|", "/", "&"), ("=", ":", "~", "->", "?")
REPEATS = {"first": "only its first value counts", "last": "only its last value counts", "sum": "its values are added"}
"""Rule for a key that occurs more than once -> how a problem says it."""


def encode_runs(text: str, least: int, count_first: bool, separator: str) -> str:
    """Write runs of equal characters as a character and a count."""
    parts = []
    for character, group in itertools.groupby(text):
        count = len(list(group))
        pair = f"{count}{character}" if count_first else f"{character}{count}"
        parts.append(pair if count >= least else character * count)
    return separator.join(parts)


def decode_runs(text: str, factor: int, amount: int) -> str:
    """Write each letter as often as the number after it says, times a factor plus an amount."""
    result, index = "", 0
    while index < len(text):
        end = index + 1
        while end < len(text) and text[end].isdigit():
            end += 1
        result += text[index] * (factor * int(text[index + 1 : end]) + amount)
        index = end
    return result


def is_balanced(text: str, openers: str, closers: str) -> bool:
    """Tell whether brackets match."""
    stack: list[str] = []
    for character in text:
        if character in openers:
            stack.append(closers[openers.index(character)])
        elif not stack or stack.pop() != character:
            return False
    return not stack


def balanced_prefix(text: str, openers: str, closers: str) -> int:
    """Return the length of the longest balanced prefix."""
    return max(end for end in range(len(text) + 1) if is_balanced(text[:end], openers, closers))


def count_unmatched(text: str, openers: str, closers: str) -> int:
    """Count the brackets without a partner."""
    stack: list[str] = []
    lost = 0
    for character in text:
        if character in openers:
            stack.append(closers[openers.index(character)])
        elif stack and stack[-1] == character:
            stack.pop()
        else:
            lost += 1
    return lost + len(stack)


def values_by_key(text: str, separator: str, assignment: str, rule: str) -> list[int]:
    """Return the values of a text of keys and values, in the order of the keys."""
    values: dict[str, int] = {}
    for record in text.split(separator) if text else []:
        key, number = record.split(assignment)
        if rule == "first":
            values.setdefault(key, int(number))
        elif rule == "last":
            values[key] = int(number)
        else:
            values[key] = values.get(key, 0) + int(number)
    return [values[key] for key in sorted(values)]


def of_texts(name: str, steps: list[Step], result: Kind, sizes: FamilySizes) -> Exercise:
    """Return an exercise on one text."""
    text = f'a text of 0 to {sizes.max_length} characters out of "{TEXT_ALPHABET}"'
    return Exercise(
        name,
        "",
        (Parameter("text", "str", text),),
        tuple(steps),
        result,
        lambda rng, index: (draw_text(rng, index, sizes.max_length, TEXT_ALPHABET),),
    )


def text_pipeline(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """Two operations on a text."""
    return of_texts("rewrite", further_steps("str", 2, rng), "str", sizes)


def word_pipeline(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """Two operations on a list of words."""
    text = f"a list of 0 to {sizes.max_length} words of 1 to 6 small letters each"
    return Exercise(
        "arrange",
        "",
        (Parameter("words", "words", text),),
        tuple(further_steps("words", 2, rng)),
        "words",
        lambda rng, index: (draw_words(rng, index, sizes.max_length, LETTERS),),
    )


def run_length(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """Run-length coding, after an operation on the text, or decoding."""
    if rng.random() < 0.3:
        return run_length_decoding(sizes, rng)
    least, first, separator = rng.randint(1, 3), rng.random() < 0.5, rng.choice(("", "-", "+", "."))
    form = "the length of the run, then the character" if first else "the character, then the length of the run"
    which = f"of at least {least} equal characters " if least > 1 else "(also one of a single character) "
    joined = f' Join the parts, of all runs, with "{separator}".' if separator else ""
    shorter = " Shorter runs stay as they are." if least > 1 else ""
    text = (
        f"Split the text into its longest runs of equal characters. Replace each run {which}by {form}.{shorter}{joined}"
    )
    core = Step(encode_runs, (least, first, separator), text)
    exercise = of_texts("encode", [rng.choice(TEXT_STEPS)(rng), core], "str", sizes)
    return replace(exercise, draw=lambda rng, index: (draw_runs(rng, index, sizes.max_length),))


def draw_runs(rng: random.Random, index: int, most: int) -> str:
    """Draw a text with runs of up to four equal characters."""
    characters = draw_text(rng, index, most, TEXT_ALPHABET)
    return "".join(character * rng.randint(1, 4) for character in characters)[: len(characters)]


def run_length_decoding(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """The reverse of run-length coding."""
    factor, amount = rng.randint(1, 4), rng.randint(0, 5)
    core = step(
        decode_runs,
        "Replace each letter, with the number n after it, by {} * n + {} copies of that letter.",
        factor,
        amount,
    )
    parts = sizes.max_length // 2

    def draw(rng: random.Random, index: int) -> tuple[str]:
        count = draw_length(rng, index, parts)
        return ("".join(f"{rng.choice(LETTERS)}{rng.randint(0, 12)}" for _ in range(count)),)

    text = f'a text of 0 to {parts} parts, each of which is a letter out of "{LETTERS}" and a number from 0 to 12'
    steps = (core, rng.choice(TEXT_STEPS)(rng))
    return Exercise("decode", "", (Parameter("text", "str", text),), steps, "str", draw)


def brackets(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """Matching brackets, some of which are letters."""
    pairs = rng.sample(("()", "[]", "{}", "<>", "".join(rng.sample(LETTERS, 2))), 3)
    pairs = pairs[: rng.randint(2, 3)]
    openers, closers = "".join(pair[0] for pair in pairs), "".join(pair[1] for pair in pairs)
    named = ", ".join(f'"{pair[0]}" with "{pair[1]}"' for pair in pairs)
    intro = (
        f"The characters are brackets: {named}, the first of each pair opens and the second closes. A text is balanced "
        f"if it is empty, or a balanced text within a pair of brackets, or two balanced texts one after the other."
    )
    function, result, text = rng.choice(BRACKET_QUESTIONS)

    def draw(rng: random.Random, index: int) -> tuple[str]:
        return (draw_brackets(rng, index, sizes.max_length, pairs),)

    described = f"a text of 0 to {sizes.max_length} of the characters {listing(openers + closers)}"
    core = Step(function, (openers, closers), text)
    return Exercise("inspect", intro, (Parameter("text", "str", described),), (core,), result, draw)


BRACKET_QUESTIONS: tuple[tuple[Callable[..., object], Kind, str], ...] = (
    (is_balanced, "bool", "Decide whether the text is balanced."),
    (balanced_prefix, "int", "Take the length of the longest balanced prefix of the text, which may be empty."),
    (
        count_unmatched,
        "int",
        "Read the text from the left. An opening bracket waits. A closing one is matched if its partner is the last of "
        "the brackets that wait, which then waits no longer; otherwise it is lost, and those that wait go on waiting. "
        "Count the lost brackets and those that still wait at the end.",
    ),
)


def draw_brackets(rng: random.Random, index: int, most: int, pairs: list[str]) -> str:
    """Draw a text of brackets that is balanced in most of its parts."""
    text = ""
    target = draw_length(rng, index, most)
    while len(text) + 2 <= target:
        place, pair = rng.randint(0, len(text)), rng.choice(pairs)
        text = text[:place] + pair + text[place:] if rng.random() < 0.7 else f"{pair[0]}{text}{pair[1]}"
    if rng.random() < 0.55 and target:
        place = rng.randint(0, len(text))
        extra = rng.choice([character for pair in pairs for character in pair])
        text = (text[:place] + extra + text[place + rng.randint(0, 1) :])[:most]
    return text


def key_values(sizes: FamilySizes, rng: random.Random) -> Exercise:
    """A text of keys and values, and a number taken of the values."""
    separator, assignment = rng.choice(SEPARATORS), rng.choice(ASSIGNMENTS)
    rule = rng.choice(tuple(REPEATS))
    core = Step(
        values_by_key,
        (separator, assignment, rule),
        f"Read the values. Of a key that occurs more than once, {REPEATS[rule]}. List the values in the alphabetical "
        f"order of their keys.",
    )
    records = max(3, sizes.max_length // 2)

    def draw(rng: random.Random, index: int) -> tuple[str]:
        keys = [draw_text(rng, 9, 2, "abc", least=1) for _ in range(draw_length(rng, index, records))]
        return (separator.join(f"{key}{assignment}{rng.randint(-9, sizes.max_value)}" for key in keys),)

    described = (
        f'0 to {records} records with "{separator}" between them; a record is a key of 1 or 2 small letters, then '
        f'"{assignment}", then an integer from -9 to {sizes.max_value}'
    )
    steps = (core, rng.choice(REDUCTIONS)(rng))
    return Exercise("evaluate", "", (Parameter("text", "str", described),), steps, "int", draw)


FAMILIES: dict[str, Callable[[FamilySizes, random.Random], Exercise]] = {
    "text_pipeline": text_pipeline,
    "word_pipeline": word_pipeline,
    "run_length": run_length,
    "brackets": brackets,
    "key_values": key_values,
}
