import io
import sys

from prorl_rllib.cli.console import complain, say


def test_a_redirected_line_is_written_at_once_and_in_order(tmp_path, monkeypatch):
    path = tmp_path / "log"
    with path.open("ab", buffering=0) as raw:
        # As Python opens a standard output that is no terminal: lines wait until 8 KiB have come together.
        for name in ("stdout", "stderr"):
            monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8"))
        say("POST http://127.0.0.1:1/score")
        assert path.read_text() == "POST http://127.0.0.1:1/score\n"
        complain("no")
        say("end")
        assert path.read_text() == "POST http://127.0.0.1:1/score\nError: no\nend\n"
        monkeypatch.undo()
