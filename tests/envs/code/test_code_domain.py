"""Programs scored by the domain in the sandbox that is there."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prorl_rllib.envs.code.domain import CodeDomain, CodeOptions, in_block
from prorl_rllib.envs.code.generator import FAMILIES
from prorl_rllib.envs.code.reference import CodeReference
from prorl_rllib.envs.errors import EnvConfigError, UnparseableAnswer
from prorl_rllib.envs.sandbox import LEVELS, SandboxError

DOMAIN = CodeDomain()
DOUBLE = {"type": "stdin", "inputs": [f"{n}\n" for n in range(5)], "outputs": [f"{2 * n}\n" for n in range(5)]}
DOUBLE_CALLS = {"type": "fn", "fn_name": "double", "inputs": [[n] for n in range(5)], "outputs": list(range(0, 10, 2))}
DOUBLE_ASSERTS = {"type": "asserts", "asserts": [f"assert double({n}) == {2 * n}" for n in range(5)]}


def score(tests, program, options=None, **limits):
    reference = CodeReference.model_validate({"tests": tests, **limits})
    return DOMAIN.scorer(reference, options or CodeOptions())(DOMAIN.extract(in_block(program)))


@pytest.mark.parametrize(
    ("tests", "program"),
    [
        (DOUBLE, "print(2 * int(input()))"),
        (DOUBLE, "def main():\n    print(2 * int(input()))\nif __name__ == '__main__':\n    main()"),
        (DOUBLE, "import sys\nsys.stdout.write(str(2 * int(sys.stdin.read())))\nsys.exit(0)"),
        (DOUBLE_CALLS, "def double(n):\n    return 2 * n"),
        (DOUBLE_CALLS, "class Solution:\n    def double(self, n):\n        return 2.0 * n"),
        (DOUBLE_ASSERTS, "def double(n):\n    return 2 * n"),
    ],
)
def test_right_programs_are_rewarded_in_full(tests, program):
    verdict = score(tests, program)
    assert verdict.reward == 1.0
    assert verdict.detail.startswith("5 of 5 tests passed; isolation ")


@pytest.mark.parametrize("tests", [DOUBLE, DOUBLE_CALLS, DOUBLE_ASSERTS])
@pytest.mark.parametrize("right", [1, 3, 4])
def test_a_program_right_on_k_of_n_tests_gets_k_of_n(tests, right):
    function = f"def double(n):\n    return 2 * n if n < {right} else -1\n"
    program = function + ("print(double(int(input())))" if tests is DOUBLE else "")
    verdict = score(tests, program)
    assert verdict.reward == right / 5
    assert f"{right} of 5 tests passed; {5 - right} wrong" in verdict.detail


@pytest.mark.parametrize("tests", [DOUBLE, DOUBLE_CALLS, DOUBLE_ASSERTS])
def test_the_wrong_response_gets_nothing(tests):
    reference = CodeReference.model_validate({"tests": tests})
    assert DOMAIN.scorer(reference, CodeOptions())(DOMAIN.extract(DOMAIN.wrong_response(reference))).reward == 0.0


def test_binary_rewards_only_all_tests():
    program = "def double(n):\n    return 2 * n if n < 4 else -1\n"
    assert score(DOUBLE_CALLS, program, CodeOptions(binary=True)).reward == 0.0
    assert score(DOUBLE_CALLS, "def double(n): return 2 * n", CodeOptions(binary=True)).reward == 1.0


BROKEN = ["def double(n:", "double = 3", "x = 1", "def double(n): return n\n1 / 0", "(" * 9000]


@pytest.mark.parametrize(
    ("tests", "program"),
    [*((DOUBLE_CALLS, program) for program in BROKEN), (DOUBLE, BROKEN[0]), (DOUBLE_ASSERTS, BROKEN[1])],
)
def test_programs_that_do_not_run_get_nothing(tests, program):
    assert score(tests, program).reward == 0.0


def test_a_program_that_fails_after_printing_the_answer_gets_nothing():
    assert score(DOUBLE, "print(2 * int(input()))\nraise ValueError").reward == 0.0


def test_timeouts_leave_the_other_tests_their_reward():
    program = "def double(n):\n    while n == 3:\n        pass\n    return 2 * n"
    verdict = score(DOUBLE_CALLS, program, time_limit_s=0.5)
    assert verdict.reward == 0.8
    assert "4 of 5 tests passed; 1 timeout" in verdict.detail


def test_the_total_time_bounds_all_tests_together():
    verdict = score(
        DOUBLE_CALLS,
        "import time\ndef double(n):\n    time.sleep(0.4)\n    return 2 * n",
        CodeOptions(total_time_s=1.0),
    )
    assert 0.2 <= verdict.reward <= 0.4
    assert "not_run" in verdict.detail


def test_fewer_tests_are_run_where_asked_always_the_same():
    program = "def double(n):\n    return 2 * n if n < 3 else -1"
    options = CodeOptions(max_tests=2)
    first, again = score(DOUBLE_CALLS, program, options), score(DOUBLE_CALLS, program, options)
    assert first == again and "2 chosen of 5" in first.detail


def test_weak_checks_are_named():
    tests = {"type": "asserts", "asserts": ["assert double(2) == 4", "assert double(2) < double(3)"]}
    assert "2 of 2 tests passed; 1 weak" in score(tests, "def double(n):\n    return 2 * n").detail
    assert "1 of 2 tests passed; 1 exception; 1 weak" in score(tests, "def double(n):\n    return 4").detail


def test_long_outputs_that_are_expected_are_not_cut():
    tests = {"type": "stdin", "inputs": [""], "outputs": ["x" * 3_000_000]}
    assert score(tests, "print('x' * 3_000_000)").reward == 1.0


GUESSES = """
import os, sys, glob
found = [repr(sys.argv), repr(os.environ)]
for name in glob.glob('/proc/self/*') + glob.glob('/tmp/**', recursive=True) + glob.glob('./**', recursive=True):
    try:
        found.append(open(name, errors='replace').read(10000))
    except OSError:
        pass
