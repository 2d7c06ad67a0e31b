import os
import signal
import threading
import time
from types import SimpleNamespace

import pytest

from prorl_rllib.cli.interrupt import InterruptCallback, InterruptibleStopper, criteria_met, interrupts_go_to


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
def long_run(rllib, experiment, tmp_path, cluster_cpus):
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


def test_a_run_interrupted_before_its_first_iteration_leaves_at_once(long_run, tmp_path):
    press_ctrl_c_when(lambda: True)
    result = long_run()
    assert result.exit_code == 130, result.output
    assert "Interrupted" in result.output
    assert "finished." not in result.output
    assert not written_results(tmp_path)


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
