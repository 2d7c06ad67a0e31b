"""The families of generated STEM problems. Results are computed to 30 digits and rounded to what the problem asks."""

import random
from collections.abc import Callable
from decimal import Decimal
from string import ascii_uppercase
from typing import Any

from pydantic import Field, model_validator

from prorl_rllib.envs.domain import Draft
from prorl_rllib.envs.settings import Integer
from prorl_rllib.envs.stem.chemical_formulas import CHEMICAL_FORMULAS
from prorl_rllib.envs.stem.compounds import draw_ions, ionic_formula, ionic_name, wrong_formulas
from prorl_rllib.envs.stem.dimensions import SYMBOLIC_SCALING, UNIT_ANALYSIS
from prorl_rllib.envs.stem.family import Family, FamilyConfig
from prorl_rllib.envs.stem.formula import Formula, Problem, make_problem, rounded
from prorl_rllib.envs.stem.formulas_life import ASTRONOMY, BIOLOGY, ENGINEERING
from prorl_rllib.envs.stem.formulas_matter import CHEMISTRY, FLUIDS, HEAT
from prorl_rllib.envs.stem.formulas_physics import ELECTRICITY, MECHANICS, WAVES
from prorl_rllib.envs.stem.genetics import GENETICS

RESULT_DIGITS = 3
"""Significant digits of a result."""
RESULT_TOLERANCE = 0.01
"""Relative; a result of three digits is rounded by up to 0.005."""
LEAST_APART = Decimal("0.05")
"""Smallest relative difference of the options of a multiple choice."""
COMMON_FACTORS = tuple(map(Decimal, ("2", "0.5", "10", "0.1", "1.5", "4", "0.25", "3", "0.01", "100")))
"""What a result is multiplied by for a wrong option, where typical mistakes are too few."""

TOPICS: dict[str, tuple[Formula, ...]] = {
    "mechanics": MECHANICS,
    "electricity": ELECTRICITY,
    "waves": WAVES,
    "heat": HEAT,
    "fluids": FLUIDS,
    "chemistry": CHEMISTRY,
    "biology": BIOLOGY,
    "astronomy": ASTRONOMY,
    "engineering": ENGINEERING,
}
"""Family -> its formulas."""


class FormulaConfig(FamilyConfig):
    """Config of a family of formulas.

    Attributes:
        min_steps: fewest formulas that are chained, 1 to 3.
        max_steps: most formulas that are chained.
        digits: significant digits of the numbers given.
        unit_changes: most quantities in other than their plain units.
    """

    min_steps: Integer = Field(ge=1, le=3)
    max_steps: Integer = Field(ge=1, le=3)
    digits: Integer = Field(ge=1, le=6)
    unit_changes: Integer = Field(ge=0, le=6)

    @model_validator(mode="after")
    def _ordered(self) -> "FormulaConfig":
        """Reject a range of steps that holds none."""
        if self.min_steps > self.max_steps:
            raise ValueError(f"min_steps = {self.min_steps} is above max_steps = {self.max_steps}")
        return self


class ChoiceConfig(FormulaConfig):
    """Config of `multiple_choice`.

    Attributes:
        options: number of options.
    """

    options: Integer = Field(ge=2, le=8)


def make_quantity(formulas: tuple[Formula, ...], config: FormulaConfig, rng: random.Random) -> Draft:
    """Make a problem of one of some formulas, with a number and its unit for an answer."""
    formula, problem = _draw(formulas, config, rng)
    form = f"Give the result in {problem.unit}" if problem.unit else "Give the result"
    prompt = f"{problem.text} {form}, to {RESULT_DIGITS} significant figures."
    reference: dict[str, Any] = {"answer": rounded(problem.result, RESULT_DIGITS), "rel_tol": RESULT_TOLERANCE}
    if problem.unit:
        reference["unit"] = problem.unit
    return Draft(prompt, reference, {"formula": formula.name, "steps": formula.steps})


