"""Speed and errors of the math verifier, and of math-verify called serially, on the hand-labelled pairs.

Both judge the same pairs in turns, a chunk each, so that a busy machine slows both. Ours goes through `verify_batch`
and its workers; math-verify is called as its documentation shows, both sides in a box, with its defaults.

Usage: python benchmarks/math_verifier.py [--workers 2] [--errors]
"""

import argparse
import json
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from math_verify import parse
from math_verify import verify as math_verify_verify

from prorl_rllib.envs import Task, verify, verify_batch
from prorl_rllib.envs.math import MathDomain
from prorl_rllib.envs.math.domain import HOSTILE, MathReference
from prorl_rllib.envs.verification import WorkerPool

PAIRS = Path(__file__).parent / "data" / "math_pairs.jsonl"
CHUNK = 50
GROUP_SIZE = 8
DEADLINE_S = 3.0
SYMBOLIC_KINDS = ("constant", "algebraic", "set", "interval", "matrix", "equation")


@dataclass(frozen=True)
class Pair:
    """A line of the pair file."""

    gold: str
    answer: str
    same: bool
    kind: str
    part: str = ""
    policy: str = ""


@dataclass
class Tally:
    """What one verifier did: seconds in all, seconds a pair, and the pairs it got wrong."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    wrong: list[Pair] = field(default_factory=list)
    pairs: int = 0
    late: int = 0

    def add(self, pair: Pair, same: bool) -> None:
        """Count one verdict."""
        self.pairs += 1
        if same != pair.same:
            self.wrong.append(pair)

    def row(self, name: str) -> str:
        """Return the figures as a line of the table."""
        false_positives = sum(not pair.same for pair in self.wrong)
        figures = [
            f"{self.pairs / self.seconds:8.0f}",
            *(f"{1000 * quantile(self.latencies, share):8.2f}" for share in (0.5, 0.99, 1.0)),
            f"{false_positives:5d}",
            f"{len(self.wrong) - false_positives:5d}",
            f"{self.late:5d}",
        ]
        return f"  {name:12}" + "".join(figures)


HEADER = f"  {'':12}{'pairs/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'max ms':>8}{'FP':>5}{'FN':>5}{'late':>5}"


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that a share of all do not exceed; nan of none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


def load_pairs(path: Path) -> list[Pair]:
    """Return the pairs of a file."""
    return [Pair(**json.loads(line)) for line in path.read_text().splitlines()]


def task_of(pair: Pair) -> Task:
    """Return the task whose reference is the pair's gold."""
    return Task(task_id=pair.gold, domain="math", prompt="p", reference={"answer": pair.gold})


def boxed(answer: str) -> str:
    """Return an answer as a response."""
    return f"\\boxed{{{answer}}}"


def judge_ours(pairs: Sequence[Pair], tally: Tally, pool: WorkerPool) -> None:
    """Judge pairs with `verify_batch`."""
    tasks, responses = [task_of(pair) for pair in pairs], [boxed(pair.answer) for pair in pairs]
    start = time.perf_counter()
    verdicts = verify_batch(tasks, responses, timeout_s=DEADLINE_S, pool=pool)
    tally.seconds += time.perf_counter() - start
    for pair, verdict in zip(pairs, verdicts, strict=True):
        assert verdict.status != "error", verdict.detail
        tally.late += verdict.status == "timeout"
        tally.add(pair, verdict.reward == 1.0)


def time_ours(pairs: Sequence[Pair], tally: Tally, pool: WorkerPool) -> None:
    """Time pairs one by one, for the latencies alone."""
    for pair in pairs:
        task, response = task_of(pair), boxed(pair.answer)
        start = time.perf_counter()
        verify(task, response, timeout_s=DEADLINE_S, pool=pool)
        tally.latencies.append(time.perf_counter() - start)


