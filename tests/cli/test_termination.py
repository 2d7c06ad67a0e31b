import os
import signal
import threading

import pytest
import typer

from prorl_rllib.cli.errors import reported_errors
from prorl_rllib.cli.termination import Terminated, sigterm_interrupts


def test_sigterm_undoes_what_ctrl_c_undoes_and_ends_with_143(capsys):
    undone = []
    with pytest.raises(typer.Exit) as caught, reported_errors(0), sigterm_interrupts():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait(10)
        finally:
            undone.append(True)
    assert caught.value.exit_code == 143 and undone == [True]
    assert "Interrupted." in capsys.readouterr().err


def test_the_handler_before_is_put_back():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), sigterm_interrupts():
        raise Terminated
    assert signal.getsignal(signal.SIGTERM) is before
