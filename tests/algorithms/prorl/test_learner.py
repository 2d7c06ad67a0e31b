"""What the learner keeps and adapts from update to update: KL coefficient, learning rate, settings of stages."""

import copy
import math

import numpy as np
import pytest
import torch
from ray.rllib.core import COMPONENT_RL_MODULE, DEFAULT_MODULE_ID

from prorl_rllib.algorithms.prorl.learner_totals import LearnerTotals
from prorl_rllib.algorithms.prorl.training_data import GroupTrainingData


@pytest.fixture
def train(make_groups):
    """A function that updates a learner on the rollout batch of a number and returns its figures."""

    def step(learner, number, *, optimizer_steps=2):
        steps = [make_groups(seed=10 * number + index, num_groups=2) for index in range(optimizer_steps)]
        results = learner.update(training_data=GroupTrainingData(optimizer_steps=steps))[DEFAULT_MODULE_ID]
        return {key: float(value.peek()) for key, value in results.items()}

    return step


def policy_and_reference(learner):
    return {
        name: np.asarray(value) for name, value in learner.get_state()[COMPONENT_RL_MODULE][DEFAULT_MODULE_ID].items()
    }


def assert_same_weights(left, right):
    left, right = policy_and_reference(left), policy_and_reference(right)
    assert left.keys() == right.keys()
    for name in left:
        assert np.array_equal(left[name], right[name]), name


def test_an_adaptive_coefficient_follows_the_kl_by_zieglers_rule(make_learner, train):
    learner = make_learner(kl_coeff=0.1, kl_target=1e-3, kl_horizon=100)
    coefficient = 0.1
    for number in range(4):
        figures = train(learner, number)
        assert figures["kl_coeff"] == pytest.approx(coefficient)
        # Two steps of two groups of four completions; the error is bounded to a fifth.
        error = min(max(figures["kl"] / 1e-3 - 1, -0.2), 0.2)
        coefficient *= 1 + error * 16 / 100
        assert learner.kl_coeff == pytest.approx(coefficient)


def test_a_fixed_coefficient_stays(make_learner, train):
    learner = make_learner(kl_coeff=0.1)
    for number in range(2):
        train(learner, number)
    assert learner.kl_coeff == 0.1


def test_a_kl_that_is_no_number_leaves_the_coefficient_alone(make_learner):
    learner = make_learner(kl_coeff=0.1, kl_target=1e-3)
    learner._settings.observe_kl(math.nan, 16)
    assert learner.kl_coeff == 0.1


def test_the_learning_rate_warms_up_again_after_a_reset_while_its_decay_goes_on(make_learner, train):
    learner = make_learner(lr=1.0, lr_schedule="linear", lr_warmup_steps=2, lr_decay_steps=8, lr_min_factor=0.5)
    # Steps by one: 1/2, 1 (warm-up), then a fall from 1 to 1/2 over 8 steps.
    rates = [train(learner, number, optimizer_steps=1)["learning_rate"] for number in range(4)]
    assert rates == pytest.approx([0.5, 1.0, 1.0, 1.0 - 1 / 16])
    learner.reset_reference()
    rates = [train(learner, number, optimizer_steps=1)["learning_rate"] for number in range(3)]
    assert rates == pytest.approx([(1 - 2 / 16) / 2, 1 - 3 / 16, 1 - 4 / 16])


RESUMED = {
    "adaptive KL": {"kl_coeff": 0.1, "kl_target": 1e-3, "kl_horizon": 100},
    "adaptive KL in the reward": {
        "kl_coeff": 0.1,
        "kl_target": 1e-3,
        "kl_horizon": 100,
        "kl_placement": "reward",
        "kl_estimator": "k1",
    },
    "cosine schedule": {"lr_schedule": "cosine", "lr_decay_steps": 7},
    "cycle of the length penalty": {
        "cosine_length": {"min": -1.0, "max": 0.0, "weight": 2.0},
        "cosine_length_on": 2,
        "cosine_length_off": 2,
    },
    "v2": {
        "advantage_estimator": "reinforce_plus_plus_baseline",
        "mismatch_correction": "icepop",
        "kl_estimator": "k2",
    },
}


