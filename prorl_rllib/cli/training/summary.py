"""What a run came to, in one small record: `summary.json`."""

import json
import math
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from prorl_rllib.cli.metrics import Result, num_tasks, number, pass_at_1

PHASES = {
    "sample": ("timers/sample",),
    "update": ("timers/update",),
    "sync": ("timers/sync",),
    "evaluate": ("evaluation/seconds", "evaluation_initial/seconds"),
}
"""Name of each phase and the metrics that count its seconds."""
PACKAGES = ("prorl-rllib", "ray", "torch", "transformers", "gymnasium", "reasoning-gym", "math-verify", "vllm")


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read a trial's `result.json`: one iteration's nested result a line.

    Args:
        path: the file that Tune wrote.

    Returns:
        The results in order of iteration; of an iteration that was repeated after a restore, the last one.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    newest = {row["training_iteration"]: row for row in rows}
    return [newest[iteration] for iteration in sorted(newest)]


def package_versions() -> dict[str, str]:
    """Collect the versions of what the result depends on; packages that are not installed are left out."""
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def _evaluations(rows: Sequence[Result], kind: str) -> list[tuple[int, dict[str, float], dict[str, float]]]:
    """List (iteration, pass@1, number of tasks) of each evaluation of a kind."""
    return [
        (int(number(row, "training_iteration") or 0), shares, num_tasks(row, kind))
        for row in rows
        if (shares := pass_at_1(row, kind))
    ]


def _seconds(rows: Sequence[Result], warm_start_seconds: float) -> dict[str, float]:
    """Add up the seconds of each phase over all iterations."""
    seconds = {"warm_start": warm_start_seconds}
    for phase, metrics in PHASES.items():
        values = (number(row, metric) or 0.0 for row in rows for metric in metrics)
        # RLlib reports NaN for a timer that did not run in an iteration.
        seconds[phase] = sum(value for value in values if math.isfinite(value))
    seconds["total"] = warm_start_seconds + (number(rows[-1], "time_total_s") or 0.0)
    return {phase: round(value, 3) for phase, value in seconds.items()}


def summarize(
    rows: Sequence[Result], *, warm_start_seconds: float, checkpoint: str, hugging_face: str
) -> dict[str, Any]:
    """Sum up a ProRL run.

    Args:
        rows: results of all iterations, in order.
        warm_start_seconds: what the warm start took; 0 when it came from the cache.
        checkpoint: the final checkpoint's folder; empty when there is none.
        hugging_face: the exported model's folder; empty when there is none.

    Returns:
        pass@1 before and after training with the number of held-out tasks (both over all and by domain), the number
        of reference resets, seconds by phase ("total": warm start and all iterations), versions and paths.

    Raises:
        ValueError: if there are no rows.
    """
    if not rows:
        raise ValueError("A run without a single result cannot be summed up.")
    before = (_evaluations(rows, "evaluation_initial") or [(0, {}, {})])[0]
    # The newest one: a run that stops between two evaluations ends with a model that was not evaluated.
    after = (_evaluations(rows, "evaluation") or [(0, {}, before[2])])[-1]
    return {
        "pass@1": {"before": before[1], "after": after[1], "after_iteration": after[0]},
        "num_tasks": {name: int(count) for name, count in after[2].items()},
        "training_iterations": int(number(rows[-1], "training_iteration") or 0),
        "reference_resets": int(number(rows[-1], "prorl/reference_resets") or 0),
        "seconds": _seconds(rows, warm_start_seconds),
        "versions": package_versions(),
        "checkpoint": checkpoint,
        "hugging_face": hugging_face,
    }


def write_summary(summary: dict[str, Any], folder: Path) -> Path:
    """Write `summary.json`.

    Args:
        summary: what `summarize` returned.
        folder: the trial's folder, where `result.json` lies.

    Returns:
        The file.
    """
    path = folder / "summary.json"
    path.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return path
