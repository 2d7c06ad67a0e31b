from types import SimpleNamespace

import pytest

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.training import warm_start_phase


def test_algorithms_without_a_warm_start_need_nothing(capsys):
    assert warm_start_phase.run_warm_start(SimpleNamespace(lr=1.0)) == 0.0
    assert warm_start_phase.run_warm_start(SimpleNamespace(warm_start=None)) == 0.0
    assert capsys.readouterr().out == ""


def test_progress_is_a_line_now_and_then_when_nobody_watches(capsys, monkeypatch):
    monkeypatch.setattr(warm_start_phase, "SECONDS_BETWEEN_LINES", 0.0)
    progress = warm_start_phase.WarmStartProgress()
    progress(500, 1500, 1.25, 30.0)
    progress.close()
    assert capsys.readouterr().out == "warm start 500/1500: loss 1.250, 30s passed, 1m00s left\n"


def test_no_line_is_printed_before_its_time(capsys):
    progress = warm_start_phase.WarmStartProgress()
    progress(10, 1500, 1.25, 3.0)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("cached", "seconds"), [(True, 0.0), (False, 12.5)])
def test_only_a_warm_start_that_was_made_costs_time(monkeypatch, capsys, cached, seconds):
    from prorl_rllib.algorithms import warm_start

    made = SimpleNamespace(path="/cache/abc", seconds=12.5, cached=cached)
    monkeypatch.setattr(warm_start, "ensure_warm_start", lambda config, on_progress: made, raising=False)
    assert warm_start_phase.run_warm_start(SimpleNamespace(warm_start=object())) == seconds
    assert "/cache/abc" in capsys.readouterr().out


def test_a_warm_start_that_fails_fails_the_command(monkeypatch):
    from prorl_rllib.algorithms import warm_start

    def fail(config, on_progress):
        raise ValueError("num_steps=0 is out of range")

    monkeypatch.setattr(warm_start, "ensure_warm_start", fail)
    with pytest.raises(CommandError, match="num_steps=0") as caught:
        warm_start_phase.run_warm_start(SimpleNamespace(warm_start=object()))
    assert caught.value.exit_code == 1
