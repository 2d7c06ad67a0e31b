import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.training.resume import find_experiment

NAME = "spelling"


def make_run(folder, name, age):
    run = folder / name
    run.mkdir()
    (run / "tuner.pkl").touch()
    (run / "experiment_state-2026.json").touch()
    os.utime(run, (time.time() - age, time.time() - age))
    return run


def test_the_newest_run_of_the_file_is_found_or_the_one_named(tmp_path):
    older = make_run(tmp_path, "spelling_2026-01-31_12-00-00", 20)
    newer = make_run(tmp_path, "spelling_2026-01-31_12-00-05", 10)
    make_run(tmp_path, "other_2026-01-31_12-00-00", 0)
    # Of another experiment, whose name begins like this one's; cut off before Tune wrote its state; a dangling link.
    make_run(tmp_path, "spelling_long_2026-01-31_12-00-00", 0)
    (make_run(tmp_path, "spelling_2026-01-31_13-00-00", 0) / "experiment_state-2026.json").unlink()
    (tmp_path / "spelling_2026-01-31_14-00-00").symlink_to(tmp_path / "nowhere")
    assert find_experiment(str(tmp_path), NAME, None) == newer
    assert find_experiment(str(tmp_path), NAME, older.name) == older


def test_nothing_to_resume_is_said(tmp_path):
    with pytest.raises(CommandError, match=r"no run to resume.*'spelling_'.*--storage-path"):
        find_experiment(str(tmp_path), NAME, None)
    with pytest.raises(CommandError, match=r"no experiment of 'mine'"):
        find_experiment(str(tmp_path), NAME, "mine")
    with pytest.raises(CommandError, match="not under s3://bucket"):
        find_experiment("s3://bucket", NAME, None)


EXPERIMENT = """
import gymnasium as gym
from ray.tune.registry import register_env
from prorl_rllib.algorithms import ProRLConfig

def make(config):
    from prorl_rllib.envs import TextSpace

    class Letters(gym.Env):
        observation_space, action_space = TextSpace(), TextSpace()

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return f"Write {{self.np_random.integers(10)}}", {{}}

        def step(self, action):
            return "", sum(ord(c) % 3 == 0 for c in action) / max(1, len(action)), True, False, {{}}

    return Letters()

register_env("letters", make)
config = (
    ProRLConfig().environment("letters")
    .training(model={model!r}, prompts_per_step=4, prompts_per_optimizer_step=2, group_size=4, lr=1e-3)
    .generation(max_completion_length=8, engine_config={{"max_num_seqs": 8}})
    .env_runners(num_env_runners=0).reference_reset(period=2, min_spacing=1)
    .stages([{{"from_iteration": 4, "training": {{"group_size": 6}}}}])
    .reporting_samples(interval=None).debugging(seed=0)
)
stop = {{"training_iteration": 30}}
"""


@pytest.mark.slow
def test_a_run_that_was_killed_goes_on_as_if_nothing_had_happened(tmp_path, tiny_model_path):
    path = tmp_path / "letters.py"
    path.write_text(EXPERIMENT.format(model=tiny_model_path))
    rllib = str(Path(sys.executable).with_name("rllib"))

    def command(name, *options):
        common = ["--storage-path", str(tmp_path), "-n", name, "--ray-num-cpus", "2", "--checkpoint-freq", "1"]
        return [rllib, "train", "file", str(path), *common, *options]

    def returns(name):
        (file,) = (tmp_path / name).glob("*/result.json")
        rows = {row["training_iteration"]: row for row in map(json.loads, file.read_text().splitlines())}
        return [rows[i]["env_runners"]["episode_return_mean"] for i in sorted(rows)]

    killed = subprocess.Popen(
        command("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "killed").glob("*/checkpoint_000004")) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait(timeout=30)
    done = subprocess.run(command("killed", "--resume"), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    whole = subprocess.run(command("whole"), capture_output=True, text=True, timeout=200)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert len(returns("killed")) == 30
    assert returns("killed") == returns("whole")
