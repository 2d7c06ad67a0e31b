import pytest

from prorl_rllib.envs.sandbox.selection import LOCAL, probe


def _backend(level):
    if reason := probe(level):
        pytest.skip(f"{level}: {reason}")
    return LOCAL[level]()


@pytest.fixture(params=list(LOCAL))
def backend(request):
    """Each level that works on this machine."""
    return _backend(request.param)


@pytest.fixture(params=["strongest", *(pytest.param(level, marks=pytest.mark.slow) for level in list(LOCAL))])
def driver_backend(request):
    """The strongest level that works here, for what the levels have in common; all of them with the slow tests."""
    if request.param != "strongest":
        return _backend(request.param)
    return _backend(next((level for level in LOCAL if not probe(level)), "bwrap"))
