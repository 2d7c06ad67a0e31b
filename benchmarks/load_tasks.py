"""Rows a second of `load_tasks`, on a made-up file of as many rows as DeepScaleR, with answers of its kinds."""

import json
import random
import tempfile
import time
from pathlib import Path

from prorl_rllib.envs import get_domain
from prorl_rllib.envs.datasets import load_tasks, read_own_tasks, save_tasks

ROWS = 40_000
KINDS = ("{0}", "\\frac{{{0}}}{{{1}}}", "{1}\\sqrt{{{0}}}", "x^2+{0}", "({0},{1})", "\\text{{(A)}}", "{0}\\pi")


def write_rows(path: Path) -> None:
    rng = random.Random(0)
    rows = []
    for number in range(ROWS):
        answer = rng.choice(KINDS).format(rng.randint(2, 999), rng.randint(2, 99))
        problem = f"Problem {number}: find the value of the quantity that is described here. " * 4
        rows.append({"problem": problem, "answer": answer, "solution": "We see that it is so. " * 20})
    path.write_text(json.dumps(rows))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        published, own = Path(folder) / "deepscaler.json", Path(folder) / "own.jsonl"
        write_rows(published)
        for verify_golds in (False, "quick", True):
            start = time.perf_counter()
            tasks = load_tasks("deepscaler", published, verify_golds=verify_golds)
            rate = tasks.rows / (time.perf_counter() - start)
            print(
                f"deepscaler, verify_golds={verify_golds}: {rate:,.0f} rows/s, {len(tasks)} tasks of {tasks.rows} rows"
            )
        save_tasks(tasks, own)
        start = time.perf_counter()
        rate = len(read_own_tasks(own, get_domain("math"))) / (time.perf_counter() - start)
        print(f"own rows, as an environment reads them: {rate:,.0f} rows/s")


if __name__ == "__main__":
    main()
