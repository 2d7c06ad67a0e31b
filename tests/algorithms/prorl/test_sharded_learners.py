"""Two learners that hold a share of the model each (FSDP2): they compute what one computes that holds all of it."""

import numpy as np
import pytest
import torch
from ray.rllib.core import DEFAULT_MODULE_ID
from torch.distributed.fsdp import FSDPModule

from prorl_rllib.algorithms.prorl.learner_calls import (
    load_policy,
    on_every_learner,
    policy_weights,
    publish_policy,
    reset_reference,
)
from prorl_rllib.algorithms.prorl.training_data import GroupTrainingData
from prorl_rllib.rl_modules.sharding import local, whole

TIMESTEPS = {"num_env_steps_sampled_lifetime": 0}
SETTINGS = {
    "the default": {},
    "clipped": {"grad_clip": 0.01},
    "packed rows of shared prompts": {"max_tokens_per_microbatch": 60, "packing": True, "shared_prefix": True},
    "padded rows": {"max_tokens_per_microbatch": 60, "packing": False, "shared_prefix": False},
    "batch std and means of sequences": {
        "advantage_estimator": "batch_std",
        "loss_aggregation": "sequence_mean_token_mean",
    },
    "KL in the reward": {"kl_placement": "reward", "kl_estimator": "k1", "max_tokens_per_microbatch": 60},
}


@pytest.fixture(scope="module")
def uneven_model_path(save_tiny_model, tmp_path_factory):
    """A tiny model some of whose weights have an odd number of rows."""
    folder = tmp_path_factory.mktemp("uneven_model")
    return save_tiny_model(folder, vocab_size=301, intermediate_size=63)


def learners(model_path, number, **training):
    """A group of learners without an algorithm; several hold shares."""
    from prorl_rllib.algorithms import ProRLConfig
    from prorl_rllib.envs import TextSpace

    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model=model_path, **training)
    config.generation(max_completion_length=30)
    sharding = "fsdp2" if number else "ddp"
    config.learners(num_learners=number, num_cpus_per_learner=0.5, update_timeout_s=120, learner_sharding=sharding)
    config.validate()
    return config.build_learner_group(spaces={DEFAULT_MODULE_ID: (TextSpace(), TextSpace())})


@pytest.fixture(scope="module")
def one_and_two(uneven_model_path, ray_cluster):
    """A whole learner and two of shares, in float64; references differ from policies; no step changes them."""

    def prepare(learner):
        learner.config.training(grad_clip=None)
        module = learner.policy_module().double()
        with torch.no_grad():
            for parameter in module.ref.parameters():
                parameter.mul_(0.97)
        learner.kept = []
        learner.apply_gradients = lambda gradients: learner.kept.append(
            [whole(gradient).clone() for gradient in gradients.values()]
        )

    groups = [learners(uneven_model_path, number, kl_coeff=0.1) for number in (0, 2)]
    for group in groups:
        on_every_learner(group, prepare)
    yield groups
    for group in groups:
        group.shutdown()


@pytest.fixture(scope="module")
def shares(uneven_model_path, ray_cluster):
    """Two learners of shares, in float32, that train."""
    group = learners(uneven_model_path, 2)
    yield group
    group.shutdown()


def update(group, steps, settings):
    """Gradients and figures of one update."""

    def begin(learner):
        learner.kept.clear()
        learner.apply_settings(settings)

    on_every_learner(group, begin)
    results = group.update(training_data=GroupTrainingData(optimizer_steps=steps), timesteps=TIMESTEPS)
    return on_every_learner(group, lambda learner: learner.kept), results


def assert_equal_to_a_millionth(left, right):
    scale = max(float(value.abs().max()) for value in left)
    assert scale > 0
    for one, other in zip(left, right, strict=True):
        assert one.dtype == torch.float64
        assert float((one - other).abs().max()) < 1e-6 * scale


