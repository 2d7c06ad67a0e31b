"""Runs one bundled program of codeio, read as JSON from stdin, and writes inputs and outputs as JSON to stdout.

Started by path with `python -S`: imports the standard library only.
"""

import json
import os
import random
import resource
import sys
from typing import Any

CPU_SECONDS = 5
MEMORY_BYTES = 2**30


def main() -> None:
    """Run the job; the exit code is 0 when the program gave a result."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    job = json.load(sys.stdin)
    results = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # programs print
    text = json.dumps(run(job["source"], job["seed"], job.get("inputs")), allow_nan=False)
    os.write(results, text.encode("utf-8"))


def run(source: str, seed: int, inputs: Any = None) -> dict[str, Any]:
    """Execute a program, draw its inputs where none are given, and return them with its outputs."""
    random.seed(seed)
    namespace: dict[str, Any] = {"Random": random.Random, "__name__": "program"}
    exec(compile(source, "program", "exec"), namespace)
    inputs = namespace["generate_inputs"](random.Random(seed)) if inputs is None else inputs
    shown = json.loads(json.dumps(inputs, allow_nan=False))
    return {"inputs": shown, "outputs": namespace["main_solution"](**inputs)}


if __name__ == "__main__":
    main()
