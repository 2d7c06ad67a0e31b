"""Whole runs of the second version and of the parts that the first leaves out."""

import numpy as np
import pytest
from ray.rllib.core import COMPONENT_LEARNER, COMPONENT_RL_MODULE, DEFAULT_MODULE_ID


def run(config, iterations, *, restore=None, save=None):
    algo = config.build_algo()
    try:
        if restore is not None:
            algo.restore_from_path(restore)
        results = [algo.train()["learners"][DEFAULT_MODULE_ID] for _ in range(iterations)]
        if save is not None:
            algo.save_to_path(save)
        state = algo.learner_group.get_state()[COMPONENT_LEARNER]
        return results, state[COMPONENT_RL_MODULE][DEFAULT_MODULE_ID]
    finally:
        algo.stop()


def assert_bit_equal(left, right):
    assert left.keys() == right.keys()
    for name in left:
        assert np.array_equal(np.asarray(left[name]), np.asarray(right[name])), name


@pytest.fixture
def make_v2(make_config):
    """A function to a small config of the second version, with an adaptive coefficient and a schedule."""

    def make(**settings):
        config = make_config(**settings).v2().reference_reset(period=3, min_spacing=1)
        config.training(kl_target=1e-4, kl_horizon=100, lr_schedule="cosine", lr_decay_steps=9)
        return config.rewards(
            truncation_coefficient=0.5, soft_overlong_buffer=4, cosine_length_on=2, cosine_length_off=2
        )

    return make


def test_v2_resumes_to_the_last_bit(make_v2, tmp_path):
    whole, expected = run(make_v2(), 5)
    run(make_v2(), 3, save=tmp_path / "checkpoint")
    # The reset after the third iteration and the cycle of the penalty lie on both sides of the cut.
    rest, resumed = run(make_v2(), 2, restore=tmp_path / "checkpoint")
    assert_bit_equal(resumed, expected)
    for key in ("kl_coeff", "learning_rate", "cosine_length_on", "shaped_reward_mean", "kl"):
        assert [float(figures[key]) for figures in rest] == [float(figures[key]) for figures in whole[3:]], key
    assert [float(figures["cosine_length_on"]) for figures in whole] == [1, 1, 0, 0, 1]
    assert all(np.isfinite(np.asarray(value)).all() for value in expected.values())


@pytest.mark.slow
def test_a_remote_learner_trains_v2_as_a_local_one_does(make_v2):
    _, local = run(make_v2(), 3)
    _, remote = run(make_v2(num_learners=1), 3)
    assert_bit_equal(remote, local)


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"policy_loss": "gspo", "loss_aggregation": "sequence_mean_token_mean", "clip_low": 3e-4, "clip_high": 4e-4},
        {"policy_loss": "cispo", "advantage_estimator": "rloo"},
        {"advantage_std_normalize": False, "loss_aggregation": "constant", "dual_clip": 3.0},
        {"kl_placement": "reward", "kl_estimator": "k1", "advantage_estimator": "batch_std"},
        {"mismatch_correction": "sequence_mask", "mismatch_low": 0.999, "mismatch_high": 1.002},
    ],
    ids=lambda settings: " ".join(map(str, settings.values())),
)
def test_each_objective_trains(make_config, settings):
    results, state = run(make_config(**settings), 3)
    assert all(float(figures["skipped_steps"]) == 0 and float(figures["grad_norm"]) > 0 for figures in results)
    assert all(np.isfinite(np.asarray(value)).all() for value in state.values())
