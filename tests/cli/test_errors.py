import pytest
import typer

from prorl_rllib.cli.errors import describe, reported_errors, root_cause

ACTOR_DIED = """The actor died because of an error raised in its creation task, \x1b[36mray::ProRL.__init__()\x1b[39m
  File "algorithm.py", line 441, in __init__
    config = default_config.update_from_dict(config)
             ^^^^^^^^^^^
  File "checks.py", line 74, in check_keys
    raise ValueError("no")
ValueError: group_size=1 is too small:
allowed are 2 and more."""


class Wrapped(RuntimeError):
    cause = KeyError("inner")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RuntimeError(ACTOR_DIED), "ValueError: group_size=1 is too small:\nallowed are 2 and more."),
        (Wrapped("outer"), "KeyError: 'inner'"),
        (ValueError("plain"), "ValueError: plain"),
    ],
)
def test_the_cause_is_read_out_of_what_ray_raises(error, text):
    assert root_cause(error) == text


def test_ctrl_c_outside_of_the_trials_exits_with_130(capsys):
    with pytest.raises(typer.Exit) as caught, reported_errors(0):
        raise KeyboardInterrupt
    assert caught.value.exit_code == 130
    assert "Interrupted" in capsys.readouterr().err


def test_an_exception_without_a_message_is_named():
    assert describe(KeyboardInterrupt()) == "KeyboardInterrupt"


def test_notes_that_were_added_to_an_exception_are_told():
    from prorl_rllib.cli.errors import describe

    error = RuntimeError("the actor died")
    error.add_note("a learner was lost: resume from a checkpoint")
    assert describe(error) == "RuntimeError: the actor died\na learner was lost: resume from a checkpoint"
