import subprocess
import sys

import gymnasium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_rllib.envs import EnvConfigError, Task, TaskError, UnparseableAnswer, verify, verify_batch
from prorl_rllib.envs.stem import STEMDomain, STEMEnv
from prorl_rllib.envs.stem.domain import HOSTILE
from prorl_rllib.envs.stem.reference import StemOptions, StemReference
from prorl_rllib.envs.stem.scoring import quick_correct, thoroughly_correct

REFERENCES = [
    {"answer": "B", "options": {"A": "red", "B": "green", "C": "blue"}},
    {"answer": "5.2", "unit": "m/s"},
    {"answer": "12"},
    {"answer": "1/3"},
    {"answer": "kg m/s^2"},
    {"answer": "Fe2(SO4)3"},
    {"answer": "sodium chloride"},
    {"answer": r"\frac{1}{2}mv^2"},
]


def task(**reference):
    return Task(task_id="t", domain="stem", prompt="How much?", reference=reference)


def boxed(answer):
    return f"I think so.</think> It is \\boxed{{{answer}}}."


@pytest.mark.parametrize(
    ("reference", "answer", "reward"),
    [
        ({"answer": "5.2", "unit": "m/s"}, r"18.72\ \text{km/h}", 1.0),
        ({"answer": "5.2", "unit": "m/s"}, r"18.72\ \text{km}", 0.0),
        ({"answer": "25", "unit": "degC"}, "298.15 K", 1.0),
        ({"answer": "6.28 m"}, r"2\pi\text{ m}", 1.0),
        ({"answer": "kg m/s^2"}, "N", 1.0),
    ],
)
def test_what_needs_a_worker_is_scored_in_one(reference, answer, reward):
    verdict = verify(task(**reference), boxed(answer), timeout_s=30.0)
    assert (verdict.reward, verdict.status) == (reward, "scored")
    assert verdict.seconds > 0


def test_the_last_box_after_the_thinking_counts():
    response = r"<think>\boxed{7}</think> \boxed{5} or rather \boxed{12}"
    assert verify(task(answer="12"), response).reward == 1.0
    assert verify(task(answer="5"), response).reward == 0.0
    assert verify(task(answer="7"), r"<think>\boxed{7}").status == "unparseable"
    with pytest.raises(UnparseableAnswer):
        STEMDomain().extract("")


def test_require_unit_is_a_key_of_the_environment():
    env = gymnasium.make("prorl_rllib:prorl/STEM-v0", require_unit=True)
    env.reset(options={"task": task(answer="5.2", unit="m")})
    assert env.step(boxed("5.2"))[1] == 0.0
    with pytest.raises(EnvConfigError, match="require_unit"):
        STEMEnv(require_units=True)


@pytest.mark.parametrize("reference", REFERENCES)
def test_hostile_answers_score_nothing_and_break_no_worker(reference):
    responses = STEMDomain().hostile_responses()
    for verdict in verify_batch([task(**reference)] * len(responses), responses, timeout_s=2.0):
        assert verdict.reward == 0.0 and verdict.status != "error"


def test_a_bomb_dies_in_a_worker_and_the_next_answer_is_scored():
    bombs = [r"2^{2^{2^{2^{2^2}}}}\text{ m}", r"\sqrt{" * 60 + "2" + "}" * 60, "9^{9^9}", r"3^{3^{3^3}} \text{ m}"]
    for verdict in verify_batch([task(answer="6.28 m")] * len(bombs), [*map(boxed, bombs)], timeout_s=1.0):
        assert verdict.reward == 0.0 and verdict.status in ("scored", "timeout")
    assert verify(task(answer="6.28 m"), boxed(r"2\pi\text{ m}"), timeout_s=30.0).reward == 1.0


