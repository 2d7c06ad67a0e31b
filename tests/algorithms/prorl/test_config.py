import numpy as np
import pytest

from prorl_rllib.algorithms import ProRL, ProRLConfig
from prorl_rllib.algorithms.warm_start import WarmStartConfig


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("group_size", 1),
        ("group_size", 2.5),
        ("prompts_per_step", 0),
        ("prompts_per_optimizer_step", 1000),
        ("max_tokens_per_microbatch", 0),
        ("clip_low", 0.0),
        ("clip_low", 1.5),
        ("clip_high", -0.1),
        ("kl_coeff", -1e-4),
        ("kl_coeff", float("nan")),
        ("kl_estimator", "k9"),
        ("lr", 0.0),
        ("lr", 2e6),
        ("lr", 10**400),
        ("kl_coeff", 10**400),
        ("lr", [[0, 1e-4], [100, 1e-5]]),
        ("model_dtype", "float8"),
        ("max_sampling_rounds", 0),
        ("adam_epsilon", 0.0),
        ("adam_betas", (0.9,)),
        ("adam_betas", None),
        ("advantage_std_normalize", "false"),
        ("minibatch_size", 2),
        ("num_epochs", 3),
        ("train_batch_size", 100),
        ("train_batch_size_per_learner", 100),
    ],
)
def test_a_value_out_of_range_is_named_with_its_key(key, value):
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m", **{key: value})
    with pytest.raises(ValueError, match=key):
        config.validate()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("temperature", 0.0),
        ("top_p", 0.9),
        ("max_completion_length", 0),
        ("evaluation_temperature", -1.0),
        ("engine_config", None),
        ("engine_config", {"max_num_seqs": "8"}),
        ("engine_config", {"dtype": "int8"}),
    ],
)
def test_a_sampling_value_out_of_range_is_named_with_its_key(key, value):
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").generation(**{key: value})
    with pytest.raises(ValueError, match=key):
        config.validate()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("period", 0),
        ("period", "50"),
        ("period", 2.5),
        ("plateau_evaluations", 0),
        ("min_spacing", None),
        ("plateau_min_gain", -0.1),
        ("plateau_min_gain", float("nan")),
        ("clear_optimizer", "no"),
    ],
)
def test_a_reset_setting_out_of_range_is_named_with_its_key(key, value):
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m").reference_reset(**{key: value})
    with pytest.raises(ValueError, match=f"reset_{key}"):
        config.validate()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("evaluation_interval", "5"),
        ("evaluation_duration", 0),
        ("evaluation_num_env_runners", 1),
        ("evaluation_config", {"temperature": 0.0}),
        ("evaluation_sample_timeout_s", None),
    ],
)
def test_an_evaluation_setting_that_would_not_hold_is_named(key, value):
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m").evaluation(**{key: value})
    with pytest.raises(ValueError, match=key):
        config.validate()


def test_numbers_of_numpy_are_numbers():
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m", group_size=np.int64(8))
    config.training(kl_coeff=np.float32(0.1), lr=np.float64(1e-4)).validate()


def test_model_and_warm_start_exclude_each_other():
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0")
    with pytest.raises(ValueError, match=r"no model: set training\(model="):
        config.validate()
    config.training(model="m", warm_start=WarmStartConfig())
    with pytest.raises(ValueError, match=r"both model='m' and warm_start"):
        config.validate()


def test_an_unknown_key_is_refused_with_the_nearest_known_one():
    with pytest.raises(ValueError, match=r"kl_coef.*did you mean 'kl_coeff'"):
        ProRLConfig().training(kl_coef=0.1)
    with pytest.raises(ValueError, match=r"grup_size.*did you mean 'group_size'"):
        ProRLConfig().update_from_dict({"grup_size": 4})
    with pytest.raises(ValueError, match=r"temprature.*did you mean 'temperature'"):
        ProRLConfig().generation(temprature=1.0)
    with pytest.raises(ValueError, match=r"periode.*did you mean 'period'"):
        ProRLConfig().reference_reset(periode=3)
    with pytest.raises(ValueError, match=r"evaluation_intervall.*did you mean 'evaluation_interval'"):
        ProRLConfig().evaluation(evaluation_intervall=2)


