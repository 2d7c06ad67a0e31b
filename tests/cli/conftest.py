"""What the tests of the command share: a runner, experiment files, results of a made-up ProRL run."""

import math
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from prorl_rllib.cli.quiet import prepare_environment

PPO = """
from ray.rllib.algorithms.ppo import PPOConfig

config = (
    PPOConfig()
    .environment("CartPole-v1")
    .env_runners(num_env_runners=0, rollout_fragment_length=64)
    .training(train_batch_size_per_learner=64, minibatch_size=64, num_epochs=1)
)
stop = {"training_iteration": 2}
"""


def made_up_rows(iterations=60, reset_at=(25, 45), seed=0):
    """Results as ProRL reports them, of a run that learns and whose reference is reset twice."""
    noise = random.Random(seed)
    rows, last_reset = [], 0
    for i in range(1, iterations + 1):
        gain = 1 - math.exp(-i / 20)
        math_reward = 0.3 + 0.5 * gain + noise.gauss(0, 0.03)
        logic_reward = 0.2 + 0.7 * gain + noise.gauss(0, 0.03)
        row = {
            "training_iteration": i,
            "time_total_s": 4.0 * i,
            "timers": {"sample": 2.0, "update": 1.5, "sync": 0.1 if i % 2 else math.nan},
            "env_runners": {
                "episode_return_mean": (math_reward + logic_reward) / 2,
                "completion_tokens_mean": 18.2,
                "truncated_share": 0.01,
                "domains": {
                    "math": {"reward_mean": math_reward, "accuracy": math_reward},
                    "logic": {"reward_mean": logic_reward, "accuracy": logic_reward - 0.05},
                },
            },
            "learners": {
                "default_policy": {"kl": 0.0008 * (i - last_reset - 1) ** 0.8, "entropy": 0.5 * math.exp(-i / 40)}
            },
            "prorl": {
                "groups_sampled": 80,
                "groups_kept": 64,
                "reference_resets": sum(r <= i for r in reset_at),
                "reference_reset": int(i in reset_at),
                "tokens_per_s": 2100.0,
            },
            "reference_reset_reason": "validation plateau" if i in reset_at else "",
        }
        if i == 1:
            row["evaluation_initial"] = _evaluation(0.31, 0.21)
        if i % 10 == 0:
            row["evaluation"] = _evaluation(0.3 + 0.5 * gain, 0.2 + 0.7 * gain)
        if i in reset_at:
            last_reset = i
        rows.append(row)
    return rows


def _evaluation(math_share, logic_share):
    domains = {"math": {"pass@1": math_share, "num_tasks": 128}, "logic": {"pass@1": logic_share, "num_tasks": 128}}
    env_runners = {"pass@1": (math_share + logic_share) / 2, "num_tasks": 256, "domains": domains}
    return {"env_runners": env_runners, "seconds": 0.5}


@pytest.fixture
def prorl_rows():
    return made_up_rows()


@pytest.fixture
def rllib():
    """Call the command in this process: `rllib("train", "file", ...)` gives exit code and output."""
    prepare_environment()
    from prorl_rllib.cli.app import app

    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def experiment(tmp_path):
    """Write an experiment file: PPO on CartPole, followed by the given lines."""

    def write(extra="", name="experiment.py") -> Path:
        path = tmp_path / name
        path.write_text(PPO + extra)
        return path

    return write
