"""The instructions by id, and checked requests for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from prorl_rllib.envs.instruction_following.instructions import (
    change_case,
    combination,
    detectable_content,
    detectable_format,
    keywords,
    language,
    length_constraints,
    punctuation,
    startend,
)
from prorl_rllib.envs.instruction_following.instructions.instruction import Instruction
from prorl_rllib.envs.settings import describe, did_you_mean

INSTRUCTIONS: dict[str, Instruction] = {
    **keywords.INSTRUCTIONS,
    **language.INSTRUCTIONS,
    **length_constraints.INSTRUCTIONS,
    **detectable_content.INSTRUCTIONS,
    **detectable_format.INSTRUCTIONS,
    **combination.INSTRUCTIONS,
    **startend.INSTRUCTIONS,
    **change_case.INSTRUCTIONS,
    **punctuation.INSTRUCTIONS,
}


@dataclass(frozen=True)
class Asked:
    """An instruction that a task asks for.

    Attributes:
        instruction_id: key of `INSTRUCTIONS`.
        kwargs: an instance of the instruction's `kwargs_model`.
    """

    instruction_id: str
    kwargs: Any

    @property
    def instruction(self) -> Instruction:
        """The instruction itself."""
        return INSTRUCTIONS[self.instruction_id]

    @property
    def needs_worker(self) -> bool:
        """Whether `follows` belongs in a worker."""
        return self.instruction.quick is not None

    def follows(self, response: str) -> bool:
        """Tell whether a response follows the instruction; a blank one follows none."""
        return bool(response.strip()) and self.instruction.follows(response, self.kwargs)

    def quick_follows(self, response: str) -> bool | None:
        """As `follows`, None where only a worker can tell."""
        if self.instruction.quick is None or not response.strip():
            return self.follows(response)
        return self.instruction.quick(response, self.kwargs)


def ask(instruction_id: str, kwargs: Mapping[str, Any] | None) -> Asked:
    """Return a checked request for an instruction.

    Args:
        instruction_id: key of `INSTRUCTIONS`.
        kwargs: the keys of its model. Keys with None, such as those of other instructions in IFEval's rows, are left
            out.

    Raises:
        ValueError: for an unknown id or wrong kwargs, naming them.
    """
    if instruction_id not in INSTRUCTIONS:
        hint = did_you_mean(instruction_id, INSTRUCTIONS)
        raise ValueError(f"unknown instruction {instruction_id!r}{hint}; instructions: {', '.join(INSTRUCTIONS)}")
    given = {key: value for key, value in (kwargs or {}).items() if value is not None}
    try:
        return Asked(instruction_id, INSTRUCTIONS[instruction_id].kwargs_model.model_validate(given))
    except ValidationError as error:
        raise ValueError(f"wrong kwargs of {instruction_id}: {describe(error)}") from None