@pytest.mark.parametrize("name", SETTINGS)
def test_gradient_of_shares_is_that_of_the_whole(one_and_two, make_groups, name):
    """Also with an odd number of groups, and with a single one, which leaves a learner with fillers alone."""
    one, two = one_and_two
    steps = [make_groups(seed=1, num_groups=5), make_groups(seed=2, num_groups=1), make_groups(seed=3, num_groups=4)]
    (alone,), _ = update(one, steps, SETTINGS[name])
    together, _ = update(two, steps, SETTINGS[name])
    assert len(alone) == 3
    if clip := SETTINGS[name].get("grad_clip"):
        assert all(float(torch.nn.utils.get_total_norm(found)) == pytest.approx(clip, rel=1e-3) for found in alone)
    for found in together:
        for left, right in zip(alone, found, strict=True):
            assert_equal_to_a_millionth(left, right)


def test_figures_do_not_depend_on_shares_and_fillers_leave_no_trace(one_and_two, make_groups):
    steps = [make_groups(seed=1, num_groups=5), make_groups(seed=2, num_groups=1)]
    figures = []
    for group in one_and_two:
        _, results = update(group, steps, {"max_tokens_per_microbatch": 60})
        found = {}
        for result in results:
            for key, value in result[DEFAULT_MODULE_ID].items():
                found.setdefault(key, []).append(float(value.peek()))
        figures.append(found)
    alone, together = figures
    for key in ("kl", "entropy", "policy_loss", "grad_norm", "logprob_gap_max", "shaped_reward_mean"):
        assert together[key] == pytest.approx(alone[key], rel=1e-9), key


def test_gradient_checkpointing_of_shares(one_and_two, make_groups):
    from prorl_rllib.rl_modules.causal_lm_module import _enable_checkpointing

    one, two = one_and_two
    steps = [make_groups(seed=4, num_groups=3)]
    (alone,), _ = update(one, steps, SETTINGS["packed rows of shared prompts"])
    on_every_learner(two, lambda learner: _enable_checkpointing(learner.policy_module().lm))
    together, _ = update(two, steps, SETTINGS["packed rows of shared prompts"])
    on_every_learner(two, lambda learner: learner.policy_module().lm.gradient_checkpointing_disable())
    for found in together:
        assert_equal_to_a_millionth(alone[0], found[0])


def test_a_learner_holds_half_before_and_after_an_update(shares, make_groups):
    """Of policy, reference and optimizer."""

    def num_shards(learner):
        return sum(isinstance(module, FSDPModule) for module in learner.policy_module().lm.modules())

    def memory(learner):
        module = learner.policy_module()
        (optimizer,) = learner._optimizer_parameters
        averages = [entry[name] for entry in optimizer.state.values() for name in ("exp_avg", "exp_avg_sq")]
        parts = (list(module.lm.parameters()), list(module.ref.parameters()), averages)
        return [(sum(local(t).numel() for t in part), sum(t.numel() for t in part)) for part in parts]

    before = on_every_learner(shares, memory)
    steps = [make_groups(seed=1, num_groups=3), make_groups(seed=2, num_groups=1)]
    shares.update(training_data=GroupTrainingData(optimizer_steps=steps), timesteps=TIMESTEPS)
    for models, held in zip(before, on_every_learner(shares, memory), strict=True):
        assert models[:2] == held[:2]
        for own, all_of_them in held:
            assert all_of_them > 0
            assert own == pytest.approx(all_of_them / 2, rel=0.02)
    # Two layers and the rest, each gathered for itself.
    assert on_every_learner(shares, num_shards) == [3, 3]


def test_a_reset_right_after_an_update_makes_the_reference_equal(shares, make_groups):
    """To the policy, or to an earlier one; engines get the policy whole."""
    steps = [make_groups(seed=1, num_groups=3), make_groups(seed=2, num_groups=1)]
    shares.update(training_data=GroupTrainingData(optimizer_steps=steps), timesteps=TIMESTEPS)
    reset_reference(shares, None)
    first = policy_weights(shares, adapter=False)
    shares.update(training_data=GroupTrainingData(optimizer_steps=steps), timesteps=TIMESTEPS)
    second = policy_weights(shares, adapter=False)
    assert any(not torch.equal(first[name], second[name]) for name in first)
    reset_reference(shares, first)
    module = shares.get_state()["learner"]["rl_module"][DEFAULT_MODULE_ID]
    for name, weight in first.items():
        assert torch.equal(module[name], weight)
        assert torch.equal(module["ref" + name.removeprefix("lm")], weight)
    load_policy(shares, second)
    sampled = publish_policy(shares, in_object_store=False)[1]["rl_module"][DEFAULT_MODULE_ID]
    assert sampled.keys() == second.keys()
    assert all(torch.equal(sampled[name], second[name]) for name in second)


