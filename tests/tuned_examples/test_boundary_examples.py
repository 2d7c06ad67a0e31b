"""The reproduction of the boundary findings: its base, its arms, and where its reports look for checkpoints."""

import json
import random
import shutil

import pytest

from prorl_rllib.algorithms.warm_start.solutions import worked_solution
from prorl_rllib.cli.boundary.families import read_families
from prorl_rllib.envs import MathEnv, verify_batch
from prorl_rllib.tuned_examples.boundary._evaluation import FAMILIES, trials_of
from prorl_rllib.tuned_examples.boundary._ladder import TERMS, families, solve_one_too_many
from prorl_rllib.tuned_examples.boundary.base import config as base_config
from prorl_rllib.tuned_examples.boundary.ladder import ARMS, POINTS


def test_a_step_that_goes_wrong_is_never_made_up_for():
    env = MathEnv(**families(*TERMS))
    tasks = [env.task(index) for index in range(40)]
    solvers = base_config.all_solvers()

    def verdicts(rate):
        rng = random.Random(0)
        return verify_batch(tasks, [worked_solution(task, rng, rate, solvers) for task in tasks])

    assert all(verdict.reward == 1.0 for verdict in verdicts(0.0))
    assert not any(verdict.reward for verdict in verdicts(1.0))
    assert base_config.solvers["sum_chain"] is solve_one_too_many


def test_the_arms_differ_in_resets_and_the_base_depends_on_the_seed():
    assert [point["reset_period"] for point in POINTS] == [30, None]
    other = base_config.copy(copy_frozen=False).debugging(seed=1)
    assert other.cache_key() != base_config.cache_key()


def test_the_reported_families_are_among_those_trained_on():
    found = read_families(None, None, [], str(FAMILIES))
    assert len(found) == 4
    for family in found.values():
        (settings,) = family.env_config["datasets"].values()
        assert TERMS[0] <= settings["min_terms"] == settings["max_terms"] == family.difficulty <= TERMS[1]


def test_reports_take_the_middle_and_the_last_checkpoint_of_each_arm(tmp_path):
    for arm in ARMS:
        for number in range(4):
            (tmp_path / arm.name / f"checkpoint_00000{number}").mkdir(parents=True)
        (tmp_path / arm.name / "params.json").write_text(json.dumps({**arm.settings, "seed": 4}))
    seed, found = trials_of(tmp_path, ARMS)
    assert seed == 4
    for arm in ARMS:
        assert [folder.name for folder in found[arm.name]] == ["checkpoint_000001", "checkpoint_000003"]
    (tmp_path / ARMS[0].name).rename(tmp_path / "first")
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    with pytest.raises(ValueError, match=r"two trials of 'KL and resets'.*first and second"):
        trials_of(tmp_path, ARMS)
    shutil.rmtree(tmp_path / "second")
    for number in (0, 1, 2):
        (tmp_path / ARMS[1].name / f"checkpoint_00000{number}").rmdir()
    with pytest.raises(FileNotFoundError, match=r"KL, no resets.*checkpoint-freq"):
        trials_of(tmp_path, ARMS)
