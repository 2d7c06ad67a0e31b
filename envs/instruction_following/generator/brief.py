"""What a list of instructions leaves a writer to work with."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import cycle, islice
from typing import Any

from prorl_rllib.envs.instruction_following.generator.sentences import SHORT, VOICES, Voice
from prorl_rllib.envs.instruction_following.instructions import Asked
from prorl_rllib.envs.instruction_following.instructions.keywords import count_keyword, count_letter


@dataclass(frozen=True)
class Brief:
    """The instructions a response has to follow.

    Attributes:
        asked: the instructions.
        voice: the words of the language it is written in.
    """

    asked: tuple[Asked, ...]
    voice: Voice

    def all_of(self, instruction_id: str) -> list[Any]:
        """Return the kwargs of every request for an instruction."""
        return [each.kwargs for each in self.asked if each.instruction_id == instruction_id]

    def one_of(self, instruction_id: str) -> Any | None:
        """Return the kwargs of the first request for an instruction, None when it is not asked for."""
        return next(iter(self.all_of(instruction_id)), None)

    def has(self, instruction_id: str) -> bool:
        """Tell whether an instruction is asked for."""
        return bool(self.all_of(instruction_id))

    @cached_property
    def is_short(self) -> bool:
        """Whether the number of words or sentences is limited from above."""
        limits = self.all_of("length_constraints:number_words") + self.all_of("length_constraints:number_sentences")
        return any(kwargs.relation == "less than" for kwargs in limits)

    @cached_property
    def is_detected(self) -> bool:
        """Whether the language of the response is looked at, so that it has to be long enough to tell."""
        return any(each.needs_worker for each in self.asked)

    @cached_property
    def num_blocks(self) -> int:
        """Number of parts that separators divide the response into."""
        if self.has("combination:two_responses"):
            return 2
        by_divider = self.one_of("length_constraints:number_paragraphs")
        by_blank_line = self.one_of("length_constraints:nth_paragraph_first_word")
        return max(kwargs.num_paragraphs if kwargs else 1 for kwargs in (by_divider, by_blank_line))

    @cached_property
    def upper_limits(self) -> tuple[Asked, ...]:
        """The instructions that a piece of text can violate by what it holds."""
        return tuple(each for each in self.asked if _is_upper_limit(each))

    def allows(self, text: str) -> bool:
        """Tell whether a piece of text holds nothing that is forbidden or rationed."""
        return all(_is_free_of(each, text) for each in self.upper_limits)

    def allowed(self, texts: Iterable[str]) -> list[str]:
        """Return the texts that `allows` accepts."""
        return [text for text in texts if self.allows(text)]

    def fillers(self) -> Iterator[str]:
        """Return allowed sentences, without end; none at all when every sentence is forbidden.

        They start at a place that depends on the instructions, so that not all responses start alike.
        """
        short = self.is_short and not self.is_detected
        sentences = self.allowed(SHORT) if short else []
        sentences = sentences or self.allowed(self.voice.sentences)
        start = zlib.crc32(repr([(each.instruction_id, each.kwargs) for each in self.asked]).encode("utf-8", "replace"))
        return islice(cycle(sentences), start % max(1, len(sentences)), None)


def make_brief(asked: Sequence[Asked]) -> Brief | None:
    """Return the brief of some instructions, None when there are no sentences in the language they ask for."""
    languages = [each.kwargs.language for each in asked if each.instruction_id == "language:response_language"]
    voice = VOICES.get(languages[0] if languages else "en")
    return None if voice is None else Brief(tuple(asked), voice)


def _is_upper_limit(asked: Asked) -> bool:
    """Tell whether an instruction forbids or rations words or signs."""
    if asked.instruction_id == "keywords:letter_frequency":
        return bool(asked.kwargs.let_relation == "less than")
    if asked.instruction_id == "keywords:frequency":
        return bool(asked.kwargs.relation == "less than")
    return asked.instruction_id in ("keywords:forbidden_words", "punctuation:no_comma")


def _is_free_of(limit: Asked, text: str) -> bool:
    """Tell whether a text holds nothing of what an instruction forbids or rations."""
    if limit.instruction_id == "keywords:letter_frequency":
        return count_letter(text, limit.kwargs.letter) == 0
    if limit.instruction_id == "keywords:frequency":
        return count_keyword(text, limit.kwargs.keyword) == 0
    return limit.follows(text)