def test_where_no_known_key_is_near_all_are_listed():
    with pytest.raises(ValueError, match=r"unknown key 'mode' in reference_reset; keys: .*period.*, to"):
        ProRLConfig().reference_reset(mode="best")
    stages = [{"from_iteration": 2, "training": {"model": "x"}}]
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m").stages(stages)
    with pytest.raises(ValueError, match=r"unknown key 'model' in training of stage 1; keys: .*group_size"):
        config.validate()


@pytest.mark.parametrize("stages", [{"from_iteration": 2, "training": {"lr": 1e-5}}, ["x"], 3])
def test_stages_that_are_no_list_of_dicts_are_refused(stages):
    with pytest.raises(ValueError, match=r"stages=.*a list of dicts"):
        ProRLConfig().stages(stages)


def test_an_environment_that_there_is_not_is_refused():
    config = ProRLConfig().training(model="m")
    with pytest.raises(ValueError, match="no environment: set environment"):
        config.validate()
    with pytest.raises(ValueError, match=r"unknown environment 'prorl_rllib:prorl/Maths-v0'.*'prorl/Math-v0'"):
        config.environment("prorl_rllib:prorl/Maths-v0").validate()


def test_several_policies_are_refused():
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m").multi_agent(policies={"a", "b"})
    with pytest.raises(ValueError, match=r"policies=\['a', 'b'\]\) is not supported"):
        config.validate()


def test_a_key_that_is_no_text_is_unknown():
    with pytest.raises(ValueError, match="unknown key '1'"):
        ProRLConfig().update_from_dict({1: 2})


def test_the_defaults_are_the_papers_first_version():
    config = ProRLConfig()
    assert (config.prompts_per_step, config.prompts_per_optimizer_step, config.group_size) == (256, 64, 16)
    assert (config.clip_low, config.clip_high, config.lr, config.temperature) == (0.2, 0.4, 2e-6, 1.2)
    assert (config.kl_coeff, config.kl_estimator, config.reset_clear_optimizer) == (1e-4, "k3", True)


def test_without_evaluation_a_period_stands_in_for_the_plateau():
    assert ProRLConfig().reference_reset_settings.period == 300
    assert ProRLConfig().evaluation(evaluation_interval=5).reference_reset_settings.period is None


def test_a_config_survives_the_way_through_a_dict():
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="some/model", group_size=6, lr=1e-5)
    copy = ProRLConfig().update_from_dict(config.to_dict())
    assert (copy.model_path, copy.group_size, copy.lr) == ("some/model", 6, 1e-5)
    assert ProRLConfig().update_from_dict({"model": "other/model"}).model_path == "other/model"


def test_a_model_that_is_not_there_is_named(make_config, tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        make_config(model=str(tmp_path / "nowhere")).build_algo()


def test_without_a_model_the_error_says_how_to_give_one(make_config):
    with pytest.raises(ValueError, match=r"training\(model="):
        make_config(model=None).build_algo()


def test_an_unknown_environment_is_named(make_config):
    with pytest.raises(Exception, match="Maths-v0"):
        make_config().environment("prorl_rllib:prorl/Maths-v0").build_algo()


def test_a_wrong_env_config_is_named(make_config):
    config = make_config().environment("prorl_rllib:prorl/Math-v0", env_config={"dificulty": 2})
    with pytest.raises(Exception, match=r"dificulty.*did you mean 'difficulty'"):
        config.build_algo()


def test_a_folder_that_is_no_checkpoint_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="not a complete ProRL checkpoint"):
        ProRL.from_checkpoint(str(tmp_path))
    with pytest.raises(FileNotFoundError, match="does not exist"):
        ProRL.from_checkpoint(str(tmp_path / "missing"))
