"""Writing a response that follows given instructions: the proof that they can be followed together."""

import json
from collections.abc import Iterator, Sequence
from itertools import cycle, islice, pairwise

from prorl_rllib.envs.instruction_following.generator.brief import Brief, make_brief
from prorl_rllib.envs.instruction_following.generator.conflicts import in_conflict
from prorl_rllib.envs.instruction_following.generator.growth import Growth, missing_growth
from prorl_rllib.envs.instruction_following.instructions import Asked
from prorl_rllib.envs.instruction_following.instructions.combination import SEPARATOR
from prorl_rllib.envs.instruction_following.instructions.detectable_format import ANSWERS

MAX_ROUNDS = 12
MAX_PARTS = 2000
"""Most sentences and words that are put in; a response that needs more is not written."""
WORDS_A_LIST = 3
"""Words that one sentence takes in, when there is room for several."""
Blocks = list[list[str]]
"""A response as lines of blocks."""


def compose(asked: Sequence[Asked]) -> str | None:
    """Return a response that follows all instructions, as far as that can be told without detecting its language.

    Args:
        asked: the instructions.

    Returns:
        The response, a function of the instructions alone; None when they conflict or the means here do not suffice.
    """
    ids = [each.instruction_id for each in asked]
    brief = make_brief(asked)
    if brief is None or any(in_conflict(a, b) for a in ids for b in ids if a != b):
        return None
    growth = Growth()
    for _ in range(MAX_ROUNDS):
        text = write(brief, growth)
        if text is None or all(each.quick_follows(text) is not False for each in asked):
            return text
        more = missing_growth(asked, text)
        if not more:
            return None
        growth += more
    return None


def write(brief: Brief, growth: Growth) -> str | None:
    """Write a response to a brief; whether it follows every instruction has to be checked.

    Args:
        brief: the instructions.
        growth: what to add to the shortest response.

    Returns:
        The response; None when nothing can be written, or not within `MAX_PARTS`.
    """
    lists = word_lists(brief, growth)
    if lists is None or sum(map(len, lists)) + growth.sentences + brief.num_blocks > MAX_PARTS:
        return None
    fillers = brief.fillers()
    sentences = list(islice(fillers, least_sentences(brief) + growth.sentences))
    framed = list_sentences(brief, lists)
    if not sentences or framed is None:
        return None
    blocks = split_evenly(answer(brief) + sentences + framed, brief.num_blocks)
    if blocks is None:
        return None
    return finish(brief, add_lines(brief, blocks, fillers))


def least_sentences(brief: Brief) -> int:
    """Return the number of plain sentences a response starts from."""
    if brief.is_detected:
        return max(4, brief.num_blocks)
    return brief.num_blocks if brief.is_short else max(3, 2 * brief.num_blocks)


def word_lists(brief: Brief, growth: Growth) -> list[list[str]] | None:
    """Return the words and phrases that have to appear, by kind; None when there are none to choose from."""
    keywords = [word for kwargs in brief.all_of("keywords:existence") for word in kwargs.keywords]
    for kwargs in brief.all_of("keywords:frequency"):
        if kwargs.relation == "at least":
            keywords += [kwargs.keyword.strip()] * min(kwargs.frequency, MAX_PARTS + 1)
    highlights = brief.one_of("detectable_format:number_highlighted_sections")
    placeholders = brief.one_of("detectable_content:number_placeholders")
    capitals = [
        word.strip(".").upper() for sentence in brief.allowed(brief.voice.sentences) for word in sentence.split()
    ]
    lists = [
        keywords,
        take([f"*{each}*" for each in brief.allowed(brief.voice.highlights)], highlights and highlights.num_highlights),
        take(
            [f"[{each}]" for each in brief.allowed(brief.voice.placeholders)],
            placeholders and placeholders.num_placeholders,
        ),
        list(islice(growth.letters.elements(), MAX_PARTS + 1)),
        take(capitals, growth.capitals),
    ]
    return None if None in lists else [words for words in lists if words]