print(''.join(found))
"""
FRAMES = """
import gc, sys
def double(n):
    frame = sys._getframe()
    while frame:
        for value in list(frame.f_locals.values()) + gc.get_objects():
            if isinstance(value, (list, tuple)) and len(value) == 5 and value[-1] == 8:
                return value[n]
        frame = frame.f_back
    return -1
"""
CHEATS = {
    "every number": (DOUBLE, "for n in range(100): print(n)"),
    "every number on one line": (DOUBLE, "print(*range(100))"),
    "exit code": (DOUBLE, "raise SystemExit(0)"),
    "hard exit": (DOUBLE, "import os; os._exit(0)"),
    "arguments, environment, files": (DOUBLE, GUESSES),
    "hard exit in a function": (DOUBLE_CALLS, "import os\ndef double(n): os._exit(0)"),
    "equal to everything": (
        DOUBLE_CALLS,
        "class E(int):\n    def __eq__(self, other): return True\ndef double(n): return E(-7)",
    ),
    "equal to everything, no number": (
        DOUBLE_ASSERTS,
        "class E:\n    def __eq__(self, other): return True\ndef double(n): return E()",
    ),
    "json patched": (
        DOUBLE_CALLS,
        "import json\njson.dumps = json.JSONEncoder.encode = lambda *a, **k: 'true'\ndef double(n): return -7",
    ),
    "builtins patched": (
        DOUBLE_ASSERTS,
        "import builtins\nbuiltins.repr = builtins.str = lambda *a: '4'\ndef double(n): return -7",
    ),
    "frames and garbage": (DOUBLE_CALLS, FRAMES),
    "assertion errors silenced": (
        DOUBLE_ASSERTS,
        "import builtins\nclass AssertionError(Exception): pass\nbuiltins.AssertionError = AssertionError\n"
        "def double(n): return None",
    ),
    "pickled result": (
        DOUBLE_CALLS,
        "class P:\n    def __reduce__(self): return (int, ('4',))\ndef double(n): return P()",
    ),
    "results on all descriptors": (
        DOUBLE_CALLS,
        'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'{"status": "ok", "value": 4}\\n\')\n'
        "    except OSError: pass\ndef double(n): return -7",
    ),
    "at exit": (DOUBLE, "import atexit, os\natexit.register(lambda: os._exit(0))"),
    "endless value": (DOUBLE_CALLS, "def double(n):\n    x = []\n    x.append(x)\n    return x"),
    "deep value": (
        DOUBLE_CALLS,
        "def double(n):\n    x = []\n    for _ in range(10**5): x = [x]\n    return x",
    ),
    "not a number": (DOUBLE_CALLS, "def double(n): return float('nan')"),
    "true": (DOUBLE_CALLS, "def double(n): return True"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_are_not_rewarded(cheat):
    tests, program = CHEATS[cheat]
    assert score(tests, program).reward == 0.0


def test_constant_programs_pass_at_most_half_of_generated_tests():
    for family in ("list_statistics", "coins", "brackets"):
        draft = DOMAIN.generate(family, DOMAIN.dataset_config(family, {"forms": ["stdin"]}, 1), random.Random(5))
        output = draft.reference["tests"]["outputs"][0]
        assert score(draft.reference["tests"], f"print({output!r})").reward <= 0.6


@pytest.mark.parametrize(("index", "family"), enumerate(FAMILIES))
def test_every_solution_passes_all_its_tests(index, family):
    config = DOMAIN.dataset_config(family, {"forms": [("stdin", "fn", "asserts")[index % 3]]}, 1 + index % 10)
    draft = DOMAIN.generate(family, config, random.Random(index))
    reference = CodeReference.model_validate(draft.reference)
    verdict = DOMAIN.scorer(reference, CodeOptions())(DOMAIN.extract(DOMAIN.example_response(reference)))
    assert verdict.reward == 1.0, (verdict, draft)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("difficulty", range(1, 11))
def test_every_solution_passes_all_its_tests_at_every_difficulty(family, difficulty):
    config = DOMAIN.dataset_config(family, {}, difficulty)
    for seed in range(4):
        reference = CodeReference.model_validate(DOMAIN.generate(family, config, random.Random(seed)).reference)
        verdict = DOMAIN.scorer(reference, CodeOptions())(DOMAIN.extract(DOMAIN.example_response(reference)))
        assert verdict.reward == 1.0, (verdict, reference)


@pytest.mark.parametrize("response", DOMAIN.hostile_responses())
def test_hostile_programs_end_within_their_limits_without_reward(response):
    reference = CodeReference.model_validate({"tests": DOUBLE_CALLS, "time_limit_s": 0.3})
    program = DOMAIN.extract(response)
    assert DOMAIN.scorer(reference, CodeOptions(total_time_s=0.5))(program).reward == 0.0


SCORER = DOMAIN.scorer(CodeReference.model_validate({"tests": DOUBLE_CALLS}), CodeOptions(max_tests=1))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(exclude_categories=()), max_size=60) | st.text("def f(x):\n return", max_size=40))
def test_any_text_as_a_program_gets_a_score(text):
    try:
        program = DOMAIN.extract(in_block(text))
    except UnparseableAnswer:
        return
    assert SCORER(program).reward == 0.0


def test_isolation_is_stated_and_can_be_required():
    level = DOMAIN.prepare(CodeOptions())["isolation"]
    assert level in ("bwrap", "namespaces", "rlimit")
    assert DOMAIN.prepare(CodeOptions(required_isolation=level))["isolation"] == level
    assert [3, 2, 1, 0][LEVELS.index(level)] == DOMAIN.prepare(CodeOptions())["isolation_level"]


def test_an_isolation_that_is_not_there_is_an_error_not_a_reward():
    options = CodeOptions(sandbox="rlimit", required_isolation="bwrap")
    with pytest.raises(EnvConfigError, match="required_isolation"):
        DOMAIN.prepare(options)
    with pytest.raises(SandboxError, match="required_isolation"):
        DOMAIN.scorer(CodeReference.model_validate({"tests": DOUBLE}), options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sandbox": "remote"}, "sandbox_url"),
        ({"sandbox": "docker"}, "sandbox = 'docker'"),
        ({"required_isolation": "strong"}, "required_isolation"),
        ({"max_tests": 0}, "max_tests = 0"),
        ({"total_time_s": 0}, "total_time_s = 0"),
        ({"max_test": 3}, "did you mean 'max_tests'"),
    ],
)
def test_wrong_options_are_named(options, message):
    with pytest.raises(EnvConfigError, match=message):
        DOMAIN.check_options(options)


def test_the_worker_is_given_longer_than_the_sandbox():
    reference = CodeReference.model_validate({"tests": DOUBLE})
    assert DOMAIN.deadline_s(reference, CodeOptions(total_time_s=20), 3.0) > 20.0
    assert DOMAIN.deadline_s(reference, CodeOptions(total_time_s=1), 300.0) == 300.0
