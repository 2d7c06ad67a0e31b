import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs.code.reference import CodeReference
from prorl_rllib.envs.datasets.check_function import tests_of_check as read_check  # pytest would collect tests_of_check
from prorl_rllib.envs.datasets.rows import RowRejected

LOOP = "    for i, (inp, exp) in enumerate(zip(inputs, results)):\n        assertion(candidate(*inp), exp, {})\n"


def table(inputs, results, tolerance=0):
    return f"def check(candidate):\n    inputs = {inputs}\n    results = {results}\n{LOOP.format(tolerance)}"


def test_a_table_that_json_can_hold_becomes_calls():
    assert read_check(table([[1, "a"]], [(1, [None, True])]), "f") == {
        "type": "fn",
        "fn_name": "f",
        "inputs": [[1, "a"]],
        "outputs": [(1, [None, True])],
        "float_tol": 1e-6,
    }
    assert read_check(table([[0.5]], [1.0], 1e-3), "f")["float_tol"] == 1e-3


def test_a_table_that_json_cannot_hold_becomes_asserts():
    tests = read_check(table([[(1, 2)], [{3: 4}]], [{1}, 5]), "f")
    assert tests["asserts"] == ["assert f((1, 2)) == {1}", "assert f({3: 4}) == 5"]
    assert CodeReference.model_validate({"tests": tests}).tests.count == 2


def test_asserts_are_about_the_function_itself():
    source = """
METADATA = {"author": "x"}

def check(candidate):
    # a remark
    assert True, "This prints if this assert fails 1 (good for debugging!)"
    assert candidate([1.0, 2.0], 0.3) == True, "message"
    assert abs(candidate(3.5) - 0.5) < 1e-6
    assert all(candidate(n) == n for n in range(3))
    assert sorted(candidate("a"), key=lambda item: item[0]) == []
"""
    assert read_check(source, "f")["asserts"] == [
        "assert f([1.0, 2.0], 0.3) == True",
        "assert abs(f(3.5) - 0.5) < 1e-06",
        "assert all((f(n) == n for n in range(3)))",
        "assert sorted(f('a'), key=lambda item: item[0]) == []",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "def check(",
        "def check(other):\n    assert other(1)\n",
        "def check(candidate):\n    pass\n",
        "def check(candidate):\n    assert True\n",
        "def check(candidate):\n    x = 1\n    assert candidate(x)\n",
        "def check(candidate):\n    assert np.allclose(candidate(1), 2)\n",
        table([[1]], [1]).replace("exp, 0", "ref_func(*inp), 0"),
        table([[1]], [1]).replace("candidate(*inp)", "_poly(*candidate(*inp), inp)"),
        table([[1]], "[f(1)]"),
        table([[1]], [1, 2]),
        table([], []),
        table([1], [1]),
        table(1, 2),
        table([[1]], [1], "tolerance"),
        "def check(candidate):\n    inputs = [[1]]\n    for inp in inputs:\n        pass\n",
        "def check(candidate):\n    assert candidate(" + "(" * 10_000 + "\n",
    ],
)
def test_what_would_have_to_be_run_is_refused(source):
    with pytest.raises(RowRejected):
        read_check(source, "f")


def test_a_thousand_tests_are_kept_evenly_spread():
    tests = read_check(table([[number] for number in range(2500)], list(range(2500))), "f")
    assert len(tests["inputs"]) == 1000
    assert [each[0] for each in tests["inputs"]] == tests["outputs"]
    assert tests["outputs"][0] == 0 and tests["outputs"][-1] == 2497


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.lists(json_values, max_size=3), json_values), min_size=1, max_size=4))
def test_every_table_of_literals_becomes_tests_the_domain_takes(pairs):
    tests = read_check(table([pair[0] for pair in pairs], [pair[1] for pair in pairs]), "f")
    assert CodeReference.model_validate({"tests": tests}).tests.count == len(pairs)
