import pytest
from pydantic import ValidationError

from prorl_rllib.envs.code.reference import MAX_TESTS, AssertTests, CallTests, CodeReference, StdinTests

STDIN = {"type": "stdin", "inputs": ["1\n"], "outputs": ["2\n"]}
CALLS = {"type": "fn", "fn_name": "f", "inputs": [[1, "a"], [{"k": [1]}, None]], "outputs": [2, [1.5, True]]}
ASSERTS = {"type": "asserts", "asserts": ["assert f(1) == 2"]}


@pytest.mark.parametrize(
    ("tests", "kind", "count"), [(STDIN, StdinTests, 1), (CALLS, CallTests, 2), (ASSERTS, AssertTests, 1)]
)
def test_the_three_kinds_of_tests_are_read(tests, kind, count):
    reference = CodeReference.model_validate(
        {"tests": {**tests, "float_tol": 1e-4}, "time_limit_s": 2, "memory_mb": 256}
    )
    assert type(reference.tests) is kind and reference.tests.count == count
    assert (reference.tests.float_tol, reference.time_limit_s, reference.memory_mb) == (1e-4, 2.0, 256)


def test_limits_and_tolerance_have_defaults():
    reference = CodeReference.model_validate({"tests": STDIN})
    assert (reference.time_limit_s, reference.memory_mb, reference.tests.float_tol) == (4.0, 512, 1e-6)


def test_a_reference_survives_json():
    for tests in (STDIN, CALLS, ASSERTS):
        reference = CodeReference.model_validate({"tests": tests, "solution": "pass"})
        assert CodeReference.model_validate_json(reference.model_dump_json()) == reference


def test_python_values_are_kept_as_json_brings_them_back():
    tests = {"type": "fn", "fn_name": "f", "inputs": [((1, 2), {3: (4,)})], "outputs": [{None: {True: 1, 2.5: 2}}]}
    reference = CodeReference.model_validate({"tests": tests})
    assert reference.tests.inputs == (([1, 2], {"3": [4]}),)
    assert reference.tests.outputs == ({"null": {"true": 1, "2.5": 2}},)


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ({}, "type"),
        ({"type": "pytest"}, "stdin"),
        ({"type": "stdin", "inputs": ["1"], "outputs": []}, "outputs"),
        ({"type": "stdin", "inputs": ["1", "2"], "outputs": ["1"]}, "2 inputs for 1 outputs"),
        ({"type": "stdin", "inputs": [], "outputs": []}, "at least 1"),
        ({"type": "stdin", "inputs": [1], "outputs": ["1"]}, "string"),
        ({"type": "stdin", "inputs": ["1"] * (MAX_TESTS + 1), "outputs": ["1"] * (MAX_TESTS + 1)}, "at most 1000"),
        ({"type": "stdin", "inputs": ["1" * 2**25], "outputs": ["1"]}, "characters together"),
        ({**STDIN, "float_tol": -1}, "float_tol"),
        ({**STDIN, "float_tol": float("nan")}, "float_tol"),
        ({**STDIN, "fn_name": "f"}, "fn_name"),
        ({"type": "fn", "fn_name": "f x", "inputs": [[1]], "outputs": [1]}, "name of a Python function"),
        ({"type": "fn", "fn_name": "if", "inputs": [[1]], "outputs": [1]}, "name of a Python function"),
        ({"type": "fn", "fn_name": "f", "inputs": [1], "outputs": [1]}, "inputs.0"),
        ({"type": "fn", "fn_name": "f", "inputs": [[1]], "outputs": [{1, 2}]}, "must be a JSON value, got set"),
        ({"type": "fn", "fn_name": "f", "inputs": [[1]], "outputs": [nested(200)]}, "nested deeper than 100"),
        ({"type": "fn", "fn_name": "f", "inputs": [[{(1, 2): 3}]], "outputs": [1]}, "keys of a dict"),
        ({"type": "asserts", "asserts": []}, "at least 1"),
        ({"type": "asserts", "asserts": ["assert f()", " "]}, "assert 1 is blank"),
    ],
)
def test_wrong_tests_are_named(tests, message):
    with pytest.raises(ValidationError, match=message):
        CodeReference.model_validate({"tests": tests})


@pytest.mark.parametrize("limits", [{"time_limit_s": 0}, {"time_limit_s": 61}, {"memory_mb": 10}, {"memory_mb": True}])
def test_limits_out_of_range_are_rejected(limits):
    with pytest.raises(ValidationError, match=next(iter(limits))):
        CodeReference.model_validate({"tests": STDIN, **limits})
