from dataclasses import replace

import pytest

from prorl_rllib.envs import Score
from prorl_rllib.envs.math import MathDomain
from prorl_rllib.envs.validate import main


def test_a_sound_environment_validates(capsys, monkeypatch):
    monkeypatch.setattr(MathDomain, "hostile_responses", lambda self: (r"\boxed{9^{9^9}}", "\\boxed{\ud800}"))
    assert main(["prorl_rllib:prorl/Math-v0", "--tasks", "20"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and out.startswith("prorl/Math-v0: 40 tasks") and out.rstrip().endswith("ok")


def test_a_generator_that_differs_by_process_fails(capsys, monkeypatch):
    monkeypatch.setattr(MathDomain, "hostile_responses", lambda self: ())
    made = MathDomain.generate
    monkeypatch.setattr(MathDomain, "generate", lambda self, *arguments: replace(made(self, *arguments), metadata={}))
    assert main(["prorl/Math-v0", "--tasks", "3"]) == 1
    assert "another process made other tasks" in capsys.readouterr().out


def test_an_unsound_environment_fails(capsys, monkeypatch):
    monkeypatch.setattr(MathDomain, "hostile_responses", lambda self: ())
    monkeypatch.setattr(MathDomain, "quick_score", lambda self, reference, answer, options: Score(1.0))
    assert main(["prorl/Math-v0", "--tasks", "5"]) == 1
    assert "FAILED" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["prorl/Chess-v0"]])
def test_a_wrong_command_line_exits_with_usage(arguments):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
