import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from prorl_rllib.cli.training.interrupt import InterruptibleStopper


def command(*arguments, timeout=150):
    rllib = Path(sys.executable).with_name("rllib")
    return subprocess.run([rllib, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of the real command on PPO, in an environment that only its file knows, with its storage folder."""
    folder = tmp_path_factory.mktemp("train")
    path = folder / "cartpole.py"
    path.write_text(
        "import gymnasium\n"
        "from ray.rllib.algorithms.ppo import PPOConfig\n"
        "from ray.tune import register_env\n"
        "def letters(config):\n    return gymnasium.make('CartPole-v1')\n"
        "register_env('letters', letters)\n"
        "config = (PPOConfig().environment('letters').env_runners(num_env_runners=0)\n"
        "          .training(train_batch_size_per_learner=64, minibatch_size=64, num_epochs=1))\n"
        "stop = {'training_iteration': 50}\n"
    )
    options = ("--storage-path", folder / "results", "--experiment-name", "run", "--ray-num-cpus", "2")
    done = command("train", "file", path, *options, "--stop", '{"training_iteration": 2}', "--checkpoint-freq", "1")
    return done, folder / "results" / "run"


def test_train_file_trains_until_the_stop_of_the_command_line(trained):
    done, folder = trained
    assert done.returncode == 0, done.stdout + done.stderr
    (result,) = folder.glob("*/result.json")
    rows = [json.loads(line) for line in result.read_text().splitlines()]
    assert [row["training_iteration"] for row in rows] == [1, 2]
    assert (result.parent / "progress.csv").is_file()
    assert len(list(result.parent.glob("checkpoint_*"))) == 2


def test_the_console_shows_the_training_and_nothing_else(trained):
    done, folder = trained
    lines = done.stdout.splitlines()
    assert f"Results go to {folder}" in lines
    assert any(line.strip().startswith("2/2") for line in lines)
    assert "Your training finished." in lines
    assert done.stderr == ""
    assert len(lines) <= 12


@pytest.mark.slow
def test_the_command_printed_last_is_the_one_that_evaluates(trained):
    done, _ = trained
    last = done.stdout.splitlines()[-1].strip()
    assert last.split()[0].endswith("rllib")
    assert last.split()[1] == "evaluate"
    evaluated = command(*last.split()[1:], "--ray-num-cpus", "2")
    assert evaluated.returncode == 0, evaluated.stdout + evaluated.stderr
    assert "Mean return:" in evaluated.stdout


def test_evaluate_needs_the_file_that_registers_the_environment(rllib, trained, ray_cluster):
    (checkpoint,) = trained[1].glob("*/checkpoint_000001")
    result = rllib("evaluate", checkpoint)
    assert result.exit_code == 1
    assert "letters" in result.output
    assert "--file" in result.output


def test_a_trial_that_fails_exits_with_1_and_says_where_its_traceback_is(rllib, experiment, tmp_path, ray_cluster):
    broken = (
        "class Broken(config.algo_class):\n"
        "    def training_step(self):\n        raise RuntimeError('the learner is on fire')\n"
        "config.algo_class = Broken\n"
    )
    result = rllib("train", "file", experiment(broken), "--storage-path", tmp_path / "results")
    assert result.exit_code == 1, result.output
    assert "the learner is on fire" in result.output
    (error_file,) = (tmp_path / "results").rglob("error.txt")
    assert str(error_file) in result.output
    assert "finished" not in result.output


def press_ctrl_c_when(condition, deadline=60.0):
    """Send this process a SIGINT as soon as a run handles it and `condition` holds."""

    def watch():
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            handler = signal.getsignal(signal.SIGINT)
            if isinstance(getattr(handler, "__self__", None), InterruptibleStopper) and condition():
                os.kill(os.getpid(), signal.SIGINT)
                return
            time.sleep(0.02)

    threading.Thread(target=watch, daemon=True).start()


@pytest.fixture
def long_run(rllib, experiment, tmp_path, ray_cluster):
    """Train until Ctrl-C is pressed."""

    def run(*options):
        stop = ("--stop", '{"training_iteration": 5000, "time_total_s": 60}')
        return rllib("train", "file", experiment(), "--storage-path", tmp_path / "results", *stop, *options)

    return run


def written_results(tmp_path):
    return [line for file in (tmp_path / "results").rglob("result.json") for line in file.read_text().splitlines()]


def test_an_interrupted_run_saves_its_last_iteration_and_says_that_it_was_interrupted(long_run, tmp_path):
    press_ctrl_c_when(lambda: written_results(tmp_path))
    result = long_run()
    assert result.exit_code == 130, result.output
    assert f"Interrupted at iteration {len(written_results(tmp_path))} of 5000." in result.output
    assert "finished." not in result.output
    assert "--no-checkpoint-at-end" not in result.output
    (checkpoint,) = (tmp_path / "results").rglob("checkpoint_*")
    assert f"rllib evaluate {checkpoint}" in result.output


@pytest.mark.slow
def test_a_run_interrupted_before_its_first_iteration_leaves_at_once(long_run, tmp_path):
    press_ctrl_c_when(lambda: True)
    result = long_run()
    assert result.exit_code == 130, result.output
    assert "Interrupted" in result.output
    assert "finished." not in result.output
    assert not written_results(tmp_path)


def test_what_tune_refuses_is_one_message(rllib, experiment, tmp_path, ray_cluster):
    refused = "from ray import tune\ntune_config = tune.TuneConfig(mode='sideways')\n"
    result = rllib("train", "file", experiment(refused), "--storage-path", tmp_path / "results")
    assert result.exit_code == 2, result.output
    assert "Ray Tune could not run the trials" in result.output
    assert "mode" in result.output


def test_a_path_that_is_no_checkpoint_is_refused(rllib, tmp_path, trained):
    missing = rllib("evaluate", tmp_path / "none")
    assert missing.exit_code == 2
    assert "none" in missing.output
    other = rllib("evaluate", tmp_path)
    assert other.exit_code == 2
    assert "rllib_checkpoint.json" in other.output
    above = rllib("evaluate", trained[1])
    assert above.exit_code == 2
    assert "checkpoint_000001" in above.output
