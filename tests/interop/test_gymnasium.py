import multiprocessing

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import RecordEpisodeStatistics, TimeLimit, TransformReward
from gymnasium.wrappers.vector import RecordEpisodeStatistics as RecordVectorStatistics

from prorl_rllib.envs import MathEnv, Task, VerifierError

MIXTURE = "prorl_rllib:prorl/Mixture-v0"
MATH = "prorl_rllib:prorl/Math-v0"
SUM = Task(task_id="a", domain="math", prompt="2 + 2?", reference={"answer": "4"})
HARD = r"\boxed{\int_0^4 \cos(\pi x)^2 + \frac{1}{2} dx}"  # needs a worker


def answers(env, indices):
    return [rf"\boxed{{{env.task(index).reference['answer']}}}" for index in indices]


@pytest.mark.slow
def test_a_hundred_responses_score_as_verify_does_through_make_and_step(samples, outcome):
    env = gymnasium.make(MIXTURE)
    for sample in samples:
        env.reset(options={"task": sample.task})
        _, reward, terminated, truncated, info = env.step(sample.response)
        assert (reward, terminated, truncated) == (sample.verdict.reward, True, False)
        assert outcome(info["verdict"]) == outcome(sample.verdict)
    env.close()


def test_the_sync_vector_environment_of_gymnasium_scores_each_answer():
    reference = MathEnv(seed=3)
    envs = gymnasium.make_vec(MATH, num_envs=3, vectorization_mode="sync", seed=3)
    _, infos = envs.reset(seed=5)
    right = answers(reference, infos["task_index"])
    _, rewards, terminated, _, _ = envs.step((right[0], "no idea", right[2]))
    assert rewards.tolist() == [1.0, 0.0, 1.0] and terminated.all()
    envs.close()


@pytest.mark.parametrize("context", [None, "spawn"])
def test_shared_memory_is_refused_with_what_to_set_before_a_process_starts(context):
    before = multiprocessing.active_children()
    with pytest.raises(ValueError, match="shared_memory=False") as caught:
        gymnasium.make_vec(MATH, num_envs=2, vectorization_mode="async", vector_kwargs={"context": context})
    assert "texts have no fixed size" in str(caught.value.__cause__)
    assert multiprocessing.active_children() == before


@pytest.mark.slow
def test_the_async_vector_environment_scores_each_answer_without_shared_memory():
    reference = MathEnv()
    envs = gymnasium.make_vec(
        MATH, num_envs=2, vectorization_mode="async", vector_kwargs={"shared_memory": False, "context": "spawn"}
    )
    try:
        _, infos = envs.reset(seed=5)
        right = answers(reference, infos["task_index"])
        assert envs.step((right[0], "no idea"))[1].tolist() == [1.0, 0.0]
    finally:
        envs.close()


def test_the_vector_statistics_of_gymnasium_count_the_episodes_of_its_sync_mode():
    reference = MathEnv()
    envs = RecordVectorStatistics(gymnasium.make_vec(MATH, num_envs=2, vectorization_mode="sync"), buffer_length=10)
    _, infos = envs.reset(seed=5)
    for _ in range(2):
        right = answers(reference, infos["task_index"])
        assert envs.step((right[0], "no idea"))[1].tolist() == [1.0, 0.0]
        _, _, _, _, infos = envs.step(("", ""))  # a slot that ended is reset in the next step
    assert list(envs.return_queue) == [1.0, 0.0] * 2 and set(envs.length_queue) == {1}
    envs.close()


def test_episode_statistics_and_time_limits_of_gymnasium_apply():
    env = RecordEpisodeStatistics(gymnasium.make(MATH))
    _, info = env.reset(seed=1)
    (right,) = answers(env.unwrapped, [info["task_index"]])
    _, _, _, _, info = env.step(right)
    assert (info["episode"]["r"], info["episode"]["l"]) == (1.0, 1)
    game = gymnasium.make("prorl_rllib:prorl/Logic-v0", datasets=["jugs"], move_by_move=True, max_episode_steps=2)
    assert isinstance(game, TimeLimit)
    game.reset(options={"task_index": 0})
    ends = [game.step("<answer>fill A</answer>")[2:4] for _ in range(2)]
    assert ends == [(False, False), (False, True)]


def test_a_wrapper_changes_the_reward_of_an_environment_that_passes_the_checker():
    env = TransformReward(gymnasium.make(MATH), lambda reward: 2 * reward - 1)
    _, info = env.reset(seed=1)
    assert env.step(*answers(env.unwrapped, [info["task_index"]]))[1] == 1.0
    env.reset(seed=1)
    assert env.step("no idea")[1] == -1.0
    check_env(env.unwrapped, skip_render_check=True)


class RaiseOnError(gymnasium.Wrapper):
    """The wrapper of the documentation: a failure of the machinery is an error."""

    def step(self, action):
        result = self.env.step(action)
        verdict = result[4].get("verdict")
        if verdict is not None and verdict.status == "error":
            raise VerifierError(verdict.detail)
        return result


def test_a_failure_of_the_machinery_is_told_from_a_reward_of_zero(failing_machinery):
    env = RaiseOnError(gymnasium.make(MATH))
    env.reset(options={"task": SUM})
    assert env.step("no idea")[1] == 0.0
    env.reset(options={"task": SUM})
    with pytest.raises(VerifierError, match="died twice"):
        env.step(HARD)


class Numbers(gymnasium.Wrapper):
    """The wrapper of the documentation: bytes of the prompt in, a whole number of -50 to 49 as answer."""

    def __init__(self, env):
        super().__init__(env)
        self.observation_space = gymnasium.spaces.Box(0, 255, (256,), np.uint8)
        self.action_space = gymnasium.spaces.Discrete(100)

    def as_bytes(self, text):
        return np.frombuffer(text.encode()[:256].ljust(256, b"\0"), np.uint8).copy()

    def reset(self, **kwargs):
        text, info = self.env.reset(**kwargs)
        return self.as_bytes(text), info

    def step(self, action):
        text, *others = self.env.step(rf"\boxed{{{int(action) - 50}}}")
        return self.as_bytes(text), *others


def test_a_wrapper_gives_numbers_to_agents_that_take_no_texts():
    env = Numbers(gymnasium.make(MATH, datasets=["sum_chain"]))
    observation, _ = env.reset(options={"task": SUM})
    assert observation in env.observation_space and env.step(54)[1] == 1.0


@pytest.mark.interop
def test_the_checker_of_stable_baselines3_wants_numbers_and_passes_with_them():
    checker = pytest.importorskip(
        "stable_baselines3.common.env_checker", reason="Stable-Baselines3 is not installed here: make test-interop"
    )
    env = gymnasium.make(MATH, datasets=["sum_chain"]).unwrapped
    with pytest.raises(AssertionError, match="must be a numpy array"):
        checker.check_env(env, warn=False, skip_render_check=True)
    checker.check_env(Numbers(env), warn=True, skip_render_check=True)


@pytest.mark.interop
def test_stable_baselines3_refuses_texts_and_trains_on_numbers():
    sb3 = pytest.importorskip("stable_baselines3", reason="Stable-Baselines3 is not installed here: make test-interop")
    env = gymnasium.make(MATH, datasets=["sum_chain"])
    with pytest.raises(TypeError):
        sb3.PPO("MlpPolicy", env)
    ppo = sb3.PPO("MlpPolicy", Numbers(env), n_steps=4, batch_size=4, n_epochs=1, device="cpu").learn(8)
    assert ppo.num_timesteps == 8
