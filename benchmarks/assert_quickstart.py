"""Assert that the newest quick-start run learned what it should.

Usage: python benchmarks/assert_quickstart.py [RESULTS_FOLDER]

Reads the newest summary.json under the folder (default: results) and fails unless, on at least 200 held-out tasks,
pass@1 rose by 0.30 over all and by 0.15 in each domain, with at least one reference reset on the way.
"""

import json
import sys
from pathlib import Path
from typing import Any

GAIN_OVER_ALL = 0.30
GAIN_PER_DOMAIN = 0.15
MIN_TASKS = 200
MIN_RESETS = 1


def newest_summary(folder: Path) -> Path:
    """Find the newest summary.json under `folder`.

    Raises:
        FileNotFoundError: if there is none.
    """
    found = sorted(folder.rglob("summary.json"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError(f"There is no summary.json under {folder.absolute()}; run `make train` first.")
    return found[-1]


def shortcomings(summary: dict[str, Any]) -> list[str]:
    """List in what a run fell short of the promise; empty when it kept it."""
    before, after = summary["pass@1"]["before"], summary["pass@1"]["after"]
    tasks, found = summary["num_tasks"].get("all", 0), []
    if "all" not in before or "all" not in after:
        return ["pass@1 was not measured before and after training"]
    if len(after) < 3:
        found.append(f"pass@1 was measured on fewer than two domains: {sorted(after)}")
    for name, share in after.items():
        needed = GAIN_OVER_ALL if name == "all" else GAIN_PER_DOMAIN
        gain = share - before.get(name, share)
        # A gain of exactly the bound must not fail by rounding.
        if gain < needed - 1e-9:
            found.append(f"pass@1 of {name} rose by {gain:.3f}, needed {needed:.2f}")
    if tasks < MIN_TASKS:
        found.append(f"{tasks} held-out tasks, needed {MIN_TASKS}")
    if summary["reference_resets"] < MIN_RESETS:
        found.append(f"{summary['reference_resets']} reference resets, needed {MIN_RESETS}")
    return found


def main() -> int:
    """Check the newest run; return the exit code."""
    try:
        path = newest_summary(Path(sys.argv[1] if len(sys.argv) > 1 else "results"))
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    summary = json.loads(path.read_text(encoding="utf-8"))
    print(path)
    for name, share in summary["pass@1"]["after"].items():
        before, tasks = summary["pass@1"]["before"].get(name, float("nan")), summary["num_tasks"].get(name)
        print(f"  {name}: pass@1 {before:.3f} -> {share:.3f} of {tasks} tasks")
    print(f"  reference resets: {summary['reference_resets']}, seconds: {summary['seconds']}")
    found = shortcomings(summary)
    for text in found:
        print(f"FAILED: {text}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
