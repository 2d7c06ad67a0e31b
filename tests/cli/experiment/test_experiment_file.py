import json
import os
import sys

import pytest


def fails_with_usage_error(result, *words):
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.output


def test_a_missing_file_is_named_and_the_packaged_examples_are_listed(rllib, tmp_path):
    fails_with_usage_error(rllib("train", "file", tmp_path / "none.py"), "none.py", "prorl/")


def test_other_file_types_are_refused_with_what_to_do(rllib, tmp_path):
    (tmp_path / "experiment.txt").write_text("{}")
    fails_with_usage_error(rllib("train", "file", tmp_path / "experiment.txt"), "'.txt'", ".py")


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


@pytest.mark.parametrize("value", ['"x"', "null", "NaN", '{"reward": 1}'])
def test_stop_values_must_be_numbers(rllib, experiment, value):
    option = f'{{"training_iteration": {value}}}'
    fails_with_usage_error(rllib("train", "file", experiment(), "--stop", option), "--stop", "training_iteration")


def test_stop_values_of_the_file_must_be_numbers(rllib, experiment):
    path = experiment("stop = {'training_iteration': '100'}\n")
    fails_with_usage_error(rllib("train", "file", path), "`stop`", path.name, "'100'")


def test_stop_values_may_be_numbers_and_bools():
    from prorl_rllib.cli.training.options import parse_stop

    assert parse_stop('{"a/b": 0.5, "done": true, "n": 3}') == {"a/b": 0.5, "done": True, "n": 3}


@pytest.mark.parametrize("space", ["grid_search", "choice"])
def test_each_value_of_a_search_space_is_validated(rllib, experiment, space):
    path = experiment(f"from ray import tune\nconfig.training(minibatch_size=tune.{space}([64, 1000]))\n")
    fails_with_usage_error(rllib("train", "file", path), "not valid with minibatch_size=1000")


def test_a_search_space_without_values_is_refused(rllib, experiment):
    path = experiment("from ray import tune\nconfig.training(lr=tune.grid_search([]))\n")
    fails_with_usage_error(rllib("train", "file", path), "`lr`", "no values")


def test_empty_stop_stands_for_not_given():
    from prorl_rllib.cli.training.options import parse_stop

    assert parse_stop("{}") is None
    assert parse_stop(json.dumps({"training_iteration": 3})) == {"training_iteration": 3}


def test_unknown_options_are_refused(rllib, experiment):
    assert rllib("train", "file", experiment(), "--no-such-option").exit_code == 2


def test_packaged_examples_are_found_by_id_and_by_dotted_name():
    from prorl_rllib.cli.experiment.experiment_file import packaged_examples, resolve_experiment

    for example in packaged_examples():
        path = resolve_experiment(example)
        assert path.is_file()
        assert resolve_experiment("prorl_rllib.tuned_examples." + example.replace("/", ".")) == path


def test_what_a_file_defines_travels_to_workers_that_cannot_import_it(experiment):
    from ray import cloudpickle

    from prorl_rllib.cli.experiment.experiment_file import load_experiment

    path = experiment("class Mine:\n    answer = 42\nconfig.env_config = {'cls': Mine}\n", name="with_class.py")
    loaded = load_experiment(str(path))
    pickled = cloudpickle.dumps(loaded.config.env_config["cls"])
    del sys.modules["rllib_experiment_with_class"]
    assert cloudpickle.loads(pickled).answer == 42


def test_a_function_registered_while_the_file_is_executed_travels_by_value(experiment):
    from ray import cloudpickle

    from prorl_rllib.cli.experiment.experiment_file import load_experiment

    # A named function: lambdas travel by value anyway.
    make = "def make():\n    return 42\n"
    pickling = f"{make}from ray import cloudpickle\nconfig.env_config = {{'made': cloudpickle.dumps(make)}}\n"
    loaded = load_experiment(str(experiment(pickling, name="pickles.py")))
    del sys.modules["rllib_experiment_pickles"]
    assert cloudpickle.loads(loaded.config.env_config["made"])() == 42


def test_a_file_may_import_what_lies_beside_it(experiment, tmp_path, monkeypatch):
    from prorl_rllib.cli.experiment.experiment_file import load_experiment

    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "/first")
    (tmp_path / "lies_beside_it.py").write_text("EPOCHS = 7\n")
    path = experiment("import lies_beside_it\nconfig.training(num_epochs=lies_beside_it.EPOCHS)\n")
    assert load_experiment(str(path)).config.num_epochs == 7
    assert os.environ["PYTHONPATH"] == f"{tmp_path}{os.pathsep}/first"  # what a Ray started here inherits


def test_a_file_that_could_not_be_loaded_leaves_nothing_behind(rllib, experiment):
    from ray.cloudpickle import list_registry_pickle_by_value

    fails_with_usage_error(rllib("train", "file", experiment("1 / 0\n", name="divides.py")), "ZeroDivisionError")
    assert "rllib_experiment_divides" not in {*sys.modules, *list_registry_pickle_by_value()}


def test_only_a_users_own_file_is_named_to_evaluate(experiment):
    from prorl_rllib.cli.experiment.experiment_file import load_experiment

    path = experiment(name="my experiment.py")
    assert load_experiment(str(path)).file_option == f" --file '{path}'"
    assert load_experiment("prorl/quickstart").file_option == ""


def test_packaged_examples_do_not_come_before_other_modules(monkeypatch):
    from prorl_rllib.cli.experiment.experiment_file import load_experiment, resolve_experiment

    before = list(sys.path)
    load_experiment(str(resolve_experiment("prorl/quickstart")))
    assert sys.path == before
