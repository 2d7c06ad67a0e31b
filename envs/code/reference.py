"""What scoring a program needs: its tests and its limits."""

import keyword
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from prorl_rllib.envs.settings import Integer, Real

MAX_TESTS = 1000
"""Most tests of one problem."""
MAX_TEST_CHARS = 32 * 2**20
"""Most characters in all tests of one problem together."""
MAX_DEPTH = 100
"""Deepest nesting of lists and dicts in an argument or an expected value."""
MAX_SOLUTION_CHARS = 100_000
DEFAULT_FLOAT_TOLERANCE = 1e-6


def plain_json(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return a value as JSON would bring it back: tuples as lists, keys of dicts as str.

    Args:
        value: made of None, bool, int, float, str, list, tuple and dict.
        depth: nesting still allowed.

    Raises:
        ValueError: for another type, or a nesting deeper than that.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if not depth:
        raise ValueError(f"lists and dicts must not be nested deeper than {MAX_DEPTH}")
    if isinstance(value, (list, tuple)):
        return [plain_json(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {key_text(key): plain_json(item, depth - 1) for key, item in value.items()}
    raise ValueError(f"must be a JSON value, got {type(value).__name__}: {value!r:.100}")


def key_text(key: Any) -> str:
    """Return a dict's key as JSON writes it: True as "true", None as "null", 1 as "1".

    Raises:
        ValueError: when JSON has no such key.
    """
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, (int, float)):
        return repr(key)
    raise ValueError(f"the keys of a dict must be str, int, float, bool or None, got {type(key).__name__}")


def count_chars(value: Any) -> int:
    """Return a measure of a JSON value's size: its characters, and one for each number, list and key."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, (list, tuple)):
        return 1 + sum(map(count_chars, value))
    if isinstance(value, dict):
        return 1 + sum(len(key) + count_chars(item) for key, item in value.items())
    return 1


Json = Annotated[Any, BeforeValidator(plain_json)]


class Tests(BaseModel):
    """What all kinds of tests share.

    Attributes:
        float_tol: how far a number with a decimal point may be off, relative to the expected one, or absolute where
            that is below 1; 0 asks for equality. Integers are always compared exactly.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    __test__ = False  # no class of tests in pytest's sense

    float_tol: Real = Field(default=DEFAULT_FLOAT_TOLERANCE, ge=0, lt=1, allow_inf_nan=False)

    @property
    def count(self) -> int:
        """The number of tests."""
        raise NotImplementedError


class PairedTests(Tests):
    """Tests that are an input and an output each; the models of the two kinds narrow the types."""

    inputs: tuple[Any, ...] = Field(min_length=1, max_length=MAX_TESTS)
    outputs: tuple[Any, ...] = Field(min_length=1, max_length=MAX_TESTS)

    @property
    def count(self) -> int:
        """The number of tests."""
        return len(self.inputs)

    @model_validator(mode="after")
    def _paired(self) -> "PairedTests":
        """Reject inputs without outputs, and tests that are too large."""
        if len(self.inputs) != len(self.outputs):
            raise ValueError(f"{len(self.inputs)} inputs for {len(self.outputs)} outputs: must be one output an input")
        check_size(count_chars(self.inputs) + count_chars(self.outputs))
        return self


class StdinTests(PairedTests):
    """Tests of a program that reads standard input and prints.

    Attributes:
        inputs: the text on standard input, one a test.
        outputs: the text it must print.
    """

    type: Literal["stdin"]
    inputs: tuple[str, ...] = Field(min_length=1, max_length=MAX_TESTS)
    outputs: tuple[str, ...] = Field(min_length=1, max_length=MAX_TESTS)


class CallTests(PairedTests):
    """Tests of a function, at module level or a method of the class `Solution`.

    Attributes:
        fn_name: its name.
        inputs: the list of arguments of each test.
        outputs: the value it must return; a tuple counts as a list.
    """

    type: Literal["fn"]
    fn_name: str
    inputs: tuple[tuple[Json, ...], ...] = Field(min_length=1, max_length=MAX_TESTS)
    outputs: tuple[Json, ...] = Field(min_length=1, max_length=MAX_TESTS)

    @field_validator("fn_name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        """Reject what no function can be called."""
        if not name.isidentifier() or keyword.iskeyword(name):
            raise ValueError("must be the name of a Python function")
        return name


class AssertTests(Tests):
    """Tests written as assert statements about the program's functions.

    Attributes:
        asserts: one statement a test.
    """

    type: Literal["asserts"]
    asserts: tuple[str, ...] = Field(min_length=1, max_length=MAX_TESTS)

    @property
    def count(self) -> int:
        """The number of tests."""
        return len(self.asserts)

    @model_validator(mode="after")
    def _bounded(self) -> "AssertTests":
        """Reject blank statements, and tests that are too large."""
        if blank := [index for index, statement in enumerate(self.asserts) if not statement.strip()]:
            raise ValueError(f"assert {blank[0]} is blank")
        check_size(count_chars(self.asserts))
        return self


def check_size(chars: int) -> None:
    """Raise when the tests of a problem are too large to be sent to a worker.

    Raises:
        ValueError: with the size and the limit.
    """
    if chars > MAX_TEST_CHARS:
        raise ValueError(f"the tests have {chars} characters together, more than {MAX_TEST_CHARS}: leave some out")


class CodeReference(BaseModel):
    """What scoring a program needs. The answer is never shown any of it.

    Attributes:
        tests: of kind "stdin", "fn" or "asserts".
        time_limit_s: seconds one test may take.
        memory_mb: MiB of memory one test may use, the interpreter's own included.
        solution: a program that passes all tests, where one is known. Scoring does not read it: it makes the example
            response by which an environment is validated, and a warm start may train on it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tests: StdinTests | CallTests | AssertTests = Field(discriminator="type")
    time_limit_s: Real = Field(default=4.0, ge=0.01, le=60)
    memory_mb: Integer = Field(default=512, ge=64, le=8192)
    solution: str | None = Field(default=None, min_length=1, max_length=MAX_SOLUTION_CHARS)