def take(words: Sequence[str], count: int | None) -> list[str] | None:
    """Return a number of words, again from the first where they do not suffice; None when there are none at all."""
    if not count:
        return []
    return list(islice(cycle(words), min(count, MAX_PARTS + 1))) if words else None


def list_sentences(brief: Brief, lists: Sequence[Sequence[str]]) -> list[str] | None:
    """Return sentences that hold lists of words, one sentence for all when the response has to be short."""
    frames = brief.allowed(brief.voice.frames)
    if not frames:
        return None if lists else []
    if brief.is_short:
        lists = [[word for words in lists for word in words]] if lists else []
        chunks = [list(words) for words in lists]
    else:
        chunks = [list(words[i : i + WORDS_A_LIST]) for words in lists for i in range(0, len(words), WORDS_A_LIST)]
    return [frame.format(brief.voice.joiner.join(chunk)) for chunk, frame in zip(chunks, cycle(frames), strict=False)]


def answer(brief: Brief) -> list[str]:
    """Return the constrained answer as a sentence, if one is asked for."""
    return brief.allowed(ANSWERS)[:1] if brief.has("detectable_format:constrained_response") else []


def split_evenly(sentences: Sequence[str], num_blocks: int) -> Blocks | None:
    """Return the sentences in blocks, each of one line; None when there are fewer sentences than blocks."""
    if len(sentences) < num_blocks:
        return None
    bounds = [round(i * len(sentences) / num_blocks) for i in range(num_blocks + 1)]
    return [[" ".join(sentences[start:end])] for start, end in pairwise(bounds)]


def add_lines(brief: Brief, blocks: Blocks, fillers: Iterator[str]) -> Blocks:
    """Add what takes lines of its own: first word, title, bullets, sections, postscript, end phrase, prompt."""
    nth = brief.one_of("length_constraints:nth_paragraph_first_word")
    if nth:
        blocks[nth.nth_paragraph - 1].insert(0, f"{nth.first_word.capitalize()} is how this part begins.")
    if brief.has("detectable_format:title"):
        title = next(iter(brief.allowed(brief.voice.titles)), "")
        blocks[0].insert(1 if nth and nth.nth_paragraph == 1 else 0, f"<<{title}>>")
    last = blocks[-1]
    for kwargs in brief.all_of("detectable_format:number_bullet_lists"):
        last += [f"- {next(fillers).rstrip('.')}" for _ in range(min(kwargs.num_bullets, MAX_PARTS))]
    for kwargs in brief.all_of("detectable_format:multiple_sections"):
        for number in range(1, min(kwargs.num_sections, MAX_PARTS) + 1):
            sentence = next(fillers)
            last += [f"{kwargs.section_spliter} {number}", sentence.rstrip(".") if brief.is_short else sentence]
    last += [f"{kwargs.postscript_marker} {next(fillers)}" for kwargs in brief.all_of("detectable_content:postscript")]
    last += [kwargs.end_phrase for kwargs in brief.all_of("startend:end_checker")]
    for kwargs in brief.all_of("combination:repeat_prompt"):
        blocks[0].insert(0, kwargs.prompt_to_repeat.strip())
    return blocks


def finish(brief: Brief, blocks: Blocks) -> str:
    """Join the blocks, and put the whole into JSON, a case or quotation marks."""
    if brief.has("detectable_format:json_format"):
        text = json.dumps({"response": " ".join(line for block in blocks for line in block)}, ensure_ascii=False)
    else:
        text = separator(brief).join("\n".join(block) for block in blocks)
    if brief.has("change_case:english_capital"):
        text = text.upper()
    if brief.has("change_case:english_lowercase"):
        text = text.lower()
    return f'"{text}"' if brief.has("startend:quotation") else text


def separator(brief: Brief) -> str:
    """Return what stands between two blocks."""
    if brief.has("combination:two_responses"):
        return f"\n{SEPARATOR}\n"
    return "\n***\n" if brief.has("length_constraints:number_paragraphs") else "\n\n"
