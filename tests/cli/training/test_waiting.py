from types import SimpleNamespace

import pytest
from ray import tune

from prorl_rllib.cli.training.waiting import WaitingCallback


def trial(status):
    return SimpleNamespace(status=status, placement_group_factory=tune.PlacementGroupFactory([{"CPU": 3}]))


@pytest.fixture
def told_at(ray_cluster, capsys):
    """The seconds, out of given ones with the trials' states at them, at which a wait was said."""

    def told(states):
        times = iter([second for second, state in states if "RUNNING" not in state and "PENDING" in state])
        callback = WaitingCallback(clock=lambda: next(times))
        said = []
        for step, (second, state) in enumerate(states):
            callback.on_step_begin(step, [trial(status) for status in state])
            if text := capsys.readouterr().out:
                assert "One needs 3 CPU (" in text
                said.append(second)
        return said

    return told


def test_a_wait_for_a_busy_cluster_is_said_ever_more_rarely(told_at):
    assert told_at([(second, ["PENDING"]) for second in range(0, 600, 20)]) == [60, 120, 240, 480]


def test_nothing_is_said_while_a_trial_runs_or_when_all_have_ended(told_at):
    assert told_at([(second, ["RUNNING", "PENDING"]) for second in range(0, 200, 20)]) == []
    assert told_at([(second, ["TERMINATED"]) for second in range(0, 200, 20)]) == []


def test_a_wait_begins_anew_after_a_trial_ran(told_at):
    states = [(0, ["PENDING"]), (59, ["PENDING"]), (61, ["RUNNING"]), (70, ["PENDING"]), (129, ["PENDING"])]
    assert told_at(states) == []
