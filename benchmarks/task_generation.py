"""Time the generation of tasks: milliseconds a task, by environment and data set.

Usage: python benchmarks/task_generation.py [--tasks 500]
"""

import argparse
import time

from prorl_rllib.envs import LogicEnv, MathEnv, TextEnv

SUBJECTS: dict[str, TextEnv] = {
    "math, sum_chain": MathEnv(datasets=["sum_chain"]),
    "math, all families": MathEnv(),
    "logic, spell_backward": LogicEnv(datasets=["spell_backward"]),
    "logic, word_sequence_reversal": LogicEnv(datasets=["word_sequence_reversal"]),
}


def milliseconds_per_task(env: TextEnv, count: int) -> float:
    """Return the mean time of `count` tasks after the first, which loads the data set."""
    env.task(0)
    start = time.perf_counter()
    for index in range(1, count + 1):
        env.task(index)
    return 1000 * (time.perf_counter() - start) / count


def main() -> None:
    """Print one line an environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=500)
    count = parser.parse_args().tasks
    for name, env in SUBJECTS.items():
        print(f"{name}: {milliseconds_per_task(env, count):.3f} ms a task")


if __name__ == "__main__":
    main()
