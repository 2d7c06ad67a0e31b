"""Programs that want no reward of 0: they try to make the machinery fail, so that their sample is dropped."""

import os
import time
from pathlib import Path

import pytest

from prorl_rllib.envs.sandbox import Limits, StdinJob, session
from prorl_rllib.envs.sandbox.inside import settings as wire
from prorl_rllib.envs.sandbox.inside.reaper import flatten
from prorl_rllib.envs.sandbox.process import Reply

LIMITS = Limits(test_time_s=2, total_time_s=60)
BREAKERS = {
    "closes the scratch directory": "import os\ntry:\n    os.chmod('.', 0)\nexcept OSError:\n    pass",
    "forges the time of its start": """
import os, struct, time
for fd in range(3, 256):
    try:
        os.read(os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK), 100)
        os.write(fd, struct.pack(">cd", b"r", time.monotonic() + 10**6))
        time.sleep(10**6)
    except OSError:
        pass
""",
    "has the kernel signal others": """
import fcntl, os
for target in (os.getppid(), 1):
    for number in (0, 9, 19):
        read, write = os.pipe()
        try:
            fcntl.fcntl(read, fcntl.F_SETOWN, target)
            fcntl.fcntl(read, 10, number)
            fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC)
            os.write(write, b"x")
        except OSError:
            pass
""",
    "starves others": """
import os
for target in (os.getppid(), 1):
    for change in (
        lambda: os.sched_setscheduler(target, os.SCHED_IDLE, os.sched_param(0)),
        lambda: os.sched_setaffinity(target, {0}),
        lambda: os.setpriority(os.PRIO_PROCESS, target, 19),
    ):
        try:
            change()
            print("starved")
        except OSError:
            pass
""",
    "stops who would kill it": """
import os, signal
try:
    child = os.fork()
except OSError:
    child = 1
while child == 0:
    try:
        os.kill(-1, signal.SIGSTOP)
    except OSError:
        pass
""",
    "takes the names that its files are moved to": """
import os
os.mkdir("a")
for name in ("b", "c", "d"):
    os.mkdir(f"a/{name}")
for process in range(os.getpid(), os.getpid() + 40):
    for number in (1, 2, 3):
        os.makedirs(f".moved-{process}-{number}/full")
""",
    "marks the scratch directory": """
import os
try:
    os.setxattr(".", "user.mark", b"x")
except OSError:
    pass
""",
    "leaves as many files as it can": """
import os
try:
    for number in range(6_000):
        open(str(number), "w").close()
except OSError:
    pass
""",
}
LEFT = "import os\nprint(os.listdir('.'), os.listxattr(os.path.curdir) if os.access('/proc/self', os.F_OK) else [])"


@pytest.mark.parametrize("breaker", BREAKERS)
def test_no_program_makes_the_machinery_fail_or_reaches_its_next_test(backend, breaker):
    source = f"exec({BREAKERS[breaker]!r} if open(0).read() == 'attack' else {LEFT!r})"
    results = backend.run(source, [StdinJob("attack"), StdinJob("")] * 2, LIMITS)
    assert [(r.status, r.stdout) for r in results[1::2]] == [("ok", "[] []\n")] * 2, results
    assert "starved" not in results[0].stdout


def test_the_number_of_files_is_bounded(backend):
    if backend.name == "rlimit":
        pytest.skip("the rlimit level does not bound the files together")
    count = "try:\n    for n in range(10**6):\n        open(str(n), 'w').close()\nexcept OSError:\n    print(n)"
    for result in backend.run(count, [StdinJob("")] * 2, Limits(test_time_s=20)):
        assert result.status == "ok" and 1000 < int(result.stdout) < 5000, result


def test_shared_memory_counts_as_memory(backend):
    if backend.name == "rlimit":
        pytest.skip("the rlimit level bounds the memory of each process, not their sum")
    program = (
        "import mmap, os, time\nfor _ in range(7):\n    if os.fork() == 0:\n        break\n"
        "m = mmap.mmap(-1, 60 * 2**20)\nfor _ in range(60):\n    m.write(bytes(2**20))\ntime.sleep(1000)"
    )
    (result,) = backend.run(program, [StdinJob("")], Limits(10, 60, memory_mb=200))
    assert result.status == "memory", result


def test_a_job_that_left_too_much_is_the_last_and_no_failure():
    class Sandbox:
        causes = iter([wire.ENDED, wire.ENDED, wire.SPENT])

        def ask(self, kind, body, seconds):
            return Reply(next(self.causes), 0, 0.1, b"", b"o")

    results = session.run_session(Sandbox(), "", [StdinJob("")] * 4, LIMITS)
    assert [r.status for r in results] == ["ok", "output_limit", "not_run", "not_run"]


def test_deleting_what_a_job_left_ends_in_time(tmp_path):
    for number in range(20):
        (tmp_path / f"{number}" / "deep").mkdir(parents=True)
    flatten(str(tmp_path), time.monotonic() - 1)
    assert len(list(tmp_path.iterdir())) >= 19
    flatten(str(tmp_path), time.monotonic() + 60)
    assert not list(tmp_path.iterdir())


def test_no_ordinary_users_program_makes_the_machinery_fail(as_nobody):
    if os.geteuid() != 0:
        pytest.skip("the other tests ran as an ordinary user")
    named = "closes or forges or signal or starves or names"
    arguments = ["-q", "-p", "no:cacheprovider", "-k", named, str(Path(__file__))]
    done = as_nobody(f"import pytest, sys\nsys.exit(pytest.main({arguments!r}))", 200)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
