import numpy as np
import pytest

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.warm_start import WarmStartConfig


def test_yaml_holds_what_differs_from_the_defaults_and_reads_back_equal():
    config = (
        ProRLConfig()
        .environment("prorl_rllib:prorl/Mixture-v0", env_config={"weights": {"math": 0.5}})
        .v2()
        .training(model="some/model", lr=1e-5, adam_betas=(0.9, 0.98), group_size=np.int64(8))
        .generation(engine_config={"max_num_seqs": 8})
        .stages([{"from_iteration": 5, "training": {"group_size": 4}}])
        .env_runners(num_env_runners=2)
        .evaluation(evaluation_interval=5, evaluation_config={"env_config": {"split": "heldout"}})
    )
    config.validate()
    text = config.to_yaml()
    copy = ProRLConfig.from_yaml(text)
    copy.validate()
    assert copy.to_plain() == config.to_plain()
    assert (copy.model_path, copy.adam_betas, copy.group_size) == ("some/model", (0.9, 0.98), 8)
    assert copy.training_stages == config.training_stages
    assert "model: some/model" in text
    assert "stages:" in text
    assert "temperature" not in text


def test_yaml_of_the_defaults_is_empty():
    assert ProRLConfig.from_yaml("").to_plain() == {} == ProRLConfig.from_yaml(ProRLConfig().to_yaml()).to_plain()


def test_a_warm_start_travels_with_the_config():
    warm_start = WarmStartConfig().environment("prorl_rllib:prorl/Math-v0").training(num_steps=10, lr=1e-4)
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(warm_start=warm_start)
    copy = ProRLConfig.from_yaml(config.to_yaml())
    copy.validate()
    assert copy.warm_start.cache_key() == warm_start.cache_key()
    with pytest.raises(ValueError, match=r"num_stepz.*did you mean 'num_steps'"):
        ProRLConfig.from_yaml("warm_start: {num_stepz: 10}")


def test_yaml_is_read_from_a_file(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("group_size: 4\nclip_high: 0.27\n")
    config = ProRLConfig.from_yaml(path)
    assert (config.group_size, config.clip_high) == (4, 0.27)


def test_a_number_without_a_dot_is_a_number():
    config = ProRLConfig.from_yaml("lr: 1e-5\nkl_coeff: 2E-4\nmodel: 1e5-model")
    assert (config.lr, config.kl_coeff, config.model_path) == (1e-5, 2e-4, "1e5-model")


def test_text_that_looks_like_a_number_stays_text():
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="1e-5")
    assert ProRLConfig.from_yaml(config.to_yaml()).model_path == "1e-5"


def test_a_key_that_is_given_twice_is_refused():
    with pytest.raises(ValueError, match="'group_size' is given twice"):
        ProRLConfig.from_yaml("group_size: 4\nlr: 1e-5\ngroup_size: 8")
    with pytest.raises(ValueError, match="'math' is given twice"):
        ProRLConfig.from_yaml("env_config: {weights: {math: 1, math: 2}}")
    shared = "env_config: {domains: {math: &common {difficulty: 2}, logic: {<<: *common, difficulty: 3}}}"
    assert ProRLConfig.from_yaml(shared).env_config["domains"]["logic"] == {"difficulty": 3}


def test_a_validation_adds_nothing_to_the_yaml():
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m")
    text = config.to_yaml()
    config.validate()
    assert config.to_yaml() == text


def test_an_unknown_key_of_yaml_is_refused_with_the_nearest_known_one():
    with pytest.raises(ValueError, match=r"clip_hihg.*did you mean 'clip_high'"):
        ProRLConfig.from_yaml("clip_hihg: 0.3")
    with pytest.raises(ValueError, match=r"stagse.*did you mean 'stages'"):
        ProRLConfig.from_yaml("stagse: []")


@pytest.mark.parametrize("text", ["- 1\n- 2", "just text", "a: [", "1: 2"])
def test_text_that_is_no_mapping_is_refused(text):
    with pytest.raises(ValueError, match="YAML"):
        ProRLConfig.from_yaml(text)


def test_what_yaml_cannot_hold_is_named():
    class Env:
        pass

    with pytest.raises(ValueError, match=r"env=.*cannot be written to YAML.*Set it in Python"):
        ProRLConfig().environment(Env).to_yaml()


def test_a_config_survives_the_way_through_rllibs_dict_and_state():
    config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").v2().training(model="m", lr_warmup_steps=3)
    config.stages([{"from_iteration": 5, "reset_reference": True}])
    assert ProRLConfig().update_from_dict(config.to_dict()).to_plain() == config.to_plain()
    assert ProRLConfig.from_state(config.get_state()).to_plain() == config.to_plain()
    assert config.copy(copy_frozen=False).to_plain() == config.to_plain()


def test_the_name_of_a_file_as_text_is_refused_with_what_to_write():
    with pytest.raises(ValueError, match=r"a str: 'run\.yaml'\. For a file pass Path\('run\.yaml'\)"):
        ProRLConfig.from_yaml("run.yaml")
