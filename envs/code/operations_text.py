"""Operations on texts and lists of words, of which problems are composed; part of generated solutions."""

import itertools
import random
import string
from collections.abc import Callable

from prorl_rllib.envs.code.program_text import Step, step


def reverse_text(text: str) -> str:
    """Reverse a text."""
    return text[::-1]


def upper_case(text: str) -> str:
    """Turn letters into capitals."""
    return text.upper()


def swap_case(text: str) -> str:
    """Turn capitals into small letters and small letters into capitals."""
    return text.swapcase()


def drop_characters(text: str, unwanted: str) -> str:
    """Remove characters."""
    return "".join(character for character in text if character not in unwanted)


def replace_character(text: str, old: str, new: str) -> str:
    """Replace one character by another."""
    return text.replace(old, new)


def shift_letters(text: str, places: int) -> str:
    """Shift the small letters along the alphabet."""
    small = "abcdefghijklmnopqrstuvwxyz"
    return "".join(small[(small.index(c) + places) % 26] if c in small else c for c in text)


def keep_every_character(text: str, distance: int) -> str:
    """Keep the characters at positions that are multiples of a number, counted from 1."""
    return text[distance - 1 :: distance]


def rotate_text(text: str, places: int) -> str:
    """Rotate to the left."""
    shift = places % len(text) if text else 0
    return text[shift:] + text[:shift]


def repeat_character(text: str, wanted: str, times: int) -> str:
    """Repeat some characters."""
    return "".join(character * times if character in wanted else character for character in text)


def collapse_runs(text: str) -> str:
    """Replace equal neighbours by one."""
    return "".join(character for character, _ in itertools.groupby(text))


def sort_characters(text: str) -> str:
    """Sort by character code."""
    return "".join(sorted(text))


def first_occurrences(text: str) -> str:
    """Keep the first of equal characters."""
    return "".join(dict.fromkeys(text))


def reverse_blocks(text: str, size: int) -> str:
    """Reverse each block of so many characters."""
    return "".join(text[start : start + size][::-1] for start in range(0, len(text), size))


def move_to_end(text: str, moved: str) -> str:
    """Move some characters to the end."""
    return "".join(sorted(text, key=lambda character: character in moved))


def longer_words(words: list[str], length: int) -> list[str]:
    """Keep the words longer than a number."""
    return [word for word in words if len(word) > length]


def words_with(words: list[str], letter: str) -> list[str]:
    """Keep the words that hold a letter."""
    return [word for word in words if letter in word]


def words_without(words: list[str], letter: str) -> list[str]:
    """Keep the words that do not hold a letter."""
    return [word for word in words if letter not in word]


def sort_by_length(words: list[str]) -> list[str]:
    """Sort by length, then by alphabet."""
    return sorted(words, key=lambda word: (len(word), word))


def sort_by_count(words: list[str], letter: str) -> list[str]:
    """Sort by how often a letter occurs, most first, then by alphabet."""
    return sorted(words, key=lambda word: (-word.count(letter), word))


def sort_by_last_letter(words: list[str]) -> list[str]:
    """Sort by the last letter, then by alphabet."""
    return sorted(words, key=lambda word: (word[-1:], word))


def reverse_words(words: list[str]) -> list[str]:
    """Reverse the order of the words."""
    return words[::-1]


def reverse_each_word(words: list[str]) -> list[str]:
    """Reverse the letters of each word."""
    return [word[::-1] for word in words]


def distinct_words(words: list[str]) -> list[str]:
    """Keep the first of equal words."""
    return list(dict.fromkeys(words))


def capitalise_longer(words: list[str], length: int) -> list[str]:
    """Write the words longer than a number in capitals."""
    return [word.upper() if len(word) > length else word for word in words]


def cut_words(words: list[str], length: int) -> list[str]:
    """Cut each word after so many letters."""
    return [word[:length] for word in words]


def every_word(words: list[str], distance: int) -> list[str]:
    """Keep the words at positions that are multiples of a number, counted from 1."""
    return words[distance - 1 :: distance]


def append_to_each(words: list[str], letters: str) -> list[str]:
    """Append letters to each word."""
    return [word + letters for word in words]


def letter(rng: random.Random) -> str:
    """Draw one of the letters that inputs hold."""
    return rng.choice(LETTERS)


