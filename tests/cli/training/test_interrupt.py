import os
import signal
from types import SimpleNamespace

import pytest

from prorl_rllib.cli.training.interrupt import InterruptCallback, InterruptibleStopper, criteria_met, interrupts_go_to


def running(**last_result):
    return SimpleNamespace(status="RUNNING", last_result=last_result)


def stops_at_once(trials, *, signals=1, saves_at_end=True):
    stopper = InterruptibleStopper({"training_iteration": 5})
    for _ in range(signals):
        stopper.on_signal(signal.SIGINT, None)
    InterruptCallback(stopper, saves_at_end).on_step_end(1, trials)
    return stopper.stop_all()


def test_a_trial_that_has_learned_something_may_finish_its_iteration():
    assert not stops_at_once([running(training_iteration=1)])
    assert not stops_at_once([running(), running(training_iteration=1)])


def test_nothing_is_waited_for_where_nothing_would_be_saved():
    pending = SimpleNamespace(status="PENDING", last_result={})
    ended = SimpleNamespace(status="TERMINATED", last_result={"training_iteration": 3})
    assert stops_at_once([])
    assert stops_at_once([pending, ended, running()])
    assert stops_at_once([running(training_iteration=1)], saves_at_end=False)


def test_a_second_ctrl_c_stops_at_once_and_a_third_leaves():
    assert stops_at_once([running(training_iteration=1)], signals=2)
    with pytest.raises(KeyboardInterrupt):
        stops_at_once([running(training_iteration=1)], signals=3)


def test_without_ctrl_c_only_the_stop_criteria_stop_a_trial():
    stopper = InterruptibleStopper({"training_iteration": 5})
    InterruptCallback(stopper, saves_at_end=True).on_step_end(1, [])
    assert not stopper.stop_all()
    assert not stopper("t0", {"training_iteration": 4})
    assert stopper("t0", {"training_iteration": 5})
    stopper.on_signal(signal.SIGINT, None)
    assert stopper("t0", {"training_iteration": 1})


@pytest.mark.parametrize(
    ("stop", "met"),
    [({"a/b": 1.0}, True), ({"a/b": 2.0}, False), ({"c": 0}, False), ({"c": 0, "a/b": 1}, True), ({}, False)],
)
def test_stop_criteria_read_nested_metrics_and_leave_missing_ones_alone(stop, met):
    assert criteria_met(stop, {"a": {"b": 1.5}}) is met


def test_the_handler_of_before_comes_back():
    before = signal.getsignal(signal.SIGINT)
    with interrupts_go_to(InterruptibleStopper({})):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    assert "TUNE_DISABLE_SIGINT_HANDLER" not in os.environ
