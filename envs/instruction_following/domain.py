"""The instruction following domain: requests with instructions that a program can check."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from prorl_rllib.envs.answers import MAX_VISIBLE_CHARS, check_length, visible_text
from prorl_rllib.envs.domain import Domain, Draft, Score
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.instruction_following import scoring
from prorl_rllib.envs.instruction_following.generator.composer import compose
from prorl_rllib.envs.instruction_following.generator.families import FAMILIES, FamilyConfig
from prorl_rllib.envs.instruction_following.instructions.language import language_detector
from prorl_rllib.envs.instruction_following.reference import InstructionFollowingReference
from prorl_rllib.envs.settings import parse_settings

HOSTILE = (
    "." * 200_000,
    "[" * 99_000,
    "[" * 49_000 + "]" * 49_000,
    "*" * 99_000,
    "<<" * 49_000,
    "-" + "\n" * 99_000 + "-",
    "*" + " \n" * 49_000 + "*",
    "." + "*\n" * 49_000 + ".",
    "```json" + "[" * 98_000,
    "?!" * 49_000 + ")" * 900,
    ".'" * 49_000,
    "\ud800\udfff" * 49_000,
    "\x00" * 99_000,
)
"""Responses that take long with regular expressions that backtrack, or exhaust a parser."""


class InstructionFollowingOptions(BaseModel):
    """How responses are scored.

    Attributes:
        mode: "strict" looks at the response as it is; "loose" also at what is left without its first or last line or
            its asterisks, and an instruction is followed when it is in one of these texts. Loose rewards text around
            the answer, so that it serves evaluation more than training.
        binary: reward 1 for all instructions and 0 otherwise, instead of the share that was followed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: scoring.Mode = "strict"
    binary: bool = False


class InstructionFollowingDomain(Domain):
    """Requests with the verifiable instructions of IFEval; the reward is the share of instructions followed."""

    name = "instruction_following"
    reference_model = InstructionFollowingReference
    options_model = InstructionFollowingOptions
    difficulties = (1, 6)

    def dataset_names(self) -> tuple[str, ...]:
        """Return the families of generators."""
        return tuple(FAMILIES)

    def dataset_config(self, dataset: str, config: Mapping[str, Any], difficulty: int) -> FamilyConfig:
        """Return the family's config, filled up from the difficulty; one task is made to see that one can be made."""
        family, where = FAMILIES[dataset], f"datasets[{dataset!r}]"
        defaults = {key: value for key, value in family.defaults(difficulty).items() if key not in config}
        checked = parse_settings(FamilyConfig, {**config, **defaults}, where=where)
        if not set(family.focus) & set(checked.instructions):
            raise EnvConfigError(f"{where}: instructions must name at least one of {', '.join(family.focus)}")
        try:
            family.make(checked, random.Random(0))
        except TaskError as error:
            raise EnvConfigError(f"{where}: {error}") from None
        return checked

    def generate(self, dataset: str, config: FamilyConfig, rng: random.Random) -> Draft:
        """Make one task of a family."""
        return FAMILIES[dataset].make(config, rng)

    def extract(self, response: str) -> str:
        """Return the response without its thinking and without white space around it."""
        text = visible_text(response)
        # a longer one was cut at its start, and the instructions are about the whole
        return check_length(text.strip() if len(text) < MAX_VISIBLE_CHARS else text, MAX_VISIBLE_CHARS - 1)

    def quick_score(
        self, reference: InstructionFollowingReference, answer: str, options: InstructionFollowingOptions
    ) -> Score | None:
        """Check all instructions, unless the language of the response has to be detected."""
        return scoring.quick_score(reference.asked, answer, options.mode, options.binary)

    def scorer(
        self, reference: InstructionFollowingReference, options: InstructionFollowingOptions
    ) -> Callable[[str], Score]:
        """Return the check of all instructions, the detector loaded."""
        if any(each.needs_worker for each in reference.asked):
            language_detector()
        return scoring.scorer(reference.asked, options.mode, options.binary)

    def example_response(self, reference: InstructionFollowingReference) -> str | None:
        """Return a response written to follow the instructions, where that succeeds."""
        return compose(reference.asked)

    def hostile_responses(self) -> tuple[str, ...]:
        """Return responses of signs that hurt careless expressions and parsers."""
        return HOSTILE
