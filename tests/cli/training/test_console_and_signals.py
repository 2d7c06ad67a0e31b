"""A run of the real command whose output nobody reads any more, and one that is asked to end by SIGTERM."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PPO = (
    "from ray.rllib.algorithms.ppo import PPOConfig\n"
    "config = (PPOConfig().environment('CartPole-v1').env_runners(num_env_runners=0)\n"
    "          .training(train_batch_size_per_learner=64, minibatch_size=64, num_epochs=1))\n"
    "def report(folder):\n    (folder / 'reported').touch()\n"
)


def test_a_run_ends_well_without_a_reader_and_sigterm_saves_it(tmp_path):
    (tmp_path / "ppo.py").write_text(PPO)
    command = [str(Path(sys.executable).with_name("rllib")), "train", "file", str(tmp_path / "ppo.py"), "-n", "run"]
    options = ["--storage-path", str(tmp_path), "--stop", '{"training_iteration": 100000}', "--ray-num-cpus", "2"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline().startswith("Training PPO")
        process.stdout.close()  # as `head -1` does
        end = time.monotonic() + 200
        while not any(path.stat().st_size for path in (tmp_path / "run").rglob("result.json")):
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < end
            time.sleep(0.5)
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=120) == 130
        assert process.stderr.read() == ""
    finally:
        process.kill()
    assert list((tmp_path / "run").rglob("checkpoint_*"))
    # The run was cut short: there is nothing to report on yet.
    assert not (tmp_path / "run" / "reported").exists()
