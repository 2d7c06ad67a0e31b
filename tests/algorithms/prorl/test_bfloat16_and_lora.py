"""The learner with half-precision weights, and with a low-rank adapter (needs peft)."""

import copy

import pytest
import torch
from ray.rllib.core import COMPONENT_RL_MODULE, DEFAULT_MODULE_ID

from prorl_rllib.algorithms.master_weights import MasterWeightsAdamW
from prorl_rllib.algorithms.prorl.training_data import GroupTrainingData


def settings_of(kind):
    if kind == "bfloat16":
        return {"model_dtype": "bfloat16", "packing": True, "shared_prefix": True}
    pytest.importorskip("peft")
    dtype = "float32" if kind == "lora" else "bfloat16"
    return {"model_dtype": dtype, "lora": {"rank": 4}, "packing": True}


KINDS = ("bfloat16", "lora", "lora on bfloat16")


@pytest.fixture
def train(make_groups):
    def step(learner, number):
        steps = [make_groups(seed=10 * number + index, num_groups=2) for index in range(2)]
        results = learner.update(training_data=GroupTrainingData(optimizer_steps=steps))[DEFAULT_MODULE_ID]
        return {key: float(value.peek()) for key, value in results.items()}

    return step


def weights(learner):
    return learner.get_state()[COMPONENT_RL_MODULE][DEFAULT_MODULE_ID]


@pytest.mark.parametrize("kind", KINDS)
def test_resume_is_bit_exact_through_a_reset(make_learner, train, kind):
    settings = {"kl_coeff": 0.1, "reset_clear_optimizer": False, **settings_of(kind)}
    original = make_learner(**settings)
    for number in range(3):
        train(original, number)
        if number == 1:
            assert original.reset_reference() == 0
    state = copy.deepcopy(original.get_state())
    resumed = make_learner(**settings)
    resumed.set_state(state)
    for number in range(3, 5):
        assert train(original, number) == train(resumed, number)
    for name, value in weights(original).items():
        assert torch.equal(value, weights(resumed)[name]), name


@pytest.mark.parametrize("kind", KINDS)
def test_policy_and_reference_agree_until_the_first_step_and_after_a_reset(make_learner, train, kind):
    learner = make_learner(kl_coeff=0.1, prompts_per_optimizer_step=4, **settings_of(kind))
    module = learner.policy_module()
    assert module.reference_difference() == 0
    figures = train(learner, 0)
    assert figures["grad_norm"] > 0 and figures["skipped_steps"] == 0
    assert module.reference_difference() > 0
    assert learner.reset_reference() == 0


def test_steps_too_small_for_bfloat16_are_not_lost(make_learner, train):
    learner = make_learner(lr=1e-5, lr_warmup_steps=1, kl_coeff=0.0, weight_decay=0.0, **settings_of("bfloat16"))
    (optimizer,) = learner._optimizer_parameters
    assert isinstance(optimizer, MasterWeightsAdamW)
    before = [master.clone() for master in optimizer.masters]
    for number in range(3):
        train(learner, number)
    moved = torch.cat([(new != old).flatten() for new, old in zip(optimizer.masters, before, strict=True)])
    assert float(moved.float().mean()) > 0.5
    for weight, master in zip(learner.policy_module().trainable_parameters(), optimizer.masters, strict=True):
        assert torch.equal(weight, master.bfloat16())


def test_weights_given_without_an_optimizer_are_trained_on(make_learner, train):
    learner, other = (make_learner(lr=1e-5, **settings_of("bfloat16")) for _ in range(2))
    given = {name: value * 0.5 for name, value in weights(other).items()}
    learner.set_state({COMPONENT_RL_MODULE: {DEFAULT_MODULE_ID: given}})
    train(learner, 0)
    norm = weights(learner)["lm.model.norm.weight"].float()
    torch.testing.assert_close(norm, given["lm.model.norm.weight"].float(), atol=0, rtol=1e-2)


@pytest.mark.parametrize("kind", KINDS)
def test_runners_sample_from_the_policy_that_is_trained(make_config, kind):
    """The gap between the sampler's and the learner's log-probabilities, after a step, in whole iterations."""
    config = make_config(**settings_of(kind), kl_coeff=0.1)
    algo = config.build_algo()
    try:
        gaps = [float(algo.train()["learners"][DEFAULT_MODULE_ID]["logprob_gap"]) for _ in range(3)]
    finally:
        algo.stop()
    assert max(gaps) < (1e-5 if kind == "lora" else 0.1)
