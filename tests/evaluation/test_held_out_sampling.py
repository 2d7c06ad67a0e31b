import gymnasium as gym
import pytest

from prorl_rllib.envs import TextSpace, Verdict


class Letters(gym.Env):
    """A third party's environment of one or two turns, in which a random model earns varied rewards."""

    observation_space = TextSpace()
    action_space = TextSpace()

    def __init__(self, turns=1):
        self.turns = turns

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.turn = 0
        number = self.np_random.integers(10)
        return "Write " + ("!" * 400 if number == 0 else str(number)), {"domain": "odd" if number % 2 else "even"}

    def step(self, action):
        self.turn += 1
        right = bool(action) and ord(action[0]) % 2 == 0
        done = self.turn == self.turns
        status = "error" if action and ord(action[0]) % 7 == 0 else "scored"
        verdict = Verdict(reward=float(right and status == "scored"), status=status, answer=action[:1])
        return ("" if done else "More", verdict.reward if done else 0.0, done, False, {"verdict": verdict})


@pytest.fixture
def sample(tiny_model_path):
    """A function that samples 12 prompts, 3 answers each, and gives the batches."""
    from prorl_rllib.algorithms import ProRLConfig
    from prorl_rllib.env_runners.text_env_runner import SamplingSettings, TextEnvRunner
    from prorl_rllib.evaluation.held_out_prompts import evaluation_prompts
    from prorl_rllib.evaluation.held_out_sampling import sample_held_out

    def run(*, turns=1, **arguments):
        config = ProRLConfig().training(model=tiny_model_path).generation(engine_config={"max_num_seqs": 12})
        runner = TextEnvRunner(config=config, env_creator=lambda _: Letters(turns), worker_index=0)
        settings = SamplingSettings(group_size=3, max_completion_length=8, temperature=1.2, top_p=0.95)
        batches = list(
            sample_held_out(runner, evaluation_prompts(12, None), settings, prompts_per_batch=4, **arguments)
        )
        runner.stop()
        return batches

    return run


def records(batches):
    from prorl_rllib.evaluation.sample_records import records_of

    return [record for batch in batches for record in records_of(batch)]


def test_sampling_that_goes_on_at_a_batch_equals_one_that_was_not_cut_off(sample):
    whole = sample()
    assert [len(batch) for batch in whole] == [4, 4, 4]
    assert records(sample(start=4)) == records(whole[1:])
    with pytest.raises(ValueError, match="multiple of 4"):
        sample(start=3)


def test_a_prompt_that_does_not_fit_has_no_samples_and_the_others_keep_their_places(sample):
    prompts = [prompt for batch in sample() for prompt in batch]
    assert [prompt.index for prompt in prompts] == list(range(12))
    sizes = {prompt.index: len(prompt.episodes) for prompt in prompts}
    assert set(sizes.values()) == {0, 3}
    assert {record.prompt_index for record in records([prompts])} == {index for index, size in sizes.items() if size}


def test_figures_of_the_records_are_those_that_training_reports_of_the_episodes(sample):
    from prorl_rllib.algorithms.prorl.rollout_metrics import evaluation_metrics
    from prorl_rllib.evaluation.sample_figures import SampleTally

    batches = sample()
    episodes = [episode for batch in batches for prompt in batch for episode in prompt.episodes]
    reported, tally = evaluation_metrics(episodes), SampleTally()
    tally.add(records(batches))
    found = tally.figures((1, 2))
    assert found["all"].pass_at[2] == pytest.approx(reported["pass@2"])
    assert {name: part["pass@2"] for name, part in reported["domains"].items()} == pytest.approx(
        {name: part.pass_at[2] for name, part in found.items() if name != "all"}
    )
    assert 0 < reported["verifier_error_share"] == tally.num_failed / len(episodes)
    assert found["all"].reward_mean == pytest.approx(reported["episode_return_mean"])
    assert found["all"].tokens_mean == pytest.approx(reported["completion_tokens_mean"])
    assert found["all"].truncated_share == pytest.approx(reported["truncated_share"])
    assert found["all"].num_tasks == reported["num_tasks"]
    assert {name: part.num_tasks for name, part in found.items() if name != "all"} == {
        name: part["num_tasks"] for name, part in reported["domains"].items()
    }


def test_a_record_says_what_was_asked_answered_and_decided(sample):
    (first, *_), episode = records(sample()), sample()[0][0].episodes[0]
    tokens = episode.get_extra_model_outputs("token_ids", 0)
    assert first.prompt == episode.get_observations(0)
    assert first.response == episode.get_actions(0)
    assert first.num_tokens == len(tokens)
    assert first.logprob_sum == pytest.approx(float(episode.get_extra_model_outputs("logprobs", 0).sum()), abs=1e-5)
    assert first.answer == first.response[:1]
    assert first.later_turns is None


def test_a_record_of_several_turns_holds_the_whole_conversation(sample):
    first = records(sample(turns=2))[0]
    roles = [message["role"] for message in first.later_turns]
    assert roles == ["assistant", "user", "assistant"]
    assert first.later_turns[1]["content"] == "More"
    assert first.later_turns[-1]["content"] == first.response
