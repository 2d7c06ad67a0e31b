import os
import shutil
import subprocess
import sys

import pytest

from prorl_rllib.envs.sandbox.interpreter import base_interpreter
from prorl_rllib.envs.sandbox.rlimit import open_to_all
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


def other_users_python():
    """A Python of this version that any user may run, or None."""
    if open_to_all(base_interpreter().prefix):
        return base_interpreter().executable
    system = shutil.which("python3", path="/usr/local/bin:/usr/bin")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    asked = [system, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    same = (
        system
        and subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False).stdout.strip() == version
    )
    return system if same else None


def run_as_nobody(code, timeout):
    """Run code as the user nobody, with the modules of this process."""
    python = other_users_python()
    if os.geteuid() != 0 or python is None:
        pytest.skip("needs root, and an interpreter of this version that other users may run")
    packages = [path for path in sys.path if path.endswith("site-packages") and open_to_all(path)]
    if not packages:
        pytest.skip("the installed packages can be read by root alone")
    start = f"import site, sys\nfor path in {packages!r}:\n    site.addsitedir(path)\n"
    return subprocess.run(
        [python, "-B", "-c", start + code],
        user=65534,
        group=65534,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "HOME": "/tmp"},
    )


@pytest.fixture
def as_nobody():
    """Runs code as the user nobody, in at most so many seconds."""
    return run_as_nobody
