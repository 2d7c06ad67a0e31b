"""Programs scored a second at 10 tests a program: one sandbox a program against one sandboxed process a test.

The programs are the solutions of generated problems; each is scored in every way before the next, in changing order, so
that a busy machine slows all ways alike. The plain way starts bubblewrap and Python for each test, as leanly as it
can: with no limit on memory, processes and output.

Run: python benchmarks/code_programs.py [--programs 60] [--isolation auto]
"""

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from prorl_rllib.envs.code.checks import checks_of, limits_of
from prorl_rllib.envs.code.comparison import same_output
from prorl_rllib.envs.code.domain import CodeDomain, CodeOptions, backend_of
from prorl_rllib.envs.code.reference import CodeReference

TESTS = 10
TIME_LIMIT_S = 4.0
AIM = 4.0
"""How many times as many programs a second one sandbox a program should score."""
SHOWN = ("/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache")
"""Folders that plain bubblewrap shows to a program, beside the interpreter's own."""
DOMAIN = CodeDomain()
Way = Callable[[CodeReference], float]


def make_references(count: int) -> list[CodeReference]:
    """Return problems on standard input of all families and difficulties, with solutions."""
    families = DOMAIN.dataset_names()
    references = []
    for index in range(count):
        family = families[index % len(families)]
        config = DOMAIN.dataset_config(family, {"forms": ["stdin"], "tests": TESTS}, 1 + index % 10)
        draft = DOMAIN.generate(family, config, random.Random(index))
        references.append(CodeReference.model_validate(draft.reference))
    return references


def sandbox_a_program(options: CodeOptions) -> Way:
    """Return the way of the environments."""
    return lambda reference: DOMAIN.scorer(reference, options)(reference.solution or "").reward


def sandbox_a_test(options: CodeOptions) -> Way:
    """Return the way that starts the same kind of sandbox for each test."""
    backend = backend_of(options)

    def score(reference: CodeReference) -> float:
        limits = limits_of(reference, options.total_time_s)
        checks = checks_of(reference)
        results = [backend.run(reference.solution or "", [check.job], limits)[0] for check in checks]
        passed = [r.status == "ok" and check.passes(r) for check, r in zip(checks, results, strict=True)]
        return statistics.fmean(passed)

    return score


def plain_bwrap_a_test(reference: CodeReference) -> float:
    """Score with `bwrap python program` for each test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "program.py")
        path.write_text(reference.solution or "")
        command = plain_command(path)
        passed = []
        for given, expected in zip(reference.tests.inputs, reference.tests.outputs, strict=True):
            done = subprocess.run(
                command, input=given, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
            )
            passed.append(done.returncode == 0 and same_output(expected, done.stdout))
    return statistics.fmean(passed)


def plain_command(program: Path) -> list[str]:
    """Return the command that runs a program in bubblewrap."""
    shown = [word for folder in (*SHOWN, sys.base_prefix) for word in ("--ro-bind-try", folder, folder)]
    python = str(Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}"))
    return [
        *("bwrap", "--unshare-all", "--die-with-parent", "--clearenv", "--cap-drop", "ALL", *shown),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--ro-bind", str(program), "/program.py"),
        *("--", python, "-I", "-S", "/program.py"),
    ]


def measure(ways: dict[str, Way], references: list[CodeReference]) -> dict[str, list[float]]:
    """Return the seconds of each program by way.

    Raises:
        SystemExit: when a way does not give a solution its full reward.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for index, reference in enumerate(references):
        for name in names[index % len(names) :] + names[: index % len(names)]:
            start = time.perf_counter()
            reward = ways[name](reference)
            seconds[name].append(time.perf_counter() - start)
            if reward != 1.0:
                raise SystemExit(f"{name}: the solution of problem {index} got {reward:g} instead of 1")
    return seconds


def report(seconds: dict[str, list[float]]) -> None:
    """Print one line a way, the first of which is that of the environments."""
    first = sum(next(iter(seconds.values())))
    for name, times in seconds.items():
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        print(
            f"{name:>28}: {len(times) / sum(times):6.1f} programs/s, p50 {1000 * cuts[49]:6.1f} ms, "
            f"p99 {1000 * cuts[98]:6.1f} ms, {sum(times) / first:5.2f} times the time of the first"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=60, help="number of programs (default 60)")
    parser.add_argument("--isolation", default="auto", help="auto, bwrap, namespaces or rlimit")
    given = parser.parse_args()
    options = CodeOptions.model_validate({"sandbox": given.isolation})
    level = backend_of(options).name
    ways = {
        f"one sandbox a program ({level})": sandbox_a_program(options),
        f"one a test ({level})": sandbox_a_test(options),
    }
    if shutil.which("bwrap"):
        ways["plain bwrap a test"] = plain_bwrap_a_test
    references = make_references(given.programs)
    measure(ways, references[:2])
    print(f"{given.programs} programs with {TESTS} tests each, isolation {level}; aim: {AIM:g} times")
    report(measure(ways, references))


if __name__ == "__main__":
    main()
