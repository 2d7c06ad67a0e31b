import pytest

from prorl_rllib.envs.code.checks import checks_of, choose, limits_of, outcome
from prorl_rllib.envs.code.reference import CodeReference
from prorl_rllib.envs.sandbox import JobResult

SECRET = 8128
REFERENCES = [
    CodeReference.model_validate({"tests": tests})
    for tests in (
        {"type": "stdin", "inputs": ["4\n"], "outputs": [f"{SECRET}\n"]},
        {"type": "fn", "fn_name": "perfect", "inputs": [[4]], "outputs": [SECRET]},
        {"type": "asserts", "asserts": [f"assert perfect(4) == {SECRET}"]},
        {"type": "asserts", "asserts": [f"assert math.isclose(perfect(4), {SECRET})"]},
        {"type": "asserts", "asserts": [f"assert abs(perfect(4) - {SECRET}) < 1e-6"]},
    )
]


@pytest.mark.parametrize("reference", REFERENCES)
def test_what_is_expected_never_enters_the_sandbox(reference):
    (check,) = checks_of(reference)
    assert "4" in repr(check.job) and str(SECRET) not in repr(check.job)
    assert not check.weak


@pytest.mark.parametrize("reference", REFERENCES)
def test_results_are_judged_outside(reference):
    (check,) = checks_of(reference)
    right = JobResult("ok", stdout=str(SECRET), value=SECRET)
    assert outcome(check, right) == "passed"
    assert outcome(check, JobResult("ok", stdout="1", value=1)) == "wrong"
    assert outcome(check, JobResult("ok", stdout="", value=None)) == "wrong"
    for status in ("exception", "timeout", "memory", "output_limit", "killed", "not_run"):
        assert outcome(check, JobResult(status, stdout=str(SECRET), value=SECRET)) == status


def many_tests(count):
    tests = {"type": "stdin", "inputs": [str(n) for n in range(count)], "outputs": ["x"] * count}
    return CodeReference.model_validate({"tests": tests})


def test_the_choice_of_tests_is_fixed_by_the_problem():
    reference = many_tests(50)
    checks = checks_of(reference)
    chosen = [check.job for check in choose(checks, 10, reference)]
    assert chosen == [check.job for check in choose(checks, 10, many_tests(50))]
    assert len(chosen) == 10 and chosen != [check.job for check in checks[:10]]
    assert sorted(chosen, key=lambda job: int(job.stdin)) == chosen
    assert len(choose(checks, None, reference)) == len(choose(checks, 50, reference)) == 50


def test_limits_follow_the_reference():
    reference = CodeReference.model_validate({"tests": REFERENCES[0].tests, "time_limit_s": 5, "memory_mb": 1024})
    limits = limits_of(reference, total_time_s=3.0)
    assert (limits.test_time_s, limits.total_time_s, limits.memory_mb) == (3.0, 3.0, 1024)
    assert limits.output_bytes == 2**20
