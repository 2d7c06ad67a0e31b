import pytest
from hypothesis import given
from hypothesis import strategies as st
from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.algorithms.prorl.driver_metrics import rollout_facts, sampling_metrics
from prorl_rllib.algorithms.prorl.dynamic_sampling import SamplingCapError, groups_to_train_on, sample_until_full
from prorl_rllib.algorithms.prorl.signal import drop_failed_verifications, has_signal
from prorl_rllib.env_runners import columns


def group(rewards, tokens=None, domain="math"):
    episodes = []
    for index, reward in enumerate(rewards):
        episode = SingleAgentEpisode()
        episode.add_env_reset(observation="?", infos={columns.GROUP_ID: "0", columns.DOMAIN: domain})
        outputs = {
            columns.TOKEN_IDS: (tokens or range(len(rewards)))[index : index + 1],
            columns.FINISH_REASON: "stop",
        }
        episode.add_env_step("", "!", reward, infos={}, terminated=True, extra_model_outputs=outputs)
        episodes.append(episode)
    return episodes


def sampler(groups):
    """A function that hands out groups in order and notes how many it was asked for."""
    asked = []

    def sample(count):
        start = sum(asked)
        asked.append(count)
        return groups[start : start + count]

    return sample, asked


GOOD, BAD = group([0.0, 1.0]), group([1.0, 1.0])


@given(st.lists(st.booleans(), min_size=60, max_size=60), st.integers(0, 3), st.integers(1, 6), st.integers(1, 5))
def test_a_batch_is_filled_exactly_or_the_rounds_are_used_up(signals, num_waiting, size, max_rounds):
    waiting = [GOOD] * min(num_waiting, size - 1)
    sample, asked = sampler([GOOD if signal else BAD for signal in signals])
    batch = sample_until_full(sample, waiting, groups=size, max_rounds=max_rounds)
    assert len(batch.kept) <= size
    assert len(batch.kept) == size or batch.rounds == max_rounds
    assert batch.rounds == len(asked)
    assert len(batch.sampled) == sum(asked)
    assert all(has_signal(one) for one in batch.kept)
    assert 0.0 <= batch.efficiency <= 1.0
    assert batch.efficiency == (len(batch.kept) - len(waiting)) / len(batch.sampled)


def test_groups_that_wait_never_make_a_batch_larger_than_asked_for():
    """A run may be resumed with smaller batches than that in which the groups began to wait."""
    sample, asked = sampler([GOOD])
    batch = sample_until_full(sample, [GOOD] * 5, groups=2, max_rounds=3)
    assert (batch.kept, batch.waited, batch.rounds, asked) == ([GOOD] * 2, 2, 0, [])


def test_a_capped_batch_trains_waits_or_ends_the_run():
    batch = sample_until_full(sampler([GOOD, BAD, BAD, BAD])[0], [], groups=2, max_rounds=2)
    assert groups_to_train_on(batch, groups=2, on_cap="train") == [GOOD]
    assert groups_to_train_on(batch, groups=2, on_cap="skip") == []
    with pytest.raises(SamplingCapError, match=r"1 of 2 groups have signal after 2 rounds.*max_sampling_rounds"):
        groups_to_train_on(batch, groups=2, on_cap="error")


@pytest.mark.parametrize("on_cap", ["train", "skip", "error"])
def test_a_full_batch_trains_whatever_the_cap_says(on_cap):
    batch = sample_until_full(sampler([GOOD, GOOD])[0], [], groups=2, max_rounds=1)
    assert groups_to_train_on(batch, groups=2, on_cap=on_cap) == [GOOD, GOOD]


@pytest.mark.parametrize("reward", [float("nan"), float("inf"), -float("inf")])
def test_a_reward_that_is_no_finite_number_leaves_its_group(reward):
    assert [len(one) for one in drop_failed_verifications([group([0.0, reward, 1.0])])] == [2]
    assert drop_failed_verifications([group([0.0, reward])]) == []


def test_metrics_count_what_was_left_out_and_what_repeats():
    nan = float("nan")
    groups = [group([0.0, 1.0], [7, 7]), group([1.0, 1.0], [7, 8], "code"), group([nan, 1.0], [7, 8])]
    batch = sample_until_full(sampler(groups)[0], [GOOD], groups=4, max_rounds=1)
    metrics = sampling_metrics(batch, num_too_long=0, seconds=2.0)
    assert metrics["prorl"]["groups_kept"] == 2
    assert metrics["prorl"]["groups_waited"] == 1
    assert metrics["prorl"]["sampling_efficiency"] == pytest.approx(1 / 3)
    episodes = metrics["env_runners"]
    assert episodes["nonfinite_reward_share"] == pytest.approx(1 / 6)
    assert episodes["duplicate_share"] == pytest.approx(1 / 6)
    assert episodes["zero_variance_share"] == pytest.approx(1 / 2)
    assert episodes["episode_return_mean"] == pytest.approx(4 / 5)
    facts = rollout_facts(batch)
    assert (facts["zero_variance_share/math"], facts["zero_variance_share/code"]) == (0.0, 1.0)
