"""Seconds from a fresh interpreter to the first prompt of each environment, without ray or torch."""

import statistics
import subprocess
import sys

from prorl_rllib.envs.registration import ENVIRONMENTS

REPEATS = 5
CODE = """
import sys, time
start = time.perf_counter()
import gymnasium
env = gymnasium.make("prorl_rllib:{env_id}")
env.reset(seed=0)
seconds = time.perf_counter() - start
assert not {{"ray", "torch"}} & sys.modules.keys(), "ray or torch was imported"
print(seconds)
"""


def main() -> None:
    for env_id in ENVIRONMENTS:
        code = CODE.format(env_id=env_id)
        runs = [
            float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=120).stdout)
            for _ in range(REPEATS)
        ]
        print(f"{env_id}: {statistics.median(runs):.2f} s (median of {REPEATS}; {min(runs):.2f} to {max(runs):.2f})")


if __name__ == "__main__":
    main()
