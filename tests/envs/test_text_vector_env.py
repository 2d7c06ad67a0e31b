import sys
import time
from pathlib import Path

import gymnasium
import numpy as np
import pytest

from prorl_rllib.envs import EnvConfigError, MathEnv, Task, TextEnv, TextVectorEnv
from prorl_rllib.envs.registration import ENVIRONMENTS
from prorl_rllib.envs.verification import close_default_pool, default_pool

BOMB = r"\boxed{\int_0^1 \int_0^1 \sin(x^y) \cos(y^x) dx dy}"
SYMBOLIC = Task(task_id="s", domain="math", prompt="p", reference={"answer": r"\frac{1}{3}+\sqrt{3}"})


def boxed(task):
    return rf"\boxed{{{task.reference['answer']}}}"


@pytest.mark.parametrize("env_id", ENVIRONMENTS)
def test_every_id_makes_a_vector_environment(env_id):
    env = gymnasium.make_vec(env_id, num_envs=3, vectorization_mode="vector_entry_point", seed=2)
    observations, infos = env.reset(seed=1)
    assert observations in env.observation_space and len(set(observations)) == 3
    assert infos["task_index"].shape == (3,) and all(infos["_task_index"])
    observations, rewards, terminated, truncated, infos = env.step(("a", "b", "c"))
    assert observations in env.observation_space
    assert (rewards < 1.0).all() and terminated.all() and not truncated.any()
    assert {verdict.status for verdict in infos["final_info"]["verdict"]} <= {"unparseable", "scored"}
    assert infos["task_index"].shape == (3,)


def test_shared_memory_is_refused_and_not_filled_with_zeros():
    with pytest.raises(ValueError, match="shared_memory"):
        gymnasium.make_vec("prorl/Math-v0", num_envs=2, vectorization_mode="async")
    options = {"vectorization_mode": "async", "vector_kwargs": {"shared_memory": False}}
    env = gymnasium.make_vec("prorl/Math-v0", num_envs=2, **options)
    try:
        observations, _ = env.reset(options={"task_index": 1})
        assert observations == (MathEnv().reset(options={"task_index": 1})[0],) * 2
    finally:
        env.close()


def test_a_slot_that_ends_starts_its_next_episode_in_the_same_step():
    env = TextVectorEnv.from_env(MathEnv(), 2)
    first, infos = env.reset(options={"task_index": 4})
    gold = boxed(env.envs[0].task(4))
    following, rewards, _, _, infos = env.step((gold, "no"))
    assert rewards.tolist() == [1.0, 0.0]
    assert infos["final_obs"].tolist() == ["", ""]
    assert following != first and all(following)
    assert infos["messages"][0][-1]["content"] == following[0]


def test_slots_share_the_tasks_and_nothing_else():
    model = MathEnv(seed=3)
    model.reset(options={"task_index": 0})
    env = TextVectorEnv.from_env(model, 2)
    assert all(slot.source is model.source for slot in env.envs)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.submit(0, "an answer to the task of the model's episode")
    env.reset_slot(0, options={"task_index": 1})
    env.reset_slot(1, options={"task_index": 2})
    env.submit(1, boxed(model.task(2)))
    env.submit(0, boxed(model.task(1)))
    assert [env.collect(slot)[1] for slot in (0, 1)] == [1.0, 1.0]
    assert model.step(boxed(model.task(0)))[1] == 1.0


def test_slots_are_seeded_one_by_one():
    env = TextVectorEnv.from_env(MathEnv(), 3)
    assert env.reset(seed=5)[0] == env.reset(seed=[5, 6, 7])[0]
    assert env.reset(seed=np.int64(5))[0] == env.reset(seed=5)[0]
    assert env.reset_slot(1, seed=6)[0] == env.reset(seed=5)[0][1]


def test_submitted_answers_are_verified_at_the_same_time():
    env = TextVectorEnv.from_env(MathEnv(verifier_timeout_s=3.0), 2)
    for slot in (0, 1):
        env.reset_slot(slot, options={"task": SYMBOLIC})
        env.submit(slot, BOMB)
    deadline = time.monotonic() + 2.5
    while len(default_pool().worker_pids()) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    # One after the other, the second worker would start after the whole deadline of the first answer.
    assert len(default_pool().worker_pids()) == 2 and not any(pending.done() for pending in env._pending.values())
    assert [env.collect(slot)[4]["verdict"].status for slot in (0, 1)] == ["timeout"] * 2
    close_default_pool()


def test_slots_complain_when_they_are_used_out_of_turn():
    env = TextVectorEnv.from_env(MathEnv(), 1)
    with pytest.raises(ValueError, match="no answer to collect"):
        env.collect(0)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.submit(0, "a")
    env.reset_slot(0)
    env.submit(0, "a")
    with pytest.raises(ValueError, match="not collected"):
        env.submit(0, "b")
    with pytest.raises(EnvConfigError, match="num_envs = 0"):
        TextVectorEnv.from_env(MathEnv(), 0)


def test_one_wrong_action_leaves_every_slot_as_it_was():
    env = TextVectorEnv.from_env(MathEnv(), 2)
    env.reset(seed=1)
    with pytest.raises(TypeError, match=r"slot 1.*got int"):
        env.step(("a", 5))
    with pytest.raises(ValueError, match="one answer a slot, 2 in all"):
        env.step(("a",))
    assert env.step(("a", "b"))[2].all()


def test_a_user_can_add_a_domain_in_one_file(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "verification"))
    import probe_domain  # noqa: F401

    class ProbeEnv(TextEnv):
        domain_name = "probe"

    close_default_pool()  # workers know the import path of the time they start
    env = TextVectorEnv.from_env(ProbeEnv(), 2)
    env.reset()
    assert env.step(("reward 0.25", "reward 1"))[1].tolist() == [0.25, 1.0]
    assert "probe_domain" in sys.modules
    close_default_pool()


@pytest.mark.parametrize("slot", [-1, 2])
def test_there_is_no_slot_beyond_the_number_of_environments(slot):
    env = TextVectorEnv.from_env(MathEnv(), 2)
    env.reset(seed=1)
    for use in (lambda: env.submit(slot, "a"), lambda: env.collect(slot), lambda: env.reset_slot(slot)):
        with pytest.raises(ValueError, match=rf"slot {slot}: must be 0\.\.1"):
            use()