@pytest.mark.parametrize("settings", RESUMED.values(), ids=RESUMED)
def test_resume_is_bit_exact_through_a_reset_and_a_stage(make_learner, train, settings):
    original = make_learner(**settings)
    for number in range(3):
        train(original, number)
        if number == 1:
            original.reset_reference()
            original.apply_settings({"clip_high": 0.3, "lr": 5e-4})
    state = copy.deepcopy(original.get_state())
    resumed = make_learner(**settings)
    resumed.set_state(state)
    # The driver says again what the state already holds.
    resumed.apply_settings({"clip_high": 0.3, "lr": 5e-4})
    for number in range(3, 6):
        assert train(original, number) == pytest.approx(train(resumed, number), rel=0, abs=0, nan_ok=True)
    assert resumed.kl_coeff == original.kl_coeff
    assert_same_weights(original, resumed)


def test_a_coefficient_changed_in_the_config_wins_over_a_restored_one(make_learner, train):
    adaptive = {"kl_target": 1e-3, "kl_horizon": 100}
    original = make_learner(kl_coeff=0.1, **adaptive)
    train(original, 0)
    changed = make_learner(kl_coeff=0.7, **adaptive)
    changed.set_state(copy.deepcopy(original.get_state()))
    assert changed.kl_coeff == 0.7
    same = make_learner(kl_coeff=0.1, **adaptive)
    same.set_state(copy.deepcopy(original.get_state()))
    assert same.kl_coeff == original.kl_coeff != 0.1


def test_settings_of_the_optimizer_changed_in_the_config_win_over_restored_ones(make_learner, train):
    original = make_learner(adam_betas=(0.9, 0.999), adam_epsilon=1e-8, weight_decay=0.0)
    train(original, 0)
    changed = make_learner(adam_betas=(0.8, 0.98), adam_epsilon=1e-6, weight_decay=0.1)
    changed.set_state(copy.deepcopy(original.get_state()))
    optimizer = next(iter(changed._optimizer_parameters))
    group = optimizer.param_groups[0]
    assert (group["betas"], group["eps"], group["weight_decay"]) == ((0.8, 0.98), 1e-6, 0.1)
    assert all(entry["exp_avg"].any() for entry in optimizer.state.values())  # the moments went along


def test_settings_of_a_stage_replace_the_last_ones_and_can_be_taken_back(make_learner):
    learner = make_learner(kl_coeff=0.1, clip_high=0.4)
    learner.apply_settings({"kl_coeff": 0.2, "clip_high": 0.3})
    assert (learner.kl_coeff, learner.config.clip_high) == (0.2, 0.3)
    learner.apply_settings({"clip_high": 0.25})
    assert (learner.kl_coeff, learner.config.clip_high) == (0.1, 0.25)
    learner.apply_settings({})
    assert (learner.kl_coeff, learner.config.clip_high) == (0.1, 0.4)


def test_an_earlier_state_takes_the_settings_of_a_later_stage_back(make_learner, train):
    learner = make_learner(kl_coeff=0.1)
    state = copy.deepcopy(learner.get_state())
    learner.apply_settings({"kl_coeff": 0.2})
    learner.set_state(state)
    assert learner.kl_coeff == 0.1