def letters(rng: random.Random, count: int) -> str:
    """Draw several of them."""
    return "".join(rng.sample(LETTERS, count))


def listing(characters: str) -> str:
    """Return characters as they are named in a problem: "a", "b"."""
    return ", ".join(f'"{character}"' for character in characters)


def drop_step(rng: random.Random) -> Step:
    """Draw letters for `drop_characters`."""
    unwanted = letters(rng, rng.randint(1, 3))
    return Step(drop_characters, (unwanted,), f"Remove each of the characters {listing(unwanted)}.")


def move_step(rng: random.Random) -> Step:
    """Draw letters for `move_to_end`."""
    moved = letters(rng, 2)
    return Step(
        move_to_end,
        (moved,),
        f"Move all characters {listing(moved)} to the end; apart from that, the order stays as it was.",
    )


def repeat_step(rng: random.Random) -> Step:
    """Draw letters for `repeat_character`."""
    wanted, times = letters(rng, 2), rng.randint(2, 3)
    text = f"Write each of the characters {listing(wanted)} {times} times where it stood once."
    return Step(repeat_character, (wanted, times), text)


LETTERS = "abcdeghor"
"""What texts and words are made of: few letters, so that repeats are common."""
TEXT_ALPHABET = LETTERS + "AEK27"

TEXT_STEPS: tuple[Callable[[random.Random], Step], ...] = (
    lambda rng: step(reverse_text, "Reverse the text."),
    lambda rng: step(upper_case, "Turn all letters into capitals."),
    lambda rng: step(swap_case, "Turn capitals into small letters, and small letters into capitals."),
    drop_step,
    lambda rng: step(
        replace_character, 'Replace each "{}" by "{}".', letter(rng), rng.choice(string.ascii_letters[9:40])
    ),
    lambda rng: step(
        shift_letters,
        "Shift each small letter by {} places along the alphabet, from z on to a; leave other characters as they are.",
        rng.randint(2, 25),
    ),
    lambda rng: step(
        keep_every_character, "Keep only the characters at positions divisible by {}; positions count from 1.", 2
    ),
    lambda rng: step(
        rotate_text, "Rotate the text to the left by {} places, around its end if it is shorter.", rng.randint(2, 9)
    ),
    repeat_step,
    lambda rng: step(collapse_runs, "Replace each run of equal neighbouring characters by one of them."),
    lambda rng: step(sort_characters, "Sort the characters by their character codes, the lowest first."),
    lambda rng: step(first_occurrences, "Of equal characters keep only the first, in order."),
    lambda rng: step(
        reverse_blocks,
        "Split the text into blocks of {} characters from the left (the last may be shorter), and reverse each block.",
        rng.randint(2, 5),
    ),
    move_step,
)
"""Steps from a text to another."""

WORD_STEPS: tuple[Callable[[random.Random], Step], ...] = (
    lambda rng: step(longer_words, "Keep only the words with more than {} letters, in order.", rng.randint(2, 3)),
    lambda rng: step(words_with, 'Keep only the words that hold the letter "{}", in order.', letter(rng)),
    lambda rng: step(words_without, 'Remove the words that hold the letter "{}".', letter(rng)),
    lambda rng: step(
        sort_by_length, "Sort the words by length, the shortest first, those of equal length by alphabet."
    ),
    lambda rng: step(
        sort_by_count,
        'Sort the words by how often they hold the letter "{}", the most often first, those with equally many by '
        "character codes.",
        letter(rng),
    ),
    lambda rng: step(sort_by_last_letter, "Sort the words by their last letter, those with the same one by alphabet."),
    lambda rng: step(reverse_words, "Reverse the order of the words."),
    lambda rng: step(reverse_each_word, "Reverse the letters of each word."),
    lambda rng: step(distinct_words, "Of equal words keep only the first, in order."),
    lambda rng: step(cut_words, "Cut each word after its first {} letters; shorter ones stay.", rng.randint(2, 4)),
    lambda rng: step(every_word, "Keep only the words at positions divisible by {}; positions count from 1.", 2),
    lambda rng: step(append_to_each, 'Append "{}" to each word.', letters(rng, rng.randint(1, 3))),
)
"""Steps from a list of words in small letters to another."""
