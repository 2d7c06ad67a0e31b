"""Requests and rows a second of `rllib serve-verifiers` under many clients, on this machine's CPUs.

Each client sends requests of a few rows of the math domain one after the other, on a connection of its own each.

Usage: python benchmarks/serve_clients.py [--clients 200] [--requests 5] [--rows 5]
"""

import argparse
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from prorl_rllib.scoring import ScoringClient

SMALL_CLIENTS = 20
START_S, END_S = 180, 60


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=SMALL_CLIENTS, help=f"clients at once ({SMALL_CLIENTS})")
    parser.add_argument("--requests", type=int, default=5, help="requests of each (5)")
    parser.add_argument("--rows", type=int, default=5, help="rows of a request (5)")
    options = parser.parse_args()
    command = [str(Path(sys.executable).with_name("rllib")), "serve-verifiers", "--port", "0"]
    started = time.monotonic()
    service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        url = url_of(service)
        print(f"the service answers after {time.monotonic() - started:.1f} s")
        measure(url, options.clients, options.requests, options.rows)
    finally:
        service.terminate()
        service.wait(timeout=END_S)
    return 0


def url_of(service: subprocess.Popen[str]) -> str:
    """Return the URL that a service prints once it answers; one that ends, or takes too long, is an error."""
    assert service.stdout is not None
    killer = threading.Timer(START_S, service.kill)
    killer.start()
    try:
        line = next((line for line in service.stdout if "POST" in line), None)
    finally:
        killer.cancel()
    if line is None:
        raise SystemExit(f"the service ended with code {service.wait(timeout=END_S)}, or took {START_S} s to start")
    return line.split("POST ")[1].split("/score")[0]


def measure(url: str, num_clients: int, num_requests: int, num_rows: int) -> None:
    """Print what many clients get done."""
    row = {"domain": "math", "reference": {"answer": "3"}, "response": "\\boxed{3}"}
    client = ScoringClient(url)
    client.score([row])

    def one(_: int) -> list[float]:
        """Send the requests of a client; return the seconds of each."""
        seconds = []
        for _ in range(num_requests):
            began = time.monotonic()
            assert all(verdict["reward"] == 1.0 for verdict in client.score([row] * num_rows))
            seconds.append(time.monotonic() - began)
        return seconds

    began = time.monotonic()
    with ThreadPoolExecutor(num_clients) as clients:
        seconds = sorted(each for client_seconds in clients.map(one, range(num_clients)) for each in client_seconds)
    total = time.monotonic() - began
    print(f"{num_clients} clients, {len(seconds)} requests of {num_rows} rows in {total:.1f} s")
    print(f"{len(seconds) / total:.0f} requests/s, {len(seconds) * num_rows / total:.0f} rows/s; seconds a request:")
    print(f"median {seconds[len(seconds) // 2]:.2f}, 99 of 100 below {seconds[len(seconds) * 99 // 100]:.2f}")


if __name__ == "__main__":
    sys.exit(main())
