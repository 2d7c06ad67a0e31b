"""What an instruction is, and the types its kwargs are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from prorl_rllib.envs.settings import Integer

MAX_COUNT = 100_000
"""Largest number an instruction may ask for: no response that is scored holds more characters."""
MAX_PHRASE_CHARS = 200
"""Longest keyword, marker or end phrase."""


def not_blank(text: str) -> str:
    """Return the text.

    Raises:
        ValueError: when it is white space only.
    """
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Count = Annotated[Integer, Field(ge=0, le=MAX_COUNT)]
PositiveCount = Annotated[Integer, Field(ge=1, le=MAX_COUNT)]
Phrase = Annotated[str, Field(max_length=MAX_PHRASE_CHARS), AfterValidator(not_blank)]
Relation = Literal["less than", "at least"]


class Kwargs(BaseModel):
    """What an instruction takes; the keys are IFEval's."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoKwargs(Kwargs):
    """The kwargs of an instruction that takes none."""


def check_satisfiable(count: int, relation: Relation, key: str) -> None:
    """Raise when no text can hold less than `count` of something.

    Args:
        count: the number asked for.
        relation: to that number.
        key: of the number, for the error.

    Raises:
        ValueError: for "less than 0".
    """
    if relation == "less than" and count == 0:
        raise ValueError(f"{key} = 0 with relation 'less than' can never be followed: must be at least 1")


def compare(count: int, relation: Relation, threshold: int) -> bool:
    """Tell whether a count stands in a relation to a threshold."""
    return count < threshold if relation == "less than" else count >= threshold


@dataclass(frozen=True)
class Instruction:
    """One verifiable instruction.

    Attributes:
        kwargs_model: what it takes.
        follows: tells whether a response that is not blank follows it. In time linear in the response, without
            regular expressions that backtrack, as it runs in the caller's process; except where `quick` is given.
        describe: returns several wordings of the instruction, for prompts.
        quick: for an instruction whose `follows` belongs in a worker: decides what can be decided without it, and
            returns None for the rest.
    """

    kwargs_model: type[Kwargs]
    follows: Callable[[str, Any], bool]
    describe: Callable[[Any], tuple[str, ...]]
    quick: Callable[[str, Any], bool | None] | None = None
