import logging
import os
from pathlib import Path

import pytest

from prorl_rllib.engines import engine_start
from prorl_rllib.engines.errors import EngineStartError


def test_a_start_that_never_ends_is_killed(start, caplog, monkeypatch):
    monkeypatch.setattr(engine_start, "PROGRESS_LINE_S", 1.0)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text()
    with (
        caplog.at_level(logging.INFO, logger=engine_start.__name__),
        pytest.raises(EngineStartError, match=r"not ready after 6 s.*\n(.*\n)*.*in sleep_for_ever"),
    ):
        start(start_timeout_s=6.0, does={"start": "sleep"}, chatter=1)
    assert children.read_text() == before
    assert "has been starting for" in caplog.text and "its last line: on stderr 0" in caplog.text


def test_a_start_that_crashes_says_how(start):
    with pytest.raises(EngineStartError, match=r"exit code 3(.*\n)*.*last words"):
        start(does={"start": "exit"})


@pytest.mark.parametrize(
    ("raised", "arrives"), [("ValueError", ValueError), ("FileNotFoundError", OSError), ("KeyError", EngineStartError)]
)
def test_what_the_constructor_refuses_is_said(start, raised, arrives):
    with pytest.raises(arrives, match="the words of the engine"):
        start(does={"start": raised})


def test_unknown_engines_are_named(start):
    with pytest.raises(ValueError, match="did you mean 'transformers'"):
        start("transfomers")


@pytest.mark.parametrize("key", ["start_timeout_s", "call_timeout_s"])
def test_timeouts_must_be_positive(start, key):
    with pytest.raises(ValueError, match=f"{key}=0"):
        start(**{key: 0})
