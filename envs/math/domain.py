"""The mathematics domain: generated problems, answers in a box, exact and symbolic comparison."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from prorl_rllib.envs.domain import Domain, Draft, NoOptions, Score
from prorl_rllib.envs.math.equivalence import parse_answer, quick_equivalent, symbolic_equivalent
from prorl_rllib.envs.math.extract import extract_answer
from prorl_rllib.envs.math.generator import FAMILIES, FamilyConfig
from prorl_rllib.envs.settings import parse_settings

HOSTILE = (
    "9^{9^{9^9}}",
    "\\frac{(x+y+z+w+1)^{60}}{(x+y+z+w+2)^{60}}",
    "\\binom{10^9}{10^8}",
    "3000000!",
    "(" * 450 + ")" * 450,
    "{" * 450 + "}" * 450,
    "\\int_0^1 \\int_0^1 \\sin(x^y) \\cos(y^x) dx dy",
    "\\ud800",
)
"""Answers that hang or exhaust a symbolic verifier that has no limits."""


class MathReference(BaseModel):
    """What scoring needs.

    Attributes:
        answer: the correct answer, as LaTeX or plain text, without a box.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: str = Field(min_length=1, max_length=1000)


class MathDomain(Domain):
    """Arithmetic and algebra with answers in a box."""

    name = "math"
    reference_model = MathReference
    answer_instruction = "Put the final answer in \\boxed{}."
    difficulties = (1, 10)
    partial_credit = False

    def dataset_names(self) -> tuple[str, ...]:
        """Return the families of generators."""
        return tuple(FAMILIES)

    def dataset_config(self, dataset: str, config: Mapping[str, Any], difficulty: int) -> FamilyConfig:
        """Return the family's config, filled up from the difficulty."""
        family = FAMILIES[dataset]
        defaults = {key: value for key, value in family.defaults(difficulty).items() if key not in config}
        return parse_settings(family.config_model, {**config, **defaults}, where=f"datasets[{dataset!r}]")

    def generate(self, dataset: str, config: FamilyConfig, rng: random.Random) -> Draft:
        """Make one problem of a family."""
        return FAMILIES[dataset].make(config, rng)

    def extract(self, response: str) -> str:
        """Return the content of the last box."""
        return extract_answer(response)

    def quick_score(self, reference: MathReference, answer: str, options: NoOptions) -> Score | None:
        """Compare as strings and exact numbers."""
        same = quick_equivalent(reference.answer, answer)
        return None if same is None else score_of(same)

    def scorer(self, reference: MathReference, options: NoOptions) -> Callable[[str], Score]:
        """Return the symbolic comparison with the reference answer."""
        gold = parse_answer(reference.answer)
        return lambda answer: score_of(symbolic_equivalent(reference.answer, gold, answer))

    def example_response(self, reference: MathReference) -> str | None:
        """Return the reference answer in a box."""
        return f"\\boxed{{{reference.answer}}}"

    def hostile_responses(self) -> tuple[str, ...]:
        """Return answers that hurt a computer algebra system."""
        return tuple(f"\\boxed{{{attack}}}" for attack in HOSTILE)


def score_of(same: bool) -> Score:
    """Return 1 for the right answer, 0 for a wrong one."""
    return Score(1.0, "equal") if same else Score(0.0, "not equal to the reference answer")
