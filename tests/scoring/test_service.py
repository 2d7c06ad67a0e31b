"""The command behind which Ray Serve runs, in a process of its own, asked over HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from prorl_rllib.envs import verify_batch
from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.sandbox import Limits, StdinJob
from prorl_rllib.envs.sandbox.remote import RemoteBackend
from prorl_rllib.scoring import ScoringClient, ScoringServiceError
from prorl_rllib.scoring.service_settings import TOKEN_VARIABLE
from tests.docs.snippets import run_snippet, snippets_of

RLLIB = str(Path(sys.executable).with_name("rllib"))
TOKEN = "correct-horse-battery"
START_S, END_S = 180, 30
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # a service starts for half a minute


@pytest.fixture(scope="module")
def service():
    """A service with a token: its URL and its process."""
    command = [
        RLLIB,
        "serve-verifiers",
        "--port",
        "0",
        "--workers",
        "2",
        "--max-body-bytes",
        "100000",
        "--max-rows",
        "40",
    ]
    process = subprocess.Popen(
        command, env={**os.environ, TOKEN_VARIABLE: TOKEN}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    killer = threading.Timer(START_S, process.kill)
    killer.start()
    line = next((line for line in process.stdout if "POST" in line), "")
    killer.cancel()
    if not line:
        pytest.fail(process.communicate()[1])
    yield line.split("POST ")[1].split("/score")[0], process
    process.kill()


def claim(number):
    """A row whose verdict tells which row it was: the answer is the number, and right for even ones."""
    gold = number if number % 2 == 0 else number + 1
    return {"domain": "math", "reference": {"answer": str(gold)}, "response": f"\\boxed{{{number}}}"}


def leave(url, numbers):
    """Send half a request, or a whole one, and go without waiting for the answer."""
    host, port = url.removeprefix("http://").split(":")
    content = json.dumps({"rows": [claim(number) for number in numbers]}).encode()
    head = f"POST /score HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(head.encode() + content[: len(content) // (1 + numbers[0] % 2)])


def ask_all(url, num_clients, num_requests):
    """Ask with many clients at once, some of which leave; return the rows whose verdicts are not theirs."""
    client = ScoringClient(url, TOKEN, timeout_s=300)

    def one(index):
        wrong = []
        for request in range(num_requests):
            first = (index * num_requests + request) * 5
            if index % 10 == 9:
                leave(url, range(first, first + 5))
                continue
            rows = [claim(number) for number in range(first, first + 5)]
            found = [(verdict["reward"], verdict["answer"]) for verdict in client.score(rows)]
            expected = [(float(number % 2 == 0), str(number)) for number in range(first, first + 5)]
            wrong += [pair for pair in zip(expected, found, strict=True) if pair[0] != pair[1]]
        return wrong

    with ThreadPoolExecutor(num_clients) as clients:
        return [pair for wrong in clients.map(one, range(num_clients)) for pair in wrong]


def test_the_client_gets_the_verdicts_of_verify_batch_in_several_requests(service, pairs):
    tasks, responses = [task for task, _ in pairs] * 2, [response for _, response in pairs] * 2
    found = ScoringClient(service[0], TOKEN).verify_batch(tasks, responses)
    expected = verify_batch(tasks, responses)
    assert len(found) > 40
    keys = {"reward", "status", "answer", "detail"}
    assert [each.model_dump(include=keys) for each in found] == [each.model_dump(include=keys) for each in expected]
    with pytest.raises(TaskError, match=r"row 0: .*reference"):
        ScoringClient(service[0], TOKEN).verify(tasks[0].model_copy(update={"reference": {}}), "")


def test_a_row_that_is_too_large_and_a_wrong_token_are_refused(service):
    client = ScoringClient(service[0], TOKEN)
    with pytest.raises(ScoringServiceError, match="max_body_bytes = 100000"):
        client.score([{**claim(0), "response": "x" * 100_000}])
    with pytest.raises(ScoringServiceError, match="answered 413: the body has 200012 bytes"):
        client._ask("POST", "/score", json.dumps({"rows": "x" * 200_000}).encode(), time.monotonic() + 30)
    with pytest.raises(ScoringServiceError, match="answered 404: GET /docs is not served"):
        client._ask("GET", "/docs", None, time.monotonic() + 30)
    with pytest.raises(ScoringServiceError, match="answered 401"):
        ScoringClient(service[0], "another-token-of-16").score([claim(0)])


def test_many_clients_lose_and_mix_up_nothing_while_others_leave(service):
    assert ask_all(service[0], num_clients=30, num_requests=1) == []


def test_200_clients_lose_and_mix_up_nothing_while_others_leave(service):
    assert ask_all(service[0], num_clients=200, num_requests=5) == []


def test_the_remote_backend_of_the_sandbox_runs_programs_at_the_service(service, monkeypatch):
    monkeypatch.setenv("PRORL_RLLIB_SANDBOX_TOKEN", TOKEN)
    (result,) = RemoteBackend(service[0]).run("print(input() * 2)", [StdinJob("ab")], Limits(test_time_s=10))
    assert (result.status, result.stdout) == ("ok", "abab\n")


@pytest.mark.parametrize("snippet", snippets_of(__file__))
def test_the_snippet_of_the_documentation_runs(service, snippet, tmp_path):
    run_snippet(snippet, tmp_path, [("http://127.0.0.1:8000", service[0])], **{TOKEN_VARIABLE: TOKEN})


def test_sigterm_ends_the_service_and_all_its_processes(service):
    url, process = service
    started = [process, *psutil.Process(process.pid).children(recursive=True)]
    assert len(started) > 5
    port = int(url.rsplit(":", 1)[1])
    taken = subprocess.run([RLLIB, "serve-verifiers", "--port", str(port)], capture_output=True, text=True, timeout=60)
    assert taken.returncode == 2 and f"--port {port}: cannot listen there (Address already in use)" in taken.stderr
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=END_S)
    assert process.returncode == 0 and TOKEN not in out + err and "Traceback" not in err
    _, alive = psutil.wait_procs(started[1:], timeout=END_S)
    assert alive == []
    with pytest.raises(ScoringServiceError, match=r"no answer within timeout_s = 0\.5"):
        ScoringClient(url, TOKEN, timeout_s=0.5).score([claim(0)])
