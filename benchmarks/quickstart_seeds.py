"""Run the quick start on several seeds, and the same wall time of more warm start instead.

Usage: python benchmarks/quickstart_seeds.py [--seeds 0 1 2] [--results DIR] [--skip-warm-start]

Prints, for each seed, held-out pass@1 before and after and the seconds of each phase, as a Markdown table. The base
model is the same for all seeds (one warm start, cached); prompts and sampling differ. Then the alternative: a warm
start with as many more steps as fit into the seconds that ProRL took, evaluated on the same held-out tasks.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
QUICKSTART = REPOSITORY / "tuned_examples" / "prorl" / "quickstart.py"
TIMEOUT_S = 3600


def run_seed(seed: int, results: Path) -> dict[str, Any]:
    """Train one seed with the command and return its summary.json."""
    folder = results / f"seed_{seed}"
    command = [str(Path(sys.executable).with_name("rllib")), "train", "file", str(QUICKSTART)]
    command += ["--storage-path", str(folder)]
    environment = {**os.environ, "PRORL_RLLIB_SEED": str(seed)}
    subprocess.run(command, check=True, env=environment, timeout=TIMEOUT_S)
    newest = max(folder.rglob("summary.json"), key=lambda path: path.stat().st_mtime)
    return json.loads(newest.read_text(encoding="utf-8"))


def training_seconds(summary: dict[str, Any]) -> float:
    """Seconds that ProRL took, evaluations included, the warm start not."""
    return summary["seconds"]["total"] - summary["seconds"]["warm_start"]


def warm_start_instead(seconds: float) -> tuple[int, dict[str, Any]]:
    """Warm-start for the quick start's steps and `seconds` more; return the steps and the evaluation."""
    from prorl_rllib.algorithms.warm_start import ensure_warm_start
    from prorl_rllib.tuned_examples.prorl.quickstart import config, warm_start_config

    base = ensure_warm_start(warm_start_config)
    metadata = json.loads((Path(base.path) / "warm_start.json").read_text(encoding="utf-8"))
    steps = warm_start_config.num_steps + round(warm_start_config.num_steps * seconds / metadata["seconds"])
    longer = ensure_warm_start(warm_start_config.copy(copy_frozen=False).training(num_steps=steps))
    evaluation = config.copy(copy_frozen=False).training(model=longer.path, warm_start=None)
    algo = evaluation.env_runners(num_env_runners=0).build_algo()
    try:
        return steps, algo.evaluate()["env_runners"]
    finally:
        algo.stop()


def table(summaries: dict[int, dict[str, Any]]) -> str:
    """Render the seeds as a Markdown table."""
    names = list(next(iter(summaries.values()))["pass@1"]["before"])
    lines = [
        f"| seed | {' | '.join(names)} | resets | warm start s | ProRL s |",
        "|---" * (len(names) + 4) + "|",
    ]
    for seed, summary in summaries.items():
        before, after = summary["pass@1"]["before"], summary["pass@1"]["after"]
        cells = [f"{before[name]:.3f} -> {after[name]:.3f} (+{after[name] - before[name]:.3f})" for name in names]
        seconds = f"{summary['seconds']['warm_start']:.0f} | {training_seconds(summary):.0f}"
        lines.append(f"| {seed} | {' | '.join(cells)} | {summary['reference_resets']} | {seconds} |")
    return "\n".join(lines)


def main() -> None:
    """Run all seeds and the alternative, and print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--results", type=Path, default=REPOSITORY / "results" / "quickstart_seeds")
    parser.add_argument("--skip-warm-start", action="store_true")
    arguments = parser.parse_args()
    summaries = {seed: run_seed(seed, arguments.results) for seed in arguments.seeds}
    print(
        f"\n{os.cpu_count()} cores, {platform.processor() or platform.machine()}, Python {platform.python_version()}\n"
    )
    print(table(summaries), flush=True)
    if arguments.skip_warm_start:
        return
    seconds = sum(map(training_seconds, summaries.values())) / len(summaries)
    steps, metrics = warm_start_instead(seconds)
    domains = ", ".join(f"{name} {values['pass@1']:.3f}" for name, values in metrics["domains"].items())
    print(f"\n{seconds:.0f} s more of warm start instead ({steps} steps): pass@1 {metrics['pass@1']:.3f} ({domains})")


if __name__ == "__main__":
    main()
