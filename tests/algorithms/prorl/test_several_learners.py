"""Two learners on two processes: together they compute what one computes, and none goes on without the other."""

import contextlib
import time

import numpy as np
import pytest
import ray
import torch
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.core.learner.learner import Learner

from prorl_rllib.algorithms.prorl.learner_calls import on_every_learner
from prorl_rllib.algorithms.prorl.training_data import GroupTrainingData, balance_by_tokens

TIMESTEPS = {"num_env_steps_sampled_lifetime": 0}
SETTINGS = {
    "the default": {},
    "packed rows of shared prompts": {"max_tokens_per_microbatch": 60, "packing": True, "shared_prefix": True},
    "padded rows": {"max_tokens_per_microbatch": 60, "packing": False, "shared_prefix": False},
    "statistics of the batch": {"advantage_estimator": "reinforce_plus_plus_baseline", "advantage_statistics": "token"},
    "batch std and means of sequences": {
        "advantage_estimator": "batch_std",
        "loss_aggregation": "sequence_mean_token_mean",
    },
    "KL in the reward": {"kl_placement": "reward", "kl_estimator": "k1"},
    "GSPO": {"policy_loss": "gspo", "clip_low": 0.05, "clip_high": 0.05, "loss_aggregation": "constant"},
}


@pytest.fixture(scope="module")
def one_and_two(tiny_model_path, ray_cluster):
    """A learner and a group of two, in float64, whose references differ from their policies; no step changes them."""
    from prorl_rllib.algorithms import ProRLConfig
    from prorl_rllib.envs import TextSpace

    def prepare(learner):
        learner.config.training(grad_clip=None)
        module = learner.policy_module().double()
        with torch.no_grad():
            for parameter in module.ref.parameters():
                parameter.mul_(0.97)
        learner.kept = []
        learner.apply_gradients = lambda gradients: learner.kept.append([g.clone() for g in gradients.values()])

    groups = []
    for number in (0, 2):
        config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model=tiny_model_path, kl_coeff=0.1)
        config.generation(max_completion_length=30)
        config.learners(num_learners=number, num_cpus_per_learner=0.5, update_timeout_s=120).validate()
        group = config.build_learner_group(spaces={DEFAULT_MODULE_ID: (TextSpace(), TextSpace())})
        on_every_learner(group, prepare)
        groups.append(group)
    yield groups
    for group in groups:
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
def test_gradient_does_not_depend_on_the_number_of_learners(one_and_two, make_groups, name):
    """Also with an odd number of groups, and with a single one, which leaves a learner without any."""
    one, two = one_and_two
    steps = [make_groups(seed=1, num_groups=5), make_groups(seed=2, num_groups=1), make_groups(seed=3, num_groups=4)]
    (alone,), _ = update(one, steps, SETTINGS[name])
    together, _ = update(two, steps, SETTINGS[name])
    assert len(alone) == 3
    for found in together:
        for left, right in zip(alone, found, strict=True):
            assert_equal_to_a_millionth(left, right)


def test_figures_do_not_depend_on_the_number_of_learners(one_and_two, make_groups):
    steps = [make_groups(seed=1, num_groups=5), make_groups(seed=2, num_groups=1)]
    figures = []
    for group in one_and_two:
        _, results = update(group, steps, {"mismatch_correction": "icepop"})
        found = {}
        for result in results:
            for key, value in result[DEFAULT_MODULE_ID].items():
                found.setdefault(key, []).append(float(value.peek()))
        figures.append(found)
    alone, together = figures
    for key in ("kl", "entropy", "policy_loss", "clip_fraction", "grad_norm", "logprob_gap_max", "shaped_reward_mean"):
        assert together[key] == pytest.approx(alone[key], rel=1e-9), key
    assert together["optimizer_steps"] == [2]
    assert together["total_loss"] == pytest.approx(alone["total_loss"] * 2, rel=1e-9)


def test_an_update_of_a_single_group_leaves_a_learner_without_any(one_and_two, make_groups):
    for group in one_and_two:
        gradients, _ = update(group, [make_groups(num_groups=1)], {})
        assert all(len(kept) == 1 for kept in gradients)


def run(config, iterations, checkpoint=None, save=None):
    """Results, and the whole state of every learner."""
    algo = config.build_algo()
    try:
        if checkpoint:
            algo.restore_from_path(checkpoint)
        results = [algo.train() for _ in range(iterations)]
        if save:
            algo.save_to_path(save)
        return results, on_every_learner(algo.learner_group, Learner.get_state)
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


def two_learners(make_config, num_env_runners):
    """Resets every second iteration; a stage that begins with one before the fourth."""
    config = make_config(num_env_runners=num_env_runners, num_learners=2)
    return config.stages([{"from_iteration": 4, "training": {"group_size": 3}, "reset_reference": True}])


