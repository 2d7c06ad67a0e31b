"""Families of generated tasks: one a group of instructions, and one that composes instructions of all groups."""

import random
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from prorl_rllib.envs.domain import Draft
from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.instruction_following.generator.composer import compose
from prorl_rllib.envs.instruction_following.generator.conflicts import fits
from prorl_rllib.envs.instruction_following.generator.draws import DRAWS, start_drawing
from prorl_rllib.envs.instruction_following.generator.requests import draw_prompt, draw_request
from prorl_rllib.envs.instruction_following.instructions import INSTRUCTIONS, Asked, ask
from prorl_rllib.envs.settings import Integer, did_you_mean

MAX_INSTRUCTIONS = 8
MAX_TIGHTNESS = 10
MAX_ATTEMPTS = 200
"""Combinations drawn for one task before giving up."""
LAZY_RESPONSES = ("No.", "I do not know.", "\\boxed{no such answer} <answer>no such answer</answer>")
"""Responses that must not follow all instructions of a generated task."""


def _known(ids: tuple[str, ...]) -> tuple[str, ...]:
    """Reject unknown instruction ids."""
    for each in ids:
        if each not in INSTRUCTIONS:
            hint = did_you_mean(each, INSTRUCTIONS)
            raise ValueError(f"unknown instruction {each!r}{hint}; instructions: {', '.join(INSTRUCTIONS)}")
    return ids


class FamilyConfig(BaseModel):
    """Config of a family in `datasets`.

    Attributes:
        instructions: ids that may be drawn; all of them when not given.
        min_instructions: fewest in a task.
        max_instructions: most in a task.
        tightness: how much the instructions ask for: longer, more often, with less room.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    instructions: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known)] = tuple(INSTRUCTIONS)
    min_instructions: Integer = Field(ge=1, le=MAX_INSTRUCTIONS)
    max_instructions: Integer = Field(ge=1, le=MAX_INSTRUCTIONS)
    tightness: Integer = Field(ge=1, le=MAX_TIGHTNESS)

    @model_validator(mode="after")
    def _ordered(self) -> "FamilyConfig":
        if self.min_instructions > self.max_instructions:
            raise ValueError(
                f"min_instructions = {self.min_instructions} is above max_instructions = {self.max_instructions}"
            )
        return self


@dataclass(frozen=True)
class Family:
    """One kind of task.

    Attributes:
        focus: ids of which every task has at least one.
        least: fewest instructions that make a task nobody solves by chance.
    """

    focus: tuple[str, ...]
    least: int = 1

    def defaults(self, difficulty: int) -> dict[str, int]:
        """Return the numbers of a difficulty: about as many instructions, as tight."""
        return {
            "min_instructions": max(self.least, difficulty - 1),
            "max_instructions": max(self.least, difficulty),
            "tightness": difficulty,
        }

    def make(self, config: FamilyConfig, rng: random.Random) -> Draft:
        """Make one task. A response that follows all its instructions was written before it is returned.

        Raises:
            TaskError: when the config leaves no combination of instructions that can be followed.
        """
        for _ in range(MAX_ATTEMPTS):
            ids = self.draw_ids(config, rng)
            request = draw_request(rng, "detectable_format:constrained_response" in ids)
            drawing = start_drawing(rng, config.tightness, request)
            kwargs = [DRAWS[each](drawing) for each in ids]
            asked = [ask(each, given) for each, given in zip(ids, kwargs, strict=True)]
            if len(ids) < config.min_instructions or is_lazily_followed(asked) or compose(asked) is None:
                continue
            wordings = [rng.choice(each.instruction.describe(each.kwargs)) for each in asked]
            reference = {"instruction_id_list": ids, "kwargs": kwargs}
            return Draft(draw_prompt(rng, request, wordings), reference, {"num_instructions": len(ids)})
        raise TaskError(
            f"none of {MAX_ATTEMPTS} combinations of {config.min_instructions} to {config.max_instructions} "
            f"instructions of {', '.join(config.instructions)} makes a task: widen `instructions`, or change "
            f"`min_instructions` and `max_instructions`"
        )

    def draw_ids(self, config: FamilyConfig, rng: random.Random) -> list[str]:
        """Return ids that do not conflict, one of them of the focus, in random order; possibly fewer than wanted."""
        count = rng.randint(config.min_instructions, config.max_instructions)
        focus = [each for each in self.focus if each in config.instructions]
        ids = [rng.choice(focus)] if focus else []
        for each in rng.sample(config.instructions, len(config.instructions)):
            if len(ids) < count and fits(each, ids):
                ids.append(each)
        rng.shuffle(ids)
        return ids


def is_lazily_followed(asked: list[Asked]) -> bool:
    """Tell whether one of the lazy responses follows all instructions, or might: a language is not looked at."""
    return any(all(each.quick_follows(text) is not False for each in asked) for text in LAZY_RESPONSES)


def _group(name: str) -> tuple[str, ...]:
    """Return the ids of a group."""
    return tuple(each for each in INSTRUCTIONS if each.split(":")[0] == name)


GROUPS = tuple(dict.fromkeys(each.split(":")[0] for each in INSTRUCTIONS))
FAMILIES: dict[str, Family] = {
    **{name: Family(_group(name), least=2 if name in ("punctuation", "language") else 1) for name in GROUPS},
    "composed": Family(tuple(INSTRUCTIONS)),
}
