import json

import pytest


def fails_with_usage_error(result, *words):
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.output


def test_a_missing_file_is_named_and_the_packaged_examples_are_listed(rllib, tmp_path):
    fails_with_usage_error(rllib("train", "file", tmp_path / "none.py"), "none.py", "prorl/")


@pytest.mark.parametrize(
    ("name", "word"), [("experiment.yaml", "YAML"), ("experiment.yml", "YAML"), ("experiment.txt", "'.txt'")]
)
def test_other_file_types_are_refused_with_what_to_do(rllib, tmp_path, name, word):
    (tmp_path / name).write_text("{}")
    fails_with_usage_error(rllib("train", "file", tmp_path / name), word, ".py")


def test_a_folder_is_not_an_experiment(rllib, tmp_path):
    fails_with_usage_error(rllib("train", "file", tmp_path), "folder")


def test_a_file_that_raises_is_reported_without_a_traceback(rllib, experiment):
    path = experiment("raise KeyError('no such data set')\n")
    fails_with_usage_error(rllib("train", "file", path), "KeyError", "no such data set", path.name)


def test_a_file_that_calls_exit_is_reported(rllib, experiment):
    fails_with_usage_error(rllib("train", "file", experiment("import sys; sys.exit(7)\n")), "SystemExit: 7")


def test_the_traceback_is_shown_with_vv(rllib, experiment):
    result = rllib("train", "file", experiment("raise KeyError('no such data set')\n"), "-vv")
    assert result.exit_code == 2
    assert "Traceback" in result.output


def test_a_file_without_config_says_what_it_must_define(rllib, experiment):
    fails_with_usage_error(rllib("train", "file", experiment("del config\n")), "no `config`", "AlgorithmConfig")


@pytest.mark.parametrize("name", ["config", "stop", "tune_config"])
def test_a_name_of_the_wrong_type_is_reported_with_both_types(rllib, experiment, name):
    fails_with_usage_error(rllib("train", "file", experiment(f"{name} = 3\n")), f"`{name}`", "of type int", "must be")


def test_a_config_without_an_algorithm_is_refused(rllib, experiment):
    plain = "from ray.rllib.algorithms.algorithm_config import AlgorithmConfig\nconfig = AlgorithmConfig()\n"
    fails_with_usage_error(rllib("train", "file", experiment(plain)), "names no algorithm")


def test_a_config_that_is_not_valid_is_refused_before_ray_starts(rllib, experiment):
    path = experiment("config.training(minibatch_size=1000)\n")
    fails_with_usage_error(rllib("train", "file", path), "not valid", "minibatch_size")


@pytest.mark.parametrize("stop", ["[1]", "{training_iteration: 3}", "3"])
def test_stop_must_be_a_json_object(rllib, experiment, stop):
    fails_with_usage_error(rllib("train", "file", experiment(), "--stop", stop), "--stop", "JSON")


def test_empty_stop_stands_for_not_given():
    from prorl_rllib.cli.options import parse_stop

    assert parse_stop("{}") is None
    assert parse_stop(json.dumps({"training_iteration": 3})) == {"training_iteration": 3}


def test_unknown_options_are_refused(rllib, experiment):
    assert rllib("train", "file", experiment(), "--no-such-option").exit_code == 2


def test_packaged_examples_are_found_by_id_and_by_dotted_name():
    from prorl_rllib.cli.experiment_file import packaged_examples, resolve_experiment

    for example in packaged_examples():
        path = resolve_experiment(example)
        assert path.is_file()
        assert resolve_experiment("prorl_rllib.tuned_examples." + example.replace("/", ".")) == path


def test_what_a_file_defines_travels_to_workers_that_cannot_import_it(experiment):
    import sys

    from ray import cloudpickle

    from prorl_rllib.cli.experiment_file import load_experiment

    path = experiment("class Mine:\n    answer = 42\nconfig.env_config = {'cls': Mine}\n", name="with_class.py")
    loaded = load_experiment(str(path))
    pickled = cloudpickle.dumps(loaded.config.env_config["cls"])
    del sys.modules["rllib_experiment_with_class"]
    assert cloudpickle.loads(pickled).answer == 42
