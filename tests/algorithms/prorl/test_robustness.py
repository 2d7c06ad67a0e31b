import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from ray.rllib.core import COMPONENT_LEARNER, COMPONENT_RL_MODULE, DEFAULT_MODULE_ID

LETTERS, NEVER = "letters_domain:LettersDomain", "letters_domain:NeverDomain"


@pytest.fixture(autouse=True)
def domains_in_reach(monkeypatch):
    # The pool hands its workers this process's import path.
    monkeypatch.setattr(sys, "path", [*sys.path, str(Path(__file__).parent)])


@pytest.fixture
def letters(make_config):
    """A function from env_config and overrides to a config on the letters domain, or a blend of domains."""

    def make(domains, **training):
        return make_config(max_sampling_rounds=3, **training).environment(
            "prorl_rllib:prorl/Mixture-v0", env_config={"domains": domains}
        )

    return make


def train(config, iterations):
    algo = config.build_algo()
    try:
        results = [algo.train() for _ in range(iterations)]
        state = algo.learner_group.get_state()[COMPONENT_LEARNER][COMPONENT_RL_MODULE][DEFAULT_MODULE_ID]
        return results, state
    finally:
        algo.stop()


def assert_finite(state):
    assert all(np.isfinite(np.asarray(value)).all() for value in state.values())


def moved(state):
    return any(not np.array_equal(state[name], state["ref" + name[2:]]) for name in state if name.startswith("lm."))


def test_rewards_that_are_no_numbers_are_left_out_counted_and_said(make_config):
    config = make_config(env_config={"nan_rewards": 3}).reference_reset(period=None)
    results, state = train(config, 3)
    shares = [result["env_runners"]["nonfinite_reward_share"] for result in results]
    assert 0 < max(shares) < 1
    assert "no finite numbers" in "".join(result["health_warnings"] for result in results)
    assert all(np.isfinite(result["env_runners"]["episode_return_mean"]) for result in results)
    assert all(np.isfinite(result["learners"][DEFAULT_MODULE_ID]["kl"]) for result in results)
    assert_finite(state)
    assert moved(state)


def test_rewards_that_are_never_numbers_leave_the_weights_alone(make_config):
    results, state = train(make_config(env_config={"broken_reward": True}).reference_reset(period=None), 2)
    assert [result["env_runners"]["nonfinite_reward_share"] for result in results] == [1.0, 1.0]
    assert [result["prorl"]["groups_kept"] for result in results] == [0, 0]
    assert_finite(state)
    assert not moved(state)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_gradients_that_are_not_finite_now_and_then_skip_their_steps_and_training_goes_on(make_config, value):
    algo = make_config().reference_reset(period=None).build_algo()
    try:
        parameter = next(algo.learner_group._learner.policy_module().lm.parameters())
        calls = []

        def spoil(gradient):
            calls.append(1)
            return torch.full_like(gradient, value) if len(calls) % 2 else gradient

        parameter.register_hook(spoil)
        results = [algo.train() for _ in range(2)]
        state = algo.learner_group.get_state()[COMPONENT_LEARNER][COMPONENT_RL_MODULE][DEFAULT_MODULE_ID]
        assert sum(result["learners"][DEFAULT_MODULE_ID]["skipped_steps"] for result in results) >= 1
        assert "not finite" in "".join(result["health_warnings"] for result in results)
        assert_finite(state)
    finally:
        algo.stop()


def test_a_verifier_whose_workers_die_is_no_reward_of_zero_and_the_run_goes_on(letters):
    results, state = train(letters({LETTERS: {"worker_dies": True}}, group_size=2, prompts_per_step=2), 1)
    assert results[0]["env_runners"]["verifier_error_share"] == 1.0
    assert "verifications failed" in results[0]["health_warnings"]
    assert "episode_return_mean" not in results[0]["env_runners"]
    assert results[0]["prorl"]["groups_kept"] == 0
    assert_finite(state)
    assert not moved(state)


