"""What scoring a STEM answer needs, and how strict it is."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from prorl_rllib.envs.settings import Real
from prorl_rllib.envs.stem.choices import gold_letters, lettered
from prorl_rllib.envs.stem.notation import plain
from prorl_rllib.envs.stem.quantities import read_gold
from prorl_rllib.envs.stem.unit_notation import read_unit

MAX_OPTIONS = 26
Text = Annotated[str, Field(min_length=1, max_length=1000)]


class StemReference(BaseModel):
    """What scoring needs.

    Attributes:
        answer: the correct answer: a number with or without its unit, an expression, a chemical formula, a name, or of
            a multiple choice a letter ("A, C" for several) or the text of an option.
        options: letter -> text, or the texts alone, which are lettered from A; None for a free answer.
        unit: of the answer, when it is a number and does not hold its unit itself.
        rel_tol: largest relative error that is accepted, in place of the default tolerance.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: Text
    options: dict[Annotated[str, Field(pattern="^[A-Za-z]$")], Text] | list[Text] | None = None
    unit: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    rel_tol: Real | None = Field(default=None, gt=0, le=0.2)

    @model_validator(mode="after")
    def _fits_together(self) -> "StemReference":
        """Reject an answer that is none of the options, and a unit or a tolerance of what is no number."""
        if self.options is not None:
            self._check_options()
        elif self.unit is not None or self.rel_tol is not None:
            quantity = read_gold(self.answer, self.unit)
            if quantity is None:
                key, value = ("unit", self.unit) if self.unit is not None else ("rel_tol", self.rel_tol)
                raise ValueError(f"{key} = {value!r} belongs to a number, and answer = {self.answer!r:.100} is none")
            if self.unit is not None and quantity.unit != read_unit(plain(self.unit)):
                raise ValueError(f"answer = {self.answer!r:.100} has a unit other than unit = {self.unit!r}")
        return self

    def _check_options(self) -> None:
        """Raise for options that cannot be told apart or do not hold the answer."""
        assert self.options is not None
        if self.unit is not None or self.rel_tol is not None:
            raise ValueError("unit and rel_tol are for free answers: leave them out beside options")
        options = lettered(self.options)
        if not 2 <= len(self.options) <= MAX_OPTIONS or len(options) != len(self.options):
            raise ValueError(f"options = {self.options!r:.200}: must be 2 to {MAX_OPTIONS} with different letters")
        if not gold_letters(self.answer, options):
            raise ValueError(f"answer = {self.answer!r:.100} is neither the letter nor the text of exactly one option")


class StemOptions(BaseModel):
    """Keys that the domain adds to `env_config`.

    Attributes:
        require_unit: whether a number without the unit of the reference is wrong; it is taken to be in it when not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    require_unit: bool = False
