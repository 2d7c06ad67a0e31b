"""In processes of their own, which the guard may end."""

import subprocess
import sys
import time

import pytest

HEAD = "import ctypes, time; from prorl_rllib.env_runners.hang_guard import HangGuard; count = [0]\n"
GUARD = "guard = HangGuard({limit}, lambda: count[0])\n"


def run(body, limit):
    program = HEAD + GUARD.format(limit=limit) + body
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("hang", ["time.sleep(50)", "ctypes.PyDLL(None).sleep(50)"], ids=["idle", "with_the_gil"])
def test_a_hang_ends_the_process_which_says_where_it_was(hang):
    began = time.monotonic()
    ended = run(f"def busy():\n    with guard.guarded():\n        {hang}\nbusy()", limit=1)
    assert ended.returncode == 1
    assert "in busy" in ended.stderr
    assert time.monotonic() - began < 45


def test_progress_keeps_the_process_alive():
    body = "with guard.guarded():\n    for _ in range(60):\n        count[0] += 1; time.sleep(0.1)\nprint('done')"
    assert run(body, limit=4).stdout == "done\n"


def test_time_outside_of_the_guarded_blocks_does_not_count():
    body = "for _ in range(2):\n    with guard.guarded():\n        pass\n    time.sleep(1.5)\nprint('done')"
    assert run(body, limit=1).stdout == "done\n"
