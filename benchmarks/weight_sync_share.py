"""The share of a training iteration that the weights' way to the env runners takes: a short ProRL run for each size.

Random Qwen2 models, two env runners, answers of up to 64 tokens whose reward is the share of vowels, so that every
group has signal. Seconds are the run's own timers, by the clock, medians over iterations; the first iteration, in which
everything is computed for the first time, is left out.

Run: python benchmarks/weight_sync_share.py [--sizes 1M 5M 25M] [--engine vllm] [--num-env-runners 2] [--iterations 6]
"""

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gymnasium
import ray
from engine_throughput import SIZES, save_model
from ray.tune.registry import register_env

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.warm_start.tokenizer import build_tokenizer
from prorl_rllib.envs import TextSpace

REPOSITORY = Path(__file__).resolve().parents[1]
PHASES = ("sample", "update", "sync")
MAX_LEN = 192


class Vowels(gymnasium.Env):
    """Rewards vowels."""

    observation_space = TextSpace()
    action_space = TextSpace()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Ask."""
        super().reset(seed=seed)
        return f"Write something about {self.np_random.integers(10**6)}.", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Judge."""
        return "", sum(letter in "aeiou" for letter in action) / max(1, len(action)), True, False, {}


def make_config(model: str, arguments: argparse.Namespace) -> ProRLConfig:
    """The run."""
    engine_config: dict[str, Any] = {"max_num_seqs": 64}
    if arguments.engine == "vllm":
        engine_config["max_model_len"] = MAX_LEN
    runners = arguments.num_env_runners
    return (
        ProRLConfig()
        .environment("vowels")
        .training(
            model=model,
            prompts_per_step=16,
            prompts_per_optimizer_step=8,
            group_size=8,
            max_sampling_rounds=1,
            num_threads_per_learner=1,
            max_tokens_per_microbatch=4096,
        )
        .generation(engine=arguments.engine, engine_config=engine_config, max_completion_length=64)
        .env_runners(num_env_runners=runners, num_cpus_per_env_runner=1 / max(1, runners))
        .reporting_samples(interval=None)
        .debugging(seed=0)
    )


def measure(label: str, arguments: argparse.Namespace) -> dict[str, float]:
    """Train a model of one size; return medians of the phases' seconds, and the share of the sync."""
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = build_tokenizer([], model_max_length=1024)
        weights = save_model(SIZES[label], folder, len(tokenizer))
        tokenizer.save_pretrained(folder)
        algo = make_config(folder, arguments).build_algo()
        try:
            results = [algo.train() for _ in range(arguments.iterations)][1:]
        finally:
            algo.stop()
    seconds = {phase: statistics.median(result["timers"][phase] for result in results) for phase in PHASES}
    whole = statistics.median(result["time_this_iter_s"] for result in results)
    share = statistics.median(result["timers"]["sync"] / result["time_this_iter_s"] for result in results)
    parameters = sum(tensor.numel() for tensor in weights.values())
    return {"parameters": parameters, **seconds, "iteration": whole, "sync_share": share}


def table(found: list[dict[str, float]]) -> str:
    """Render the sizes as a Markdown table."""
    lines = ["| parameters | sample s | update s | sync s | iteration s | share of the sync |", "|---" * 6 + "|"]
    for row in found:
        cells = [f"{row[key]:.3g}" for key in (*PHASES, "iteration")]
        lines.append(f"| {row['parameters'] / 1e6:.3g} M | {' | '.join(cells)} | {100 * row['sync_share']:.1f} % |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=["1M", "5M"])
    parser.add_argument("--engine", choices=("auto", "transformers", "vllm"), default="auto")
    parser.add_argument("--num-env-runners", type=int, default=2)
    parser.add_argument("--iterations", type=int, default=6, help="at least 2")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "results" / "weight_sync_share")
    arguments = parser.parse_args()
    if arguments.iterations < 2:
        parser.error(f"--iterations {arguments.iterations}: the first one is left out, so that it takes at least 2")
    register_env("vowels", lambda config: Vowels())
    ray.init(num_cpus=4, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    found = []
    for label in arguments.sizes:
        found.append(measure(label, arguments))
        print(f"{label}: {json.dumps(found[-1])}", flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "weight_sync_share.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    (arguments.out / "weight_sync_share.md").write_text(table(found) + "\n", encoding="utf-8")
    print(f"\n{table(found)}\n{arguments.out}")


if __name__ == "__main__":
    main()
