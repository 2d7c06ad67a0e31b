"""The STEM domain: choices, quantities with units, expressions, formulas and names, answered in a box."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from prorl_rllib.envs.domain import Domain, Draft, Score
from prorl_rllib.envs.math.extract import extract_answer
from prorl_rllib.envs.settings import parse_settings
from prorl_rllib.envs.stem.generator import FAMILIES
from prorl_rllib.envs.stem.reference import StemOptions, StemReference
from prorl_rllib.envs.stem.scoring import (
    check_units,
    kind_of,
    prepare_comparison,
    quick_correct,
    thoroughly_correct,
)

HOSTILE = (
    "9**9**9 m",
    "2**(2**(2**30)) m",
    "5 m^{9^{9^9}}",
    "5 m**9**9**9",
    "9^{9^{9^9}} \\text{ J}",
    "1e400 m",
    "1e999999999 m",
    "9" * 900 + " m",
    "5 " + "(" * 450 + "m" + ")" * 450,
    "5 " + "m" * 900,
    "5 " + "kg m/s " * 100,
    "5 \\frac" * 100,
    "\\frac{" * 300 + "}" * 300,
    "25 degC*degC",
    "25 degC/degF + 3",
    "5 ft 3 in",
    "5 __import__('os').getpid()",
    "H" + "1" * 500 + "x",
    "(" * 450 + "A" + ")" * 450,
    "3000000! m",
    "\\sqrt{" * 100 + "2" + "}" * 100,
    "\u0665\u00b2\u2075\u2082 \u212b\u2126\u00b5\ud800",
    "\u202e\u0000\ufffd\U0001f600 m/s",
)
"""Answers that hang, exhaust or confuse a reader of numbers, units or formulas that has no limits."""


class STEMDomain(Domain):
    """Physics, chemistry, biology and their neighbours, with answers in a box."""

    name = "stem"
    reference_model = StemReference
    options_model = StemOptions
    answer_instruction = "Put the final answer, with its unit if it has one, in \\boxed{}."
    difficulties = (1, 10)
    partial_credit = False

    def dataset_names(self) -> tuple[str, ...]:
        """Return the families of generators."""
        return tuple(FAMILIES)

    def dataset_config(self, dataset: str, config: Mapping[str, Any], difficulty: int) -> Any:
        """Return the family's config, filled up from the difficulty."""
        family = FAMILIES[dataset]
        defaults = {key: value for key, value in family.defaults(difficulty).items() if key not in config}
        return parse_settings(family.config_model, {**config, **defaults}, where=f"datasets[{dataset!r}]")

    def generate(self, dataset: str, config: Any, rng: random.Random) -> Draft:
        """Make one problem of a family."""
        return FAMILIES[dataset].make(config, rng)

    def extract(self, response: str) -> str:
        """Return the content of the last box."""
        return extract_answer(response)

    def quick_score(self, reference: StemReference, answer: str, options: StemOptions) -> Score | None:
        """Compare as text and as exact numbers."""
        correct = quick_correct(reference, answer, options)
        return None if correct is None else score_of(correct, reference)

    def scorer(self, reference: StemReference, options: StemOptions) -> Callable[[str], Score]:
        """Return the comparison with unit conversions and symbolic mathematics."""
        check_units(reference)
        prepare_comparison(reference)
        return lambda answer: score_of(thoroughly_correct(reference, answer, options), reference)

    def example_response(self, reference: StemReference) -> str | None:
        """Return the reference answer, with its unit, in a box."""
        unit = f" {reference.unit}" if reference.unit and not reference.answer.endswith(reference.unit) else ""
        return f"\\boxed{{{reference.answer}{unit}}}"

    def hostile_responses(self) -> tuple[str, ...]:
        """Return answers that hurt a reader of numbers, units and formulas."""
        return tuple(f"\\boxed{{{attack}}}" for attack in HOSTILE)


def score_of(correct: bool, reference: StemReference) -> Score:
    """Return 1 for the right answer, 0 for a wrong one."""
    return Score(1.0, "correct") if correct else Score(0.0, f"not the reference answer, a {kind_of(reference)}")
