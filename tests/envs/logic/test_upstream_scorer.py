import pytest

from prorl_rllib.envs import EnvConfigError, LogicEnv, TaskError, verify
from prorl_rllib.envs.logic.examined import EXECUTE_ANSWERS

UPSTREAM = {"scorer": "upstream"}


def answered(task, answer, **options):
    return verify(task, f"<answer>{answer}</answer>", options=options).reward


def test_the_upstream_scorer_gives_what_reasoning_gym_gives():
    (task,) = (LogicEnv(datasets=["leg_counting"]).task(i) for i in [0])
    gold = task.reference["answer"]
    assert answered(task, gold, **UPSTREAM) == 1.0
    listed = f"{gold} or 7"
    assert answered(task, listed, **UPSTREAM) == pytest.approx(len(gold) / len(listed))
    assert answered(task, listed) == 0.0


def test_the_upstream_scorer_of_halting_rewards_any_text():
    task = LogicEnv(datasets=["game_of_life_halting"]).task(0)
    assert answered(task, "anything", **UPSTREAM) == 1.0
    assert answered(task, "anything") == 0.0


def test_crumbs_stay_in_the_upstream_score():
    task = LogicEnv(datasets=["prime_factorization"]).task(0)
    assert answered(task, "2", **UPSTREAM) == 0.01


def test_what_makes_the_upstream_scorer_raise_scores_zero():
    task = LogicEnv(datasets=["boxnet"]).task(0)
    assert answered(task, "[1, 2]", **UPSTREAM) == 0.0


@pytest.mark.parametrize("name", EXECUTE_ANSWERS)
def test_a_scorer_that_executes_answers_is_never_used(name, tmp_path):
    with pytest.raises(EnvConfigError, match=rf"'{name}' cannot be scored with scorer = 'upstream'.*executes"):
        LogicEnv(datasets=[name], scorer="upstream")
    if name in ("string_insertion", "countdown"):
        task = LogicEnv(datasets=[name]).task(0)
        planted = tmp_path / "planted"
        with pytest.raises(TaskError, match="executes the model's answer"):
            verify(task, f"<answer>open({str(planted)!r}, 'w')</answer>", options=UPSTREAM)
        assert not planted.exists()


def test_an_environment_hands_its_scorer_on():
    env = LogicEnv(datasets=["game_of_life_halting"], scorer="upstream")
    env.reset(options={"task_index": 0})
    assert env.step("<answer>anything</answer>")[1] == 1.0


def test_an_unknown_scorer_is_named():
    with pytest.raises(EnvConfigError, match="scorer"):
        LogicEnv(scorer="theirs")