def make_multiple_choice(config: ChoiceConfig, rng: random.Random) -> Draft:
    """Make a problem of any topic with options; the wrong ones come from typical mistakes."""
    if rng.random() < 0.1:
        return _choice_of_formulas(config, rng)
    formula, problem = _draw(TOPICS[rng.choice(sorted(TOPICS))], config, rng)
    values = _apart(problem, config.options, rng)
    texts = [f"{rounded(value, RESULT_DIGITS)} {problem.unit}".strip() for value in values]
    return _choice(problem.text, texts, {"formula": formula.name, "steps": formula.steps}, rng)


def _draw(formulas: tuple[Formula, ...], config: FormulaConfig, rng: random.Random) -> tuple[Formula, Problem]:
    """Draw a formula of the wanted length and its numbers."""
    fitting = [formula for formula in formulas if config.min_steps <= formula.steps <= config.max_steps]
    formula = rng.choice(fitting)
    return formula, make_problem(formula, config.digits, config.unit_changes, rng)


def _apart(problem: Problem, count: int, rng: random.Random) -> list[Decimal]:
    """Return the result and wrong values, all of them well apart."""
    common = [problem.result * factor for factor in rng.sample(COMMON_FACTORS, len(COMMON_FACTORS))]
    chosen = [problem.result]
    for value in (*problem.mistakes, *common):
        apart = all(abs(value - other) > LEAST_APART * max(abs(value), abs(other)) for other in chosen)
        if len(chosen) < count and value and apart:
            chosen.append(value)
    return chosen


def _choice_of_formulas(config: ChoiceConfig, rng: random.Random) -> Draft:
    """Make a choice among formulas of a compound."""
    cation, anion = draw_ions(True, config.max_steps > 1, rng)
    texts = [ionic_formula(cation, anion), *wrong_formulas(cation, anion)[: config.options - 1]]
    question = f"Which is the chemical formula of {ionic_name(cation, anion)}?"
    return _choice(question, texts, {"formula": "chemical_formula", "steps": 1}, rng)


def _choice(question: str, texts: list[str], metadata: dict[str, Any], rng: random.Random) -> Draft:
    """Make a multiple choice; the first text is right."""
    order = rng.sample(range(len(texts)), len(texts))
    options = {letter: texts[place] for letter, place in zip(ascii_uppercase, order, strict=False)}
    listed = "\n".join(f"{letter}. {text}" for letter, text in options.items())
    reference = {"answer": ascii_uppercase[order.index(0)], "options": options}
    return Draft(f"{question}\n{listed}", reference, metadata)


def formula_defaults(difficulty: int) -> dict[str, int]:
    """Return longer chains, more digits and more changes of units with each few levels."""
    return {
        "min_steps": 1 + (difficulty >= 6) + (difficulty >= 9),
        "max_steps": 1 + (difficulty >= 3) + (difficulty >= 6),
        "digits": 3 + (difficulty >= 8),
        "unit_changes": difficulty // 2,
    }


def choice_defaults(difficulty: int) -> dict[str, int]:
    """Return the same with four options, five from difficulty 6 on."""
    return formula_defaults(difficulty) | {"options": 4 + (difficulty >= 6)}


def _maker(formulas: tuple[Formula, ...]) -> Callable[[FormulaConfig, random.Random], Draft]:
    """Return the function that makes problems of some formulas."""
    return lambda config, rng: make_quantity(formulas, config, rng)


FAMILIES: dict[str, Family] = {
    **{topic: Family(FormulaConfig, formula_defaults, _maker(formulas)) for topic, formulas in TOPICS.items()},
    "multiple_choice": Family(ChoiceConfig, choice_defaults, make_multiple_choice),
    "genetics": GENETICS,
    "chemical_formulas": CHEMICAL_FORMULAS,
    "unit_analysis": UNIT_ANALYSIS,
    "symbolic_scaling": SYMBOLIC_SCALING,
}
