"""The choice of a level: probed, ordered, and never weaker than asked for."""

import pytest

from prorl_rllib.envs import VerifierError
from prorl_rllib.envs.sandbox import SandboxError, isolation_levels, select_backend, selection

ORDER = ["bwrap", "namespaces", "rlimit", "remote"]


@pytest.fixture
def usable(monkeypatch):
    """Sets which levels work on this machine."""

    def set_levels(*names):
        monkeypatch.setattr(selection, "probe", lambda level: "" if level in names else f"no {level} here")

    return set_levels


def test_levels_are_listed_from_strong_to_weak_with_reasons():
    levels = isolation_levels()
    assert list(levels) == ORDER
    assert all(isinstance(reason, str) for reason in levels.values()) and levels["remote"]


def test_auto_takes_the_strongest_that_works(usable):
    for level in ORDER[:3]:
        usable(*ORDER[ORDER.index(level) : 3])
        assert select_backend().name == level
    usable()
    assert select_backend(remote_url="http://host:8080").name == "remote"


def test_required_level_fails_closed(usable):
    usable("rlimit")
    assert select_backend(required="rlimit").name == "rlimit"
    for required in ("bwrap", "namespaces", "remote"):
        with pytest.raises(SandboxError, match="required_isolation") as error:
            select_backend(required=required)
        assert "no bwrap here" in str(error.value) or required == "remote"
    with pytest.raises(SandboxError):
        select_backend(required="namespaces", remote_url="http://host:8080")
    with pytest.raises(SandboxError):
        select_backend("rlimit", required="bwrap")


def test_remote_can_be_required(usable):
    usable(*ORDER[:3])
    assert select_backend(required="remote", remote_url="http://host").name == "remote"
    assert select_backend("remote", remote_url="http://host").name == "remote"
    with pytest.raises(SandboxError, match="sandbox_url"):
        select_backend("remote")


def test_without_any_level_there_is_no_backend(usable):
    usable()
    with pytest.raises(VerifierError, match="no rlimit here"):
        select_backend()


@pytest.mark.parametrize("arguments", [{"name": "docker"}, {"required": "strong"}])
def test_unknown_levels_are_refused_with_the_known_ones(arguments):
    with pytest.raises(SandboxError, match="bwrap, namespaces, rlimit, remote"):
        select_backend(**arguments)


def test_a_named_level_that_does_not_work_is_not_replaced(usable):
    usable("bwrap")
    with pytest.raises(SandboxError, match="no namespaces here"):
        select_backend("namespaces")


def test_a_level_whose_walls_do_not_stand_is_not_usable(monkeypatch):
    class Open:
        name = "bwrap"

        def run(self, program, jobs, limits):
            from prorl_rllib.envs.sandbox import JobResult

            return [JobResult("ok", value="sockets can be made"), JobResult("ok", "word\n")]

    monkeypatch.setitem(selection.LOCAL, "bwrap", Open)
    assert "sockets can be made" in selection.probe.__wrapped__("bwrap")


def test_a_level_that_fails_is_not_usable_and_says_why(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert "not installed" in selection.probe.__wrapped__("bwrap")