def judge_math_verify(pairs: Sequence[Pair], tally: Tally) -> None:
    """Judge pairs with math-verify, one by one."""
    for pair in pairs:
        start = time.perf_counter()
        same = math_verify_verify(parse(boxed(pair.gold)), parse(boxed(pair.answer)))
        seconds = time.perf_counter() - start
        tally.seconds += seconds
        tally.latencies.append(seconds)
        tally.late += seconds > DEADLINE_S
        tally.add(pair, same)


def compare(title: str, pairs: Sequence[Pair], pool: WorkerPool) -> tuple[Tally, Tally]:
    """Judge pairs with both verifiers in turns, and print the figures."""
    ours, theirs = Tally(), Tally()
    for start in range(0, len(pairs), CHUNK):
        chunk = pairs[start : start + CHUNK]
        judge_ours(chunk, ours, pool)
        judge_math_verify(chunk, theirs)
        time_ours(chunk, ours, pool)
    print(f"\n{title}: {len(pairs)} pairs, {theirs.seconds / ours.seconds:.1f}x math-verify's pairs/s\n{HEADER}")
    print(ours.row("ours") + "\n" + theirs.row("math-verify"), flush=True)
    return ours, theirs


def needs_worker(pair: Pair) -> bool:
    """Tell whether strings and exact numbers leave a pair undecided."""
    domain = MathDomain()
    options = domain.options_model()
    answer = domain.extract(boxed(pair.answer))
    return domain.quick_score(MathReference(answer=pair.gold), answer, options) is None


def training_groups(pairs: Sequence[Pair]) -> list[Pair]:
    """Return 8 answers to each gold, as the rollouts of one prompt are: its pairs, over again where there are fewer."""
    by_gold: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_gold.setdefault(pair.gold, []).append(pair)
    return [group[place % len(group)] for group in by_gold.values() for place in range(GROUP_SIZE)]


def time_hostile(pool: WorkerPool) -> None:
    """Print how long the answers that hang a computer algebra system take, at the default deadline."""
    task = task_of(Pair("\\frac{1}{3}+\\sqrt{3}", "", False, ""))
    seconds, statuses = [], []
    for attack in HOSTILE:
        start = time.perf_counter()
        statuses.append(verify(task, boxed(attack), timeout_s=DEADLINE_S, pool=pool).status)
        seconds.append(time.perf_counter() - start)
    killed = statuses.count("timeout")
    print(f"\nhostile answers: {len(HOSTILE)}, {killed} killed at {DEADLINE_S:g} s, longest {max(seconds):.2f} s")


def print_errors(named: Sequence[tuple[str, Callable[[], Tally]]]) -> None:
    """Print the pairs that a verifier got wrong."""
    for name, tally in named:
        for pair in tally().wrong:
            kind = "false negative" if pair.same else "false positive"
            print(f"{name}: {kind}: {pair.gold!r} | {pair.answer!r} ({pair.kind} {pair.policy})")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--errors", action="store_true", help="also print the pairs that were judged wrongly")
    args = parser.parse_args()
    for name in ("math_verify", "latex2sympy2_extended"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    pairs, pool = load_pairs(PAIRS), WorkerPool(num_workers=args.workers)
    verify_batch([task_of(Pair("1", "", True, ""))] * 4, [boxed("\\sum_{k=1}^{1} k")] * 4, pool=pool)  # starts both
    ours, theirs = compare("all", pairs, pool)
    for part in ("first", "second"):
        compare(f"{part} part", [pair for pair in pairs if pair.part == part], pool)
    compare("without pairs that a policy decides", [pair for pair in pairs if not pair.policy], pool)
    compare("symbolic kinds", [pair for pair in pairs if pair.kind in SYMBOLIC_KINDS], pool)
    compare("left to a worker", [pair for pair in pairs if needs_worker(pair)], pool)
    compare(f"{GROUP_SIZE} answers a gold", training_groups(pairs), pool)
    time_hostile(pool)
    pool.close()
    if args.errors:
        print_errors([("ours", lambda: ours), ("math-verify", lambda: theirs)])


if __name__ == "__main__":
    main()