def test_a_blend_of_which_one_domain_gives_no_signal_learns_from_the_other_and_says_so(letters):
    results, state = train(letters({LETTERS: {}, NEVER: {}}).reference_reset(period=None), 2)
    domains = results[-1]["env_runners"]["domains"]
    assert domains["never"]["zero_variance_share"] == 1.0
    assert domains["letters"]["zero_variance_share"] < 1.0
    assert "domain 'never': 100%" in "".join(result["health_warnings"] for result in results)
    assert all(result["prorl"]["groups_kept"] > 0 for result in results)
    assert_finite(state)
    assert moved(state)


def test_groups_without_signal_never_reach_a_learner(letters, monkeypatch):
    from prorl_rllib.algorithms.prorl.signal import has_signal

    algo = letters({LETTERS: {}, NEVER: {}}).build_algo()
    try:
        seen = []
        update = algo.learner_group.update

        def spy(*, training_data, **kwargs):
            seen.extend(group for step in training_data.optimizer_steps for group in step)
            return update(training_data=training_data, **kwargs)

        monkeypatch.setattr(algo.learner_group, "update", spy)
        result = algo.train()
        assert len(seen) == result["prorl"]["groups_kept"] < result["prorl"]["groups_sampled"]
        assert all(has_signal(group) for group in seen)
    finally:
        algo.stop()


@pytest.mark.parametrize("domains", [{LETTERS: {}, NEVER: {}}, {NEVER: {}}], ids=["some have signal", "none has"])
def test_groups_without_signal_cost_no_forward_pass(letters, domains):
    """One row a sequence: policy and reference compute those of the groups with signal, once each, and no other."""
    config = letters(domains, packing=False, shared_prefix=False).reference_reset(period=None)
    algo = config.build_algo()
    try:
        rows = {"lm": 0, "ref": 0}
        module = algo.learner_group._learner.policy_module()

        def count(name):
            def note(model, args, kwargs):
                tokens = kwargs["input_ids"] if "input_ids" in kwargs else args[0]
                rows[name] += len(tokens)

            return note

        for name in rows:
            getattr(module, name).base_model.register_forward_pre_hook(count(name), with_kwargs=True)
        result = algo.train()
        kept = result["prorl"]["groups_kept"] * config.group_size
        # And the few known tokens of the one weight sync.
        assert rows == {"lm": kept + 1, "ref": kept}
        assert kept < result["env_runners"]["num_episodes"]
        assert bool(kept) is (LETTERS in domains)
    finally:
        algo.stop()


def curriculum_run(config, restore=None, save=None, iterations=4):
    algo = config.build_algo()
    try:
        if restore:
            algo.restore_from_path(restore)
        results = [algo.train() for _ in range(iterations)]
        if save:
            algo.save_to_path(save)
        return results, algo._remembered.prompt_stream.get_state()
    finally:
        algo.stop()


def test_the_difficulty_follows_the_success_rate_and_resumes(letters, tmp_path):
    def config():
        made = letters({LETTERS: {"difficulty": 2}, NEVER: {"difficulty": 3}}, group_size=8)
        return made.curriculum(
            enabled=True, target_low=0.01, target_high=0.03, window=32, difficulty={"letters": (1, 3)}
        )

    results, state = curriculum_run(config())
    levels = [result["prorl"]["difficulty"] for result in results]
    # Some answers are right by chance: harder, up to the bound. Nothing is ever right: easier.
    assert levels[-1]["letters/often"] == 3
    assert levels[-1]["never/never"] < 3
    assert "difficulty of letters/often is now 3" in "".join(result["events"] for result in results)
    curriculum_run(config(), save=tmp_path / "checkpoint", iterations=2)
    resumed, resumed_state = curriculum_run(config(), restore=tmp_path / "checkpoint", iterations=2)
    assert resumed_state == state
    assert [result["prorl"]["difficulty"] for result in resumed] == levels[2:]


def test_a_curriculum_without_tasks_of_several_difficulties_is_refused(make_config):
    with pytest.raises(ValueError, match="several difficulties"):
        make_config().curriculum(enabled=True).build_algo()
