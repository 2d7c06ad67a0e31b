"""Which limit a program broke, and what is done with the rest of its jobs."""

import pytest

from prorl_rllib.envs.sandbox import CallJob, ExpressionJob, Limits, StdinJob
from prorl_rllib.envs.sandbox.api import MAX_CONSECUTIVE_TIMEOUTS

QUICK = Limits(test_time_s=0.3, total_time_s=60)


@pytest.mark.parametrize(
    "program",
    [
        "while True: pass",
        "import time; time.sleep(1000)",
        "import signal, time\nfor s in range(1, 65):\n    try:\n        signal.signal(s, signal.SIG_IGN)\n"
        "    except (OSError, ValueError):\n        pass\nwhile True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import time\ntime.time = time.monotonic = time.perf_counter = lambda: 0.0\nwhile True: pass",
        "import atexit\natexit.register(lambda: [None for _ in iter(int, 1)])",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
        "import sys\nwhile True:\n    sys.stderr.write('x' * 10000)",
        "import os\nos.close(1)\nwhile True: pass",
        "10**10**10",
    ],
)
def test_whatever_runs_on_times_out(driver_backend, program):
    (result,) = driver_backend.run(program, [StdinJob("")], QUICK)
    assert result.status == "timeout", result


def test_rest_is_not_run_after_timeouts_in_a_row(driver_backend):
    jobs = [StdinJob("stop"), StdinJob("go"), *[StdinJob("stop")] * 5]
    results = driver_backend.run("while input() == 'stop': pass", [*jobs], QUICK)
    assert [r.status for r in results] == ["exception", "ok", *["exception"] * 5]  # the input ends: EOFError
    program = "word = input()\nwhile word == 'stop': pass"
    results = driver_backend.run(program, jobs, QUICK)
    expected = ["timeout", "ok", *["timeout"] * MAX_CONSECUTIVE_TIMEOUTS]
    assert [r.status for r in results] == [*expected, *["not_run"] * (len(jobs) - len(expected))]


def test_total_time_bounds_all_jobs(driver_backend):
    program = "import time\nname = input()\ntime.sleep(0.4)"
    results = driver_backend.run(program, [StdinJob("x")] * 6, Limits(test_time_s=5, total_time_s=1.0))
    statuses = [r.status for r in results]
    assert statuses[0] == "ok" and statuses[-1] == "not_run" and statuses.count("timeout") <= 1
    assert statuses == sorted(statuses, key=["ok", "timeout", "not_run"].index)


@pytest.mark.parametrize(
    "program", ["x = bytearray(2**34)", "x = []\nwhile True: x.append(bytes(10**6))", "x = 'a' * 10**10"]
)
def test_memory_is_bounded(driver_backend, program):
    stdin, after = driver_backend.run(
        f"if input() == 'go':\n    exec({program!r})", [StdinJob("go"), StdinJob("no")], Limits()
    )
    assert (stdin.status, after.status) == ("memory", "ok"), stdin


def test_memory_of_a_returned_value_is_bounded(driver_backend):
    jobs = [ExpressionJob("[0] * 10**10"), ExpressionJob("'x' * 10**8"), ExpressionJob("1")]
    results = driver_backend.run("", jobs, Limits(memory_mb=512, output_bytes=2**16))
    assert [r.status for r in results] == ["memory", "output_limit", "ok"]


def test_memory_of_all_processes_together_is_bounded(driver_backend):
    if driver_backend.name == "rlimit":
        pytest.skip("the rlimit level bounds the memory of each process, not their sum")
    program = (
        "import os, time\nfor _ in range(7):\n    if os.fork() == 0:\n        break\n"
        "x = bytearray(os.urandom(1) * (60 * 2**20))\ntime.sleep(1000)"
    )
    first, second = driver_backend.run(
        f"if input() == 'go':\n    exec({program!r})", [StdinJob("go"), StdinJob("")], Limits(10, 60, memory_mb=128)
    )
    assert (first.status, second.status) == ("memory", "exception"), first


@pytest.mark.parametrize(
    "write", ["print('x' * 1000)", "sys.stdout.buffer.write(b'\\xff' * 99999)", "os.write(1, b'x' * 7)"]
)
def test_output_is_bounded(driver_backend, write):
    (result,) = driver_backend.run(f"import os, sys\nwhile True: {write}", [StdinJob("")], Limits(output_bytes=10_000))
    assert result.status == "output_limit" and len(result.stdout) == 10_000


def test_output_may_be_as_long_as_the_limit(driver_backend):
    program = "print('x' * int(input()), end='')"
    limits = Limits(test_time_s=10, output_bytes=200_000)
    at, over = driver_backend.run(program, [StdinJob("200000"), StdinJob("200001")], limits)
    assert (at.status, len(at.stdout), over.status) == ("ok", 200_000, "output_limit")


def test_files_are_bounded(driver_backend):
    program = """
def fill(count):
    total = 0
    try:
        for i in range(count):
            with open(f"f{i}", "wb", buffering=0) as file:
                while True:
                    try:
                        total += file.write(bytes(65536))
                    except OSError as error:
                        if error.errno == 28:
                            raise
                        break
    except OSError:
        pass
    return total
"""
    limits = Limits(test_time_s=10, file_bytes=2**20)
    one, many, after = driver_backend.run(program, [CallJob("fill", (n,)) for n in (1, 20, 1)], limits)
    assert one.value == after.value == 2**20, one
    if driver_backend.name != "rlimit":  # there, the sum of all files is not bounded
        assert many.value <= 4 * 2**20


def test_processes_are_bounded(driver_backend):
    program = (
        "import os, time\ndef count():\n    n = 0\n    try:\n        while n < 100:\n            if os.fork() == 0:\n"
        "                time.sleep(100)\n            n += 1\n    except OSError:\n        pass\n    return n"
    )
    many, none = (driver_backend.run(program, [CallJob("count", ())], Limits(max_processes=n))[0] for n in (8, 1))
    assert none.value == 0, none
    assert many.value in (7, 0), many  # none where a job is held to one process


def test_a_program_cannot_raise_its_limits(driver_backend):
    program = """
import resource
def raise_all():
    raised = []
    for name in ("AS", "CPU", "FSIZE", "NOFILE", "NPROC", "CORE"):
        which = getattr(resource, "RLIMIT_" + name)
        soft, hard = resource.getrlimit(which)
        try:
            resource.setrlimit(which, (hard + 1, hard + 1))
            raised.append(name)
        except (OSError, ValueError):
            pass
    return raised
"""
    (result,) = driver_backend.run(program, [CallJob("raise_all", ())], Limits())
    assert (result.status, set(result.value) - {"NPROC"}) == ("ok", set())


@pytest.mark.parametrize(
    "change", [{"test_time_s": 0}, {"memory_mb": 1}, {"output_bytes": 0}, {"max_processes": 0}, {"file_bytes": -1}]
)
def test_limits_out_of_range_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        Limits(**change)
