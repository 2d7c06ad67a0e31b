"""The processes of a sandbox: none outlives its caller or its run, and a broken one is never a result."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from prorl_rllib.envs.sandbox import ExpressionJob, Limits, SandboxError, StdinJob
from prorl_rllib.envs.sandbox.interpreter import Interpreter

FOREVER = Limits(test_time_s=600, total_time_s=600)
BUSY = """
import os, time
try:
    os.fork()
    os.setsid()
except OSError:
    pass
while True:
    time.sleep(1)
"""
SANDBOX_PROCESSES = {"bwrap": 3, "namespaces": 3, "rlimit": 2}
"""Those of a sandbox while it runs a job: what waits outside, the driver, the job."""
NETWORK = """
import os
def network():
    import socket
    try:
        socket.socket()
    except OSError:
        return "none"
"""
CALLER = """
import sys, threading
sys.path += {path!r}
from prorl_rllib.envs.sandbox import Limits, StdinJob
from prorl_rllib.envs.sandbox.selection import LOCAL
run = lambda: LOCAL[{level!r}]().run({program!r}, [StdinJob("")], Limits(test_time_s=600, total_time_s=600))
if {threaded}:
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
else:
    run()
"""


def descendants(pid):
    """All processes below one, from /proc."""
    below = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            below += [child, *descendants(child)]
    return below


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not (outcome := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return outcome


@pytest.mark.parametrize("threaded", [False, True])
def test_nothing_outlives_a_caller_that_is_killed(backend, threaded):
    code = CALLER.format(path=sys.path, level=backend.name, program=BUSY, threaded=threaded)
    caller = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    forks = int(backend.name != "rlimit" or os.geteuid() == 0)
    started = SANDBOX_PROCESSES[backend.name] + forks
    try:
        below = wait_for(lambda: len(found := descendants(caller.pid)) >= started and found)
    finally:
        caller.kill()
        caller.wait(timeout=10)
    wait_for(lambda: not any(alive(pid) for pid in below))


def test_a_run_leaves_no_process_and_no_file(backend):
    before, files = set(descendants(os.getpid())), set(os.listdir(tempfile.gettempdir()))
    backend.run("open('left', 'w').write('x')", [StdinJob("")] * 2, Limits())
    backend.run("while True: pass", [StdinJob("")], Limits(test_time_s=0.2))
    assert set(descendants(os.getpid())) <= before
    assert not [f for f in set(os.listdir(tempfile.gettempdir())) - files if f.startswith("prorl-sandbox-")]


def test_a_run_ends_although_a_forked_process_holds_its_pipe(backend):
    forked, started = [], time.monotonic()

    def fork():
        wait_for(lambda: len(set(descendants(os.getpid())) - before) >= SANDBOX_PROCESSES[backend.name])
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
            os._exit(0)
        forked.append(pid)

    before = set(descendants(os.getpid()))
    thread = threading.Thread(target=fork)
    thread.start()
    (result,) = backend.run("import time\ntime.sleep(1)", [StdinJob("")], Limits(test_time_s=30))
    thread.join(timeout=30)
    os.kill(forked[0], signal.SIGKILL)
    os.waitpid(forked[0], 0)
    assert result.status == "ok" and time.monotonic() - started < 60


def test_a_sandbox_that_dies_is_a_failure_not_a_result(backend):
    before, outcome = set(descendants(os.getpid())), []

    def run():
        try:
            outcome.append(backend.run(BUSY, [StdinJob("")], FOREVER))
        except SandboxError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    driver = wait_for(lambda: sorted(set(descendants(os.getpid())) - before))[0]
    wait_for(lambda: len(descendants(driver)) >= SANDBOX_PROCESSES[backend.name] - 1)
    os.kill(driver, signal.SIGKILL)
    thread.join(timeout=60)
    assert not thread.is_alive() and isinstance(outcome[0], SandboxError) and "ended" in str(outcome[0])
    wait_for(lambda: set(descendants(os.getpid())) <= before)


def test_threads_run_sandboxes_at_once(backend):
    results = {}

    def run(name):
        program = f"print({name}, input())\nimport os\nopen('mine', 'x').close()"
        results[name] = [r.stdout for r in backend.run(program, [StdinJob(str(i)) for i in range(5)], Limits(20, 120))]

    threads = [threading.Thread(target=run, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert results == {name: [f"{name} {i}\n" for i in range(5)] for name in range(4)}


def test_works_under_the_limits_of_a_verification_worker(backend):
    code = f"""
import json, resource, sys
sys.path += {sys.path!r}
resource.setrlimit(resource.RLIMIT_AS, (4 * 2**30,) * 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (16 * 2**20,) * 2)
from prorl_rllib.envs.sandbox import ExpressionJob, Limits
from prorl_rllib.envs.sandbox.selection import LOCAL
print(LOCAL[{backend.name!r}]().run("x = 6", [ExpressionJob("x * 7")], Limits(test_time_s=20))[0].value)
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "42\n", done.stderr


def test_driver_that_cannot_start_is_a_failure(monkeypatch, backend):
    wrong = Interpreter("/bin/false", "/usr")
    for module in ("bwrap", "namespaces"):
        monkeypatch.setattr(f"prorl_rllib.envs.sandbox.{module}.base_interpreter", lambda: wrong)
    monkeypatch.setattr("prorl_rllib.envs.sandbox.rlimit.interpreter_for", lambda uid: (wrong, True))
    with pytest.raises(SandboxError, match="ended before"):
        backend.run("x = 1", [ExpressionJob("x")], Limits())


def test_levels_work_for_an_ordinary_user(backend, as_nobody):
    done = as_nobody(
        f"""
import json, os
from prorl_rllib.envs.sandbox import ExpressionJob, Limits
from prorl_rllib.envs.sandbox.selection import LOCAL, probe
jobs = [ExpressionJob("[os.getuid(), network()]")]
result = LOCAL[{backend.name!r}]().run({NETWORK!r}, jobs, Limits(test_time_s=20))[0]
print(json.dumps([os.getuid(), probe({backend.name!r}), result.value]))
""",
        120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [65534, "", [65534, "none"]], done


@pytest.mark.slow
def test_every_exploit_fails_for_an_ordinary_user_too(as_nobody):
    tests = Path(__file__).parent / "test_exploits.py"
    code = f"import pytest, sys\nsys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-m', '', {str(tests)!r}]))"
    done = as_nobody(code, 280)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
