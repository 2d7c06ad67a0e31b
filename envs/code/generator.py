"""Generated programming problems: families of operations, composed, with tests and a solution."""

import random
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from prorl_rllib.envs.code import families_lists, families_numbers, families_structures, families_text
from prorl_rllib.envs.code.exercise import Case, Exercise, draw_cases
from prorl_rllib.envs.code.family import FamilySizes, further_steps
from prorl_rllib.envs.code.forms import Form, prompt_of, solution_of, tests_of
from prorl_rllib.envs.domain import Draft
from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.settings import Integer

ATTEMPTS = 100
"""Problems drawn before giving up: some have the same result for most inputs."""
FORM_WEIGHTS: dict[Form, float] = {"stdin": 3.0, "fn": 3.0, "asserts": 1.0}
MAX_VALUES = (9, 20, 50, 99, 200, 500, 999, 2000, 5000, 9999)
"""`max_value` by difficulty."""

FAMILIES: dict[str, Callable[[FamilySizes, random.Random], Exercise]] = {
    **families_lists.FAMILIES,
    **families_text.FAMILIES,
    **families_numbers.FAMILIES,
    **families_structures.FAMILIES,
}


class CodeFamilyConfig(BaseModel):
    """Config of a family in `datasets`; what is left out follows from the difficulty.

    Attributes:
        max_length: most items of a list, or characters of a text.
        max_value: largest absolute value of a number in an input.
        operations: number of operations composed.
        tests: number of tests.
        forms: the forms problems may have: "stdin", "fn", "asserts".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_length: Integer = Field(ge=4, le=200)
    max_value: Integer = Field(ge=9, le=10**6)
    operations: Integer = Field(ge=1, le=10)
    tests: Integer = Field(ge=4, le=100)
    forms: tuple[Form, ...] = ("stdin", "fn", "asserts")

    @field_validator("forms")
    @classmethod
    def _some(cls, forms: tuple[Form, ...]) -> tuple[Form, ...]:
        """Reject an empty choice."""
        if not forms:
            raise ValueError("must hold at least one of stdin, fn, asserts")
        return forms


def defaults(difficulty: int) -> dict[str, Any]:
    """Return the config of a difficulty from 1 to 10."""
    return {
        "max_length": 4 + 2 * difficulty,
        "max_value": MAX_VALUES[difficulty - 1],
        "operations": 1 + (difficulty - 1) // 2,
        "tests": 8 + (difficulty - 1) // 2,
    }


def make_draft(family: str, config: CodeFamilyConfig, rng: random.Random) -> Draft:
    """Make one problem of a family, a function of the arguments alone.

    Args:
        family: one of `FAMILIES`.
        config: its sizes and forms.
        rng: the only source of chance.

    Raises:
        TaskError: when no problem with varied results was found; the config is too narrow.
    """
    sizes = FamilySizes(config.max_length, config.max_value)
    for _ in range(ATTEMPTS):
        exercise = FAMILIES[family](sizes, rng)
        exercise = exercise.extended(further_steps(exercise.result, config.operations - 1, rng, exercise.steps))
        form = rng.choices(config.forms, [FORM_WEIGHTS[form] for form in config.forms])[0]
        cases = draw_cases(exercise, config.tests + 1, rng)
        if cases is not None:
            example = take_example(cases)
            reference = {"tests": tests_of(exercise, form, cases), "solution": solution_of(exercise, form)}
            return Draft(prompt_of(exercise, form, example), reference, {"form": form})
    raise TaskError(
        f"data set {family!r}: none of {ATTEMPTS} problems had {config.tests} tests with varied results; "
        f"raise max_length or max_value, or lower tests, in `datasets`"
    )


def take_example(cases: list[Case]) -> Case:
    """Remove a case of middling length, no edge case, from the tests, and return it to be shown."""
    drawn = sorted(cases[len(cases) // 2 :], key=lambda case: len(repr(case)))
    example = drawn[len(drawn) // 2]
    cases.remove(example)
    return example
