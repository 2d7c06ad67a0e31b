import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_rllib.envs import EnvConfigError, LogicEnv, Task, TaskError, verify, verify_batch


def math_task(answer="5"):
    return Task(task_id="t", domain="math", prompt="p", reference={"answer": answer})


def test_hanging_expression_is_killed_at_the_deadline():
    bomb = r"\boxed{\int_0^1 \int_0^1 \sin(x^y) \cos(y^x) dx dy}"
    verdict = verify(math_task(r"\frac{1}{3}+\sqrt{3}"), bomb, timeout_s=0.5)
    assert (verdict.status, verdict.reward) == ("timeout", 0.0)
    assert verdict.seconds < 2.0


def test_a_response_that_is_no_str_is_an_error():
    with pytest.raises(TypeError, match="must be a str, got int"):
        verify(math_task(), 5)


def test_what_is_no_task_is_an_error():
    with pytest.raises(TypeError, match="got dict"):
        verify({"domain": "math"}, "5")
    with pytest.raises(TypeError, match="tasks must be a sequence, got one Task"):
        verify_batch(math_task(), ["5"])
    with pytest.raises(TypeError, match="responses must be a sequence, got one str"):
        verify_batch([math_task()], "5")


def test_batches_need_one_task_a_response():
    with pytest.raises(ValueError, match="2 tasks for 1 responses"):
        verify_batch([math_task()] * 2, ["a"])


def test_wrong_references_and_domains_are_named():
    with pytest.raises(TaskError, match=r"reference.*answer"):
        verify(Task(task_id="t", domain="math", prompt="p", reference={"anwser": "5"}), "a")
    with pytest.raises(EnvConfigError, match="did you mean 'math'"):
        verify(Task(task_id="t", domain="maths", prompt="p", reference={}), "a")


JUNK = st.text(st.characters(exclude_categories=()), max_size=60) | st.text(
    "0123456789+-*/^_{}()[]\\.,=%!<>xyfracsqrtboxedanswer \n", max_size=60
)


@settings(max_examples=150, deadline=None)
@given(JUNK, st.sampled_from([r"%s", r"\boxed{%s}", "<think>%s", "</think>%s", r"\boxed{%s", r"\boxed{1,%s}"]))
def test_junk_answers_to_math_get_a_verdict_and_no_reward(junk, form):
    verdict = verify(math_task("123456789"), form.replace("%s", junk))
    assert verdict.status in ("scored", "unparseable", "timeout")
    assert verdict.reward == 0.0


LOGIC = LogicEnv({"datasets": ["spell_backward", "number_sorting", "knights_knaves", "jugs", "prime_factorization"]})


@settings(max_examples=100, deadline=None)
@given(
    JUNK, st.integers(0, 20), st.sampled_from(["%s", "<answer>%s</answer>", "<answer>%s", "<think><answer>%s</answer>"])
)
def test_junk_answers_to_logic_get_a_verdict(junk, index, form):
    verdict = verify(LOGIC.task(index), form.replace("%s", junk))
    assert verdict.status in ("scored", "unparseable")
    assert 0.0 <= verdict.reward <= 1.0