@pytest.mark.parametrize(
    ("settings", "optimizer_steps", "policy", "reference"),
    [
        ({"kl_coeff": 0.1}, 2, False, True),
        ({"kl_coeff": 0.0}, 2, False, False),
        ({"kl_coeff": 0.1, "mismatch_correction": "icepop"}, 2, True, True),
        # With one optimizer step the old policy is the one being trained.
        ({"kl_coeff": 0.1, "mismatch_correction": "icepop"}, 1, False, True),
        ({"kl_coeff": 0.0, "old_logprobs": "learner"}, 2, True, False),
    ],
)
def test_reference_and_old_policy_run_only_where_needed_and_before_the_first_step(
    make_learner, train, monkeypatch, settings, optimizer_steps, policy, reference
):
    learner = make_learner(**settings)
    module, calls = learner.policy_module(), []
    batch_logprobs, apply_gradients = module.batch_logprobs, learner.apply_gradients

    def noted(microbatches, **wanted):
        calls.append(wanted)
        return batch_logprobs(microbatches, **wanted)

    def stepped(gradients):
        calls.append("step")
        apply_gradients(gradients)

    monkeypatch.setattr(module, "batch_logprobs", noted)
    monkeypatch.setattr(learner, "apply_gradients", stepped)
    train(learner, 0, optimizer_steps=optimizer_steps)
    wanted = {"policy": policy, "reference": reference}
    assert calls == [wanted] * optimizer_steps + ["step"] * optimizer_steps


def test_recomputed_old_logprobs_make_the_first_ratio_one(make_learner, train):
    # The sampler of these groups is far from the policy.
    assert train(make_learner(), 0, optimizer_steps=1)["clip_fraction"] > 0.1
    assert train(make_learner(old_logprobs="learner"), 0, optimizer_steps=1)["clip_fraction"] == 0.0


def test_the_gap_to_the_sampler_and_what_a_correction_masks_are_reported(make_learner, train, make_groups):
    figures = train(make_learner(mismatch_correction="icepop"), 0)
    assert figures["logprob_gap"] > 0.1
    assert figures["logprob_gap_max"] > figures["logprob_gap"]
    assert figures["sampler_kl"] > 0
    assert 0 < figures["mismatch_masked_share"] < 1
    assert figures["mismatch_masked_sequence_share"] == 0
    sequences = train(make_learner(mismatch_correction="sequence_mask", mismatch_low=0.8, mismatch_high=1.25), 0)
    assert 0 < sequences["mismatch_masked_sequence_share"] < 1


def test_figures_are_means_over_all_tokens_whatever_the_split(make_learner, train):
    def figures(**layout):
        learner = make_learner(kl_coeff=0.1, **layout)
        with torch.no_grad():
            for parameter in learner.policy_module().ref.parameters():
                parameter.mul_(0.9)
        found = train(learner, 0, optimizer_steps=1)
        return {key: found[key] for key in ("kl", "entropy", "policy_loss", "clip_fraction", "logprob_gap_max")}

    padded = {"packing": False, "shared_prefix": False}
    whole = figures(max_tokens_per_microbatch=100_000, **padded)
    assert whole["kl"] > 1e-4
    assert figures(max_tokens_per_microbatch=10, **padded) == pytest.approx(whole, rel=1e-3)
    assert figures(max_tokens_per_microbatch=90, packing=True, shared_prefix=True) == pytest.approx(whole, rel=1e-3)


class Twice:
    """Two learners that have the same."""

    def gather(self, value):
        return [value, ([*value[0], "only the other's"], value[1])]

    def sum(self, values):
        return values * 2

    def maximum(self, values):
        return values.clamp(min=5.0)


def test_totals_are_reduced_over_learners_but_for_what_they_have_in_common():
    totals = LearnerTotals()
    totals.add({"tokens": 3, "kl": torch.tensor(0.5)})
    totals.add({"tokens": 1, "kl": torch.tensor(0.25)})
    totals.maximum("gap", torch.tensor(2.0))
    totals.maximum("gap", torch.tensor(1.0))
    totals.count("steps")
    found = totals.over_learners(Twice())
    assert found == {"tokens": 8.0, "kl": 1.5, "only the other's": 0.0, "gap": 5.0, "steps": 1.0}