@pytest.mark.parametrize("unit", ["furlongs per fortnightly", "m^400", "9**9**9", "banana"])
def test_a_unit_that_is_none_is_an_error_of_the_task(unit):
    with pytest.raises(TaskError, match="unit"):
        verify(task(answer="5.2", unit=unit), boxed("5.3 m"))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ({"answer": "E", "options": {"A": "red", "B": "green"}}, "neither the letter nor the text"),
        ({"answer": "red", "options": ["red", "Red"]}, "neither the letter nor the text"),
        ({"answer": "A", "options": ["red"]}, "must be 2 to 26"),
        ({"answer": "A", "options": {"A": "red", "a": "blue"}}, "must be 2 to 26"),
        ({"answer": "A", "options": {"A": "red", "B": "blue"}, "unit": "m"}, "leave them out beside options"),
        ({"answer": "sodium", "unit": "m"}, "belongs to a number"),
        ({"answer": "x+1", "rel_tol": 0.1}, "belongs to a number"),
        ({"answer": "5 kg", "unit": "m"}, "unit other than"),
        ({"answer": "5 kg", "rel_tol": 0}, "rel_tol"),
        ({"answer": "5 kg", "rel_tol": 0.3}, "rel_tol"),
        ({"answer": ""}, "answer"),
        ({"answer": "5", "units": "m"}, "units"),
    ],
)
def test_wrong_references_are_named(reference, message):
    with pytest.raises(TaskError, match=message):
        verify(task(**reference), boxed("5"))


SIGNS = "\\frac \\text{ } { ( ) ^ _ 5 1e3 e / s * kg % \u00b0C \u03a9 \u00b1 = \u2248 10^ - , . A or H2O \u0663 \u00bd"
PIECES = st.sampled_from([*HOSTILE, *SIGNS.split(), " m", "\ud800"])
WILD = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60)


@settings(max_examples=200, deadline=None)
@given(answer=WILD, reference=st.sampled_from(REFERENCES))
def test_junk_is_compared_quickly_without_an_exception(answer, reference):
    assert quick_correct(StemReference.model_validate(reference), answer[:1000], StemOptions()) in (True, False, None)


@settings(max_examples=150, deadline=None)
@given(
    magnitude=st.text("0123456789.,+-eE^{}()*/ \u00b1\u2248", max_size=20),
    unit=st.text("mskgJKNlor%\u03a9\u03bc\u00b0C/^-123 (){}*", max_size=20),
)
def test_junk_with_units_is_compared_with_pint_without_an_exception(magnitude, unit):
    reference = StemReference(answer="5.2", unit="m/s")
    if not any(sign in magnitude for sign in "^*/"):  # what is worked out has a deadline in a worker only
        assert thoroughly_correct(reference, f"{magnitude} {unit}", StemOptions()) in (True, False)


@settings(max_examples=200, deadline=None)
@given(reference=st.text(min_size=1, max_size=40))
def test_any_text_as_a_reference_answer_is_met_by_itself_or_left_to_a_worker(reference):
    assert quick_correct(StemReference(answer=reference), reference, StemOptions()) is not False


@settings(max_examples=200, deadline=None)
@given(value=st.floats(-1e9, 1e9).filter(lambda value: abs(value) > 1e-9), error=st.floats(-0.2, 0.2))
def test_the_stated_tolerance_is_kept(value, error):
    reference = StemReference(answer=f"{value:.6e}", unit="m", rel_tol=0.05)
    answer = f"{float(reference.answer) * (1 + error):.12e} m"
    if abs(abs(error) - 0.05) > 1e-6:
        assert quick_correct(reference, answer, StemOptions()) is (abs(error) < 0.05)


QUICK_WITHOUT_PINT = """
import sys
from prorl_rllib.envs import Task, verify
import prorl_rllib.envs.stem
task = Task(task_id="t", domain="stem", prompt="p", reference={"answer": "5.2", "unit": "m/s"})
assert verify(task, r"\\boxed{5.2\\ \\text{m/s}}").reward == 1.0
assert verify(task, r"\\boxed{18.72\\ \\text{km/h}}").reward == 1.0
loaded = {"pint", "sympy", "math_verify", "ray", "torch"} & set(sys.modules)
assert not loaded, loaded
"""


def test_the_calling_process_imports_neither_pint_nor_sympy():
    subprocess.run([sys.executable, "-c", QUICK_WITHOUT_PINT], check=True, timeout=120)
