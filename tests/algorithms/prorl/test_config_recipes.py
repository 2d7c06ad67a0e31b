import pytest

from prorl_rllib.algorithms import ProRLConfig


def test_v2_has_the_published_numbers():
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m").v2()
    config.validate()
    assert config.advantage_estimator == "reinforce_plus_plus_baseline"
    assert (config.clip_low, config.clip_high) == (0.2, 0.27)
    assert (config.kl_estimator, config.kl_coeff, config.kl_placement) == ("k2", 1e-4, "loss")
    assert (config.mismatch_correction, config.mismatch_low, config.mismatch_high) == ("icepop", 0.5, 5.0)
    assert config.recomputes_old_logprobs
    assert (config.effective_reset_period, config.reset_plateau_evaluations) == (300, None)
    assert config.reset_clear_optimizer is False
    assert (config.cosine_length_on, config.cosine_length_off) == (100, 500)
    assert config.cosine_length["min"] < config.cosine_length["max"] == 0.0
    assert config.loss_aggregation == "token_mean"


def test_v1_is_the_default():
    default = ProRLConfig()
    assert ProRLConfig().v1().to_plain() == default.to_plain() == {}
    assert ProRLConfig().v2().v1().to_plain() == {}
    assert (default.advantage_estimator, default.policy_loss, default.mismatch_correction) == ("grpo", "clip", None)
    assert (default.reset_plateau_evaluations, default.reset_plateau_min_gain) == (3, 0.005)
    assert (default.reset_min_spacing, default.effective_reset_period) == (100, 300)
    assert default.evaluation(evaluation_interval=5).effective_reset_period is None


def test_a_recipe_leaves_what_is_not_its_own():
    config = ProRLConfig().training(model="m", group_size=8, lr=1e-5).v2()
    assert (config.model_path, config.group_size, config.lr) == ("m", 8, 1e-5)


@pytest.mark.parametrize("recipe", ["v1", "v2"])
def test_a_later_call_overrides_a_recipe(recipe):
    assert getattr(ProRLConfig(), recipe)().training(clip_high=0.3).clip_high == 0.3
