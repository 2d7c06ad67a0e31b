"""The forms of `rllib train` beside the plain Python file: YAML, no file at all, overrides, restore, report."""

import json

import pytest

YAML = """
cartpole:
  run: PPO
  env: CartPole-v1
  stop: {training_iteration: 1}
  config:
    num_env_runners: 0
    train_batch_size_per_learner: 64
    minibatch_size: 64
    num_epochs: 1
    lr: {grid_search: [1e-4, 1e-3]}
"""
SMALL = {"num_env_runners": 0, "train_batch_size_per_learner": 64, "minibatch_size": 64, "num_epochs": 1}


def parameters(folder):
    return [json.loads(path.read_text()) for path in sorted(folder.rglob("params.json"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("forms")


@pytest.fixture(scope="module")
def trained_by_name(folder, ray_cluster):
    """PPO on CartPole, two iterations, named on the command line alone; the result and the newest checkpoint."""
    from typer.testing import CliRunner

    from prorl_rllib.cli.app import app

    options = ("--storage-path", str(folder), "-n", "by_name", "--stop", '{"training_iteration": 2}')
    call = ["train", "--algo", "PPO", "--env", "CartPole-v1", "--config", json.dumps(SMALL), *options]
    result = CliRunner().invoke(app, [*call, "--checkpoint-freq", "1", "--keep-checkpoints-num", "1"])
    return result, sorted((folder / "by_name").rglob("checkpoint_*"))


def test_an_algorithm_is_trained_by_its_name(trained_by_name):
    result, checkpoints = trained_by_name
    assert result.exit_code == 0, result.output
    assert "Training PPO, as --algo PPO says" in result.output
    assert [path.name for path in checkpoints] == ["checkpoint_000001"]


def test_a_trial_begins_where_the_checkpoint_given_with_restore_ended(rllib, trained_by_name, folder):
    _, (checkpoint,) = trained_by_name
    call = ("train", "--algo", "PPO", "--env", "CartPole-v1", "--config", json.dumps(SMALL), "--restore", checkpoint)
    stop = ("--stop", '{"training_iteration": 3}', "--no-checkpoint-at-end")
    result = rllib(*call, *stop, "--storage-path", folder, "-n", "restored")
    assert result.exit_code == 0, result.output
    (rows,) = (folder / "restored").rglob("result.json")
    assert [json.loads(line)["training_iteration"] for line in rows.read_text().splitlines()] == [3]


def test_a_run_that_has_ended_is_not_said_to_have_gone_on(rllib, trained_by_name, folder):
    call = ("train", "--algo", "PPO", "--env", "CartPole-v1", "--config", json.dumps(SMALL), "--resume")
    result = rllib(*call, "--stop", '{"training_iteration": 3}', "--storage-path", folder, "-n", "by_name")
    assert result.exit_code == 2, result.output
    assert f"all 1 trials of {folder}/by_name had ended" in result.output
    assert "--restore" in result.output
    assert "finished." not in result.output


@pytest.mark.slow
def test_yaml_trains_each_value_of_its_grid_and_overrides_go_before_it(rllib, folder, ray_cluster):
    (folder / "grid.yaml").write_text(YAML)
    options = ("gamma=0.5", "--storage-path", folder, "-n", "grid", "--no-checkpoint-at-end")
    result = rllib("train", "file", folder / "grid.yaml", *options)
    assert result.exit_code == 0, result.output
    trials = parameters(folder / "grid")
    assert sorted(trial["lr"] for trial in trials) == [1e-4, 1e-3]
    assert {trial["gamma"] for trial in trials} == {0.5}
    assert "lr=0.001" in result.output
    assert "2 of 2 trials" in result.output


@pytest.mark.slow
def test_the_experiments_of_a_file_run_one_after_the_other_and_a_failure_is_the_exit_code(
    rllib, folder, ray_cluster, monkeypatch
):
    two = YAML.replace("{grid_search: [1e-4, 1e-3]}", "1e-3")
    # The first one's environment ends with an exception at its first step.
    failing = two.replace("CartPole-v1", "module_with_env.Broken").replace("cartpole:", "broken:")
    (folder / "module_with_env.py").write_text(
        "from gymnasium.envs.classic_control import CartPoleEnv\n"
        "class Broken(CartPoleEnv):\n"
        "    def step(self, action):\n        raise RuntimeError('the pole is broken')\n"
    )
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    (folder / "two.yaml").write_text(failing + two)
    result = rllib("train", "file", folder / "two.yaml", "--storage-path", folder / "two", "--no-checkpoint-at-end")
    assert result.exit_code == 1, result.output
    assert "Error: broken_" in result.output
    assert "The trial failed." in result.output
    assert "1 of 2 experiments failed" in result.output
    assert len(list((folder / "two").glob("cartpole_*/PPO*/result.json"))) == 1


def test_a_files_report_is_called_with_the_experiments_folder(rllib, experiment, folder, ray_cluster):
    path = experiment(
        "stop = {'training_iteration': 1}\n"
        "def report(folder):\n    print('reported on', folder, len(list(folder.glob('*/result.json'))))\n"
    )
    result = rllib("train", "file", path, "--storage-path", folder, "-n", "with_report", "--no-checkpoint-at-end")
    assert result.exit_code == 0, result.output
    assert f"reported on {folder / 'with_report'} 1" in result.output


@pytest.mark.slow
def test_a_report_that_fails_is_one_message(rllib, experiment, folder, ray_cluster):
    path = experiment("stop = {'training_iteration': 1}\ndef report(folder):\n    raise ValueError('no picture')\n")
    result = rllib("train", "file", path, "--storage-path", folder, "--no-checkpoint-at-end")
    assert result.exit_code == 1, result.output
    assert "ValueError: no picture" in result.output
    assert "finished." in result.output
