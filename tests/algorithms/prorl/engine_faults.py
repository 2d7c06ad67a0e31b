"""What tests do to env runners and their engines; the functions run inside the runners."""

import os
import time
from collections.abc import Callable


def process_id(runner):
    return os.getpid()


def engine_process_id(runner):
    return runner._engine.start().pid


def fail_in_the_next_step(runner):
    """Let vLLM raise in the middle of sampling."""

    def step():
        raise IndexError("broken in the middle of a step")

    runner._engine.start()._driver._llm.step = step


def hang_in_the_next_step(runner):
    """Let vLLM never come back from a step."""
    runner._engine.start()._driver._llm.step = lambda: time.sleep(3600)


def load_as_version(runner, version):
    """Let the runner hold weights of another version, as one would that missed a sync."""
    runner._engine.start()._weights_version = version


def on_runners(algo, call: Callable):
    """Call a function with each remote env runner."""
    results = algo.env_runner_group._worker_manager.foreach_actor(call)
    return [result.get() for result in results.result_or_errors]


def is_alive(pid):
    """Whether a process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pids, seconds=20):
    """Wait until no process of a list is left; returns those that are."""
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left