def test_a_step_without_a_finite_gradient_is_skipped_by_all(shares, make_groups):
    def break_one(learner):
        if learner._collectives.rank == 1:
            whole_loss = learner.compute_loss_for_module
            learner.compute_loss_for_module = lambda **kwargs: whole_loss(**kwargs) * float("nan")

    def mend(learner):
        learner.__dict__.pop("compute_loss_for_module", None)
        return learner.decay_step

    before, steps = policy_weights(shares, adapter=False), on_every_learner(shares, lambda learner: learner.decay_step)
    on_every_learner(shares, break_one)
    shares.update(training_data=GroupTrainingData(optimizer_steps=[make_groups()]), timesteps=TIMESTEPS)
    assert on_every_learner(shares, mend) == steps
    after = policy_weights(shares, adapter=False)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_shares_saved_on_their_own_are_whole(shares, uneven_model_path, tmp_path, make_groups):
    shares.update(training_data=GroupTrainingData(optimizer_steps=[make_groups()]), timesteps=TIMESTEPS)
    shares.save_to_path(tmp_path / "shares")
    one = learners(uneven_model_path, 0)
    one.restore_from_path(tmp_path / "shares")
    state = shares.get_state()["learner"]
    assert_bit_equal(on_every_learner(one, lambda learner: learner.get_state())[0], state)
    one.shutdown()


def sharded(make_config, number=2, **training):
    """Learners that hold shares; resets every second iteration."""
    return make_config(num_learners=number, **training).learners(learner_sharding="fsdp2")


def run(config, iterations, checkpoint=None, save=None):
    """Results, and the learners' state."""
    algo = config.build_algo()
    try:
        if checkpoint:
            algo.restore_from_path(checkpoint)
        results = [algo.train() for _ in range(iterations)]
        if save:
            algo.save_to_path(save)
        return results, algo.learner_group.get_state()["learner"]
    finally:
        algo.stop()


def assert_bit_equal(left, right):
    """Compare states of learners, weights and optimizers alike, to the last bit."""
    if isinstance(left, dict):
        assert left.keys() == right.keys()
        for key in left:
            if key != "metrics_logger":
                assert_bit_equal(left[key], right[key])
    elif isinstance(left, list | tuple):
        for one, other in zip(left, right, strict=True):
            assert_bit_equal(one, other)
    elif isinstance(left, torch.Tensor):
        assert torch.equal(left, right)
    elif isinstance(left, np.ndarray):
        assert np.array_equal(left, right)
    else:
        assert left == right


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_resume_of_shares_is_bit_exact_through_a_reset(make_config, tmp_path, dtype):
    results, full = run(sharded(make_config, model_dtype=dtype), 4)
    assert results[-1]["prorl"]["reference_resets"] > 0
    run(sharded(make_config, model_dtype=dtype), 1, save=tmp_path / "checkpoint")
    _, resumed = run(sharded(make_config, model_dtype=dtype), 3, checkpoint=tmp_path / "checkpoint")
    assert_bit_equal(resumed, full)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_checkpoint_goes_from_shares_to_one_learner_and_back(make_config, tmp_path, dtype):
    from prorl_rllib.cli.training.after_training import export_model

    _, state = run(sharded(make_config, model_dtype=dtype), 1, save=tmp_path / "shares")
    assert state["optimizer"]["default_policy_default_optimizer"]["state"]["state"]
    _, restored = run(make_config(model_dtype=dtype), 0, checkpoint=tmp_path / "shares")
    assert_bit_equal(restored, state)
    export_model(tmp_path / "shares", tmp_path / "exported")
    _, state = run(make_config(model_dtype=dtype), 1, save=tmp_path / "one")
    _, restored = run(sharded(make_config, model_dtype=dtype), 0, checkpoint=tmp_path / "one")
    assert_bit_equal(restored, state)


@pytest.mark.slow
def test_a_single_learner_may_hold_the_only_share(make_config):
    results, state = run(sharded(make_config, number=1), 2)
    assert results[-1]["learners"][DEFAULT_MODULE_ID]["grad_norm"] > 0
    assert all(weight.numel() for weight in state["rl_module"][DEFAULT_MODULE_ID].values())
