"""The reference of a task: which instructions its prompt gives."""

from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from prorl_rllib.envs.instruction_following.instructions import Asked, ask

MAX_INSTRUCTIONS = 50


class InstructionFollowingReference(BaseModel):
    """What scoring needs; the keys are IFEval's.

    Attributes:
        instruction_id_list: ids of the instructions.
        kwargs: of each of them, in the same order; None and {} for an instruction that takes none. Keys with None are
            left out, so that rows that carry the keys of all instructions are accepted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    instruction_id_list: tuple[str, ...] = Field(min_length=1, max_length=MAX_INSTRUCTIONS)
    kwargs: tuple[dict[str, Any] | None, ...]

    @model_validator(mode="after")
    def _known_and_complete(self) -> "InstructionFollowingReference":
        """Reject lists of different lengths, unknown ids and wrong kwargs."""
        if len(self.kwargs) != len(self.instruction_id_list):
            raise ValueError(
                f"{len(self.kwargs)} kwargs for {len(self.instruction_id_list)} instructions: give one dict each"
            )
        assert self.asked
        return self

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """The instructions, checked."""
        return tuple(ask(each, kwargs) for each, kwargs in zip(self.instruction_id_list, self.kwargs, strict=True))
