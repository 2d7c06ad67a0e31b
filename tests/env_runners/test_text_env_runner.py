import numpy as np
import pytest

from prorl_rllib.env_runners import columns
from prorl_rllib.env_runners.prompt_request import PromptRequest
from prorl_rllib.env_runners.text_env_runner import SamplingSettings, TextEnvRunner

SETTINGS = SamplingSettings(group_size=3, max_completion_length=6, temperature=1.0, top_p=1.0)
HOW = {"prompts_per_batch": 2, "timeout_s": 60.0}
MATH = {"datasets": ["sum_chain"]}


@pytest.fixture(scope="module")
def make_runner(tiny_model_path):
    """A function from env_config and the environment's id to a runner without Ray actors."""
    import gymnasium as gym

    from prorl_rllib.algorithms import ProRLConfig

    runners = []

    def make(env="prorl_rllib:prorl/Math-v0", env_config=MATH, wrap=lambda env: env):
        config = ProRLConfig().environment(env, env_config=env_config).training(model=tiny_model_path)
        config.generation(engine_config={"max_num_seqs": 8})
        runner = TextEnvRunner(
            config=config, env_creator=lambda context: wrap(gym.make(env, **context)), worker_index=0
        )
        runners.append(runner)
        return runner

    yield make
    for runner in runners:
        runner.stop()


def prompts(count, start=0):
    return [PromptRequest(group_id=str(i), task_index=i, seed=100 + i) for i in range(start, start + count)]


def sample(runner, requests, **kwargs):
    return runner.sample(prompts=requests, settings=SETTINGS, weights_version=0, **HOW, **kwargs)


def tokens(episodes):
    return [episode.get_extra_model_outputs(columns.TOKEN_IDS, 0) for episode in episodes]


def test_every_prompt_gets_its_group_in_order(make_runner):
    episodes = sample(make_runner(), prompts(4))
    assert [episode.get_infos(0)[columns.GROUP_ID] for episode in episodes] == [str(i // 3) for i in range(12)]
    for first in range(0, 12, 3):
        assert len({episode.get_observations(0) for episode in episodes[first : first + 3]}) == 1
    assert len(set(tokens(episodes))) > 4


def test_the_same_requests_give_the_same_episodes(make_runner):
    runner = make_runner()
    assert tokens(sample(runner, prompts(3))) == tokens(sample(runner, prompts(3)))


def test_an_episode_carries_tokens_logprobs_verdict_and_version(make_runner):
    episode = sample(make_runner(), prompts(1))[0]
    assert len(tokens([episode])[0]) == len(episode.get_extra_model_outputs(columns.LOGPROBS, 0)) <= 6
    assert np.all(np.asarray(episode.get_extra_model_outputs(columns.LOGPROBS, 0)) <= 0)
    assert episode.get_infos(-1)[columns.VERDICT].reward == episode.get_return()
    assert episode.get_infos(0)[columns.DOMAIN] == "math"
    assert episode.get_extra_model_outputs(columns.WEIGHTS_VERSION, 0) == 0
    assert episode.is_done


def test_the_prompt_is_encoded_from_the_messages_with_the_chat_template(make_runner, tiny_model_path):
    from transformers import AutoTokenizer

    episode = sample(make_runner(), prompts(1))[0]
    text = AutoTokenizer.from_pretrained(tiny_model_path).decode(episode.get_infos(0)[columns.OBSERVATION_TOKEN_IDS])
    assert text == f"<|im_start|>user\n{episode.get_observations(0)}<|im_end|>\n<|im_start|>assistant\n"


def test_evaluation_uses_the_heldout_split(make_runner):
    runner = make_runner()
    training = {episode.get_observations(0) for episode in sample(runner, prompts(30))}
    heldout = {episode.get_observations(0) for episode in sample(runner, prompts(30), evaluation=True)}
    assert not training & heldout


def test_a_runner_with_other_weights_refuses_to_sample(make_runner):
    runner = make_runner()
    with pytest.raises(RuntimeError, match="weights version 0, asked to sample with version 7"):
        runner.sample(prompts=prompts(1), settings=SETTINGS, weights_version=7, **HOW)
    report = runner.sample_report(prompts=prompts(1), settings=SETTINGS, weights_version=7, **HOW)
    assert report.stale
    assert not report.error


def test_a_prompt_that_does_not_fit_is_named_and_the_others_are_sampled(make_runner):
    long_prompt = {"datasets": ["sum_chain"], "answer_instruction": "x" * 300}
    runner = make_runner(env_config=long_prompt)
    report = runner.sample_report(prompts=prompts(2), settings=SETTINGS, weights_version=0, **HOW)
    assert report.too_long == ["0", "1"]
    assert report.episodes == []


def test_an_exception_is_reported_with_its_traceback(make_runner):
    runner = make_runner()
    bad = [PromptRequest(group_id="0", task_index=-5, seed=0)]
    report = runner.sample_report(prompts=bad, settings=SETTINGS, weights_version=0, **HOW)
    assert "Traceback" in report.error
    assert "-5" in report.error


def test_a_wrapper_of_the_users_is_stepped_not_bypassed(make_runner):
    import gymnasium as gym

    class Bonus(gym.Wrapper):
        def step(self, action):
            observation, reward, terminated, truncated, info = self.env.step(action)
            return observation, reward + 100.0, terminated, truncated, info

    runner = make_runner(wrap=Bonus)
    assert all(episode.get_return() >= 100.0 for episode in sample(runner, prompts(2)))