@pytest.mark.slow
@pytest.mark.parametrize("num_env_runners", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_resume_is_bit_exact_with_two_learners(make_config, num_env_runners, tmp_path):
    results, whole = run(two_learners(make_config, num_env_runners), 6)
    assert_bit_equal(whole[0], whole[1])
    run(two_learners(make_config, num_env_runners), 3, save=tmp_path / "checkpoint")
    resumed_results, resumed = run(two_learners(make_config, num_env_runners), 3, checkpoint=tmp_path / "checkpoint")
    assert_bit_equal(resumed, whole)
    assert [result["prorl"]["reference_resets"] for result in results[3:]] == [
        result["prorl"]["reference_resets"] for result in resumed_results
    ]


@pytest.mark.slow
def test_groups_that_wait_are_resumed_with_two_learners(make_config, tmp_path):
    """With "skip" at the cap, groups wait for the next iteration; they are in the checkpoint."""
    settings = {"on_sampling_cap": "skip", "max_sampling_rounds": 1, "prompts_per_step": 6}
    config = {"env_config": {"nan_rewards": 2}, **settings}
    results, whole = run(make_config(num_learners=2, **config), 4)
    assert any("wait" in result["events"] for result in results[:2])
    run(make_config(num_learners=2, **config), 2, save=tmp_path / "checkpoint")
    _, resumed = run(make_config(num_learners=2, **config), 2, checkpoint=tmp_path / "checkpoint")
    assert_bit_equal(resumed, whole)


@pytest.mark.slow
def test_a_checkpoint_of_two_learners_continues_with_one_and_the_other_way_round(make_config, tmp_path):
    _, (state, _) = run(make_config(num_learners=2), 2, save=tmp_path / "two")
    _, (restored,) = run(make_config(), 0, checkpoint=tmp_path / "two")
    assert_bit_equal(restored["rl_module"], state["rl_module"])
    _, (state,) = run(make_config(), 2, save=tmp_path / "one")
    _, restored = run(make_config(num_learners=2), 0, checkpoint=tmp_path / "one")
    for learner in restored:
        assert_bit_equal(learner["rl_module"], state["rl_module"])
        assert_bit_equal(learner["optimizer"], state["optimizer"])


@pytest.mark.slow
def test_two_learners_train_a_low_rank_adapter_and_bfloat16_weights(make_config):
    lora = {"rank": 2, "alpha": 4, "target_modules": ["q_proj", "v_proj"]}
    for settings in ({"lora": lora}, {"model_dtype": "bfloat16"}):
        results, (first, second) = run(make_config(num_learners=2, **settings), 2)
        assert_bit_equal(first, second)
        assert results[-1]["learners"][DEFAULT_MODULE_ID]["grad_norm"] > 0


def test_what_a_learner_raises_ends_them_all(make_config):
    algo = make_config(num_learners=2).build_algo()
    try:

        def fail(*args, **kwargs):
            raise FloatingPointError("one learner alone")

        def break_one(learner):
            if learner._collectives.rank == 1:
                learner.compute_loss_for_module = fail

        on_every_learner(algo.learner_group, break_one)
        with pytest.raises(Exception, match="one learner alone"):
            algo.train()
        # Its peer waited for it in a sum, and would have done so for an hour.
        with pytest.raises(ray.exceptions.RayActorError):
            ray.get(algo.learner_group._workers[0].get_state.remote(), timeout=60)
    finally:
        algo.stop()


@pytest.mark.slow
def test_the_death_of_a_learner_ends_the_run(make_config):
    algo = make_config(num_learners=2).build_algo()
    try:
        ray.kill(algo.learner_group._workers[1])
        with pytest.raises(ray.exceptions.RayActorError) as caught:
            algo.train()
        assert "one of 2, died or was killed" in caught.value.__notes__[0]
        assert "newest checkpoint" in caught.value.__notes__[0]
    finally:
        with contextlib.suppress(ray.exceptions.RayActorError):
            algo.stop()


@pytest.mark.slow
def test_a_learner_that_hangs_is_a_timeout_that_names_the_key(make_config):
    algo = make_config(num_learners=2).learners(update_timeout_s=5).build_algo()
    try:
        on_every_learner(algo.learner_group, lambda learner: setattr(learner, "_update", lambda *_: time.sleep(600)))
        with pytest.raises(TimeoutError, match=r"2 of 2 learners.*update_timeout_s"):
            algo.train()
    finally:
        algo.stop()


def test_groups_are_dealt_out_whole_and_balanced_by_tokens(make_groups):
    groups = make_groups(num_groups=11)
    shares = balance_by_tokens(groups, 3)
    assert sorted(id(group) for share in shares for group in share) == sorted(map(id, groups))
    positions = [[groups.index(group) for group in share] for share in shares]
    assert all(share == sorted(share) for share in positions)


def test_the_heaviest_shard_is_at_most_a_third_above_the_mean_and_one_group(make_groups):
    from prorl_rllib.algorithms.prorl.training_data import _num_tokens

    def load(groups):
        return sum(_num_tokens(episode) for group in groups for episode in group)

    for seed in range(5):
        groups = make_groups(seed=seed, num_groups=16)
        shares = balance_by_tokens(groups, 4)
        assert max(map(load, shares)) <= load(groups) / 4 + max(load([group]) for group in groups) / 3


def test_fewer_groups_than_learners_leave_some_without(make_groups):
    assert sorted(map(len, balance_by_tokens(make_groups(num_groups=2), 4))) == [0, 0, 1, 1]
