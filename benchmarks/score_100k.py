"""Time and memory of `rllib score` on many responses: 100,000 of a stated mix on this machine's CPUs.

Responses are right, wrong and without an answer in turns, to tasks that the domains generate. Memory is the
proportional set size of the command and all its processes, sampled while it scores; the object store is part of it.

Usage: python benchmarks/score_100k.py [--rows 100000] [--cpus 2]
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import psutil

from prorl_rllib.envs import get_domain

MIX = {"Math": 0.50, "Logic": 0.20, "STEM": 0.15, "InstructionFollowing": 0.145, "Code": 0.005}
"""Share of each domain. One program runs some ten times, each time in a process of its own."""
NUM_TASKS = {"Code": 50}
"""Different tasks of a domain; 500 unless it is named."""
BROKEN = ('{"task": ', '{"domain": "alchemy", "reference": {}, "response": ""}')
BROKEN_EVERY = 1000
SMALL_ROWS = 2000
INTERVAL_S = 2.0


def pairs(env_id: str, num_tasks: int) -> list[tuple[dict[str, Any], list[str]]]:
    """Return tasks of an environment, each with a right, a wrong and an empty response."""
    env = gymnasium.make(f"prorl_rllib:prorl/{env_id}-v0", size=num_tasks).unwrapped
    found = []
    for index in range(num_tasks):
        task = env.task(index)
        domain = get_domain(task.domain)
        reference = domain.check_reference(task)
        given = [domain.example_response(reference), domain.wrong_response(reference), "I do not know."]
        found.append((task.model_dump(mode="json"), [text for text in given if text is not None]))
    env.close()
    return found


def lines(num_rows: int) -> Iterator[str]:
    """Yield the rows of the benchmark, the domains mixed."""
    chance = random.Random(0)
    sources = {name: pairs(name, NUM_TASKS.get(name, 500)) for name in MIX}
    names = chance.choices(list(MIX), list(MIX.values()), k=num_rows)
    for number, name in enumerate(names):
        if number % BROKEN_EVERY == BROKEN_EVERY - 1:
            yield chance.choice(BROKEN)
            continue
        task, responses = chance.choice(sources[name])
        yield json.dumps({"index": number, "task": task, "response": chance.choice(responses)})


class Memory(threading.Thread):
    """Samples the memory of a process and its descendants until it ends; `samples` holds bytes."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self.samples: list[int] = []

    def run(self) -> None:
        """Sample."""
        while self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE:
            total = 0
            for process in [self._process, *self._process.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                    continue
            self.samples.append(total)
            time.sleep(INTERVAL_S)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=SMALL_ROWS, help=f"rows to score ({SMALL_ROWS})")
    parser.add_argument("--cpus", type=int, default=2, help="CPUs of the Ray that is started (2)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "responses.jsonl", Path(folder) / "verdicts.jsonl"
        with source.open("w") as file:
            file.writelines(line + "\n" for line in lines(options.rows))
        print(f"{options.rows} rows, {source.stat().st_size / 2**20:.1f} MiB; mix {MIX}", flush=True)
        command = [str(Path(sys.executable).with_name("rllib")), "score", str(source), "--out", str(out)]
        started = time.monotonic()
        process = subprocess.Popen([*command, "--ray-num-cpus", str(options.cpus)], stdout=subprocess.PIPE, text=True)
        memory = Memory(process.pid)
        memory.start()
        assert process.stdout is not None
        for line in process.stdout:
            print(f"{time.monotonic() - started:6.1f} s  {line}", end="", flush=True)
        seconds = time.monotonic() - started
        if process.wait() != 0:
            return 1
        report(options.rows, seconds, memory.samples, out)
    return 0


def report(num_rows: int, seconds: float, samples: list[int], out: Path) -> None:
    """Print what was measured, and check that no row is lost or out of order."""
    indices = [json.loads(line)["index"] for line in out.open()]
    assert indices == sorted(set(indices)), "rows are lost or out of order"
    print(f"{num_rows} rows in {seconds:.1f} s, the start of Ray included: {num_rows / seconds:.0f} rows/s")
    quarter = max(1, len(samples) // 4)
    peaks = [max(samples[start : start + quarter]) / 2**20 for start in range(0, 4 * quarter, quarter)]
    print("peak memory in MiB, by quarter of the time: " + ", ".join(f"{peak:.0f}" for peak in peaks))


if __name__ == "__main__":
    sys.exit(main())
