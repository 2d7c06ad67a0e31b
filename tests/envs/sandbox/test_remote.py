"""The remote level against a service that speaks its protocol and runs the code at a local level."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from prorl_rllib.envs.sandbox import (
    CallJob,
    ExpressionJob,
    Limits,
    SandboxError,
    StatementJob,
    StdinJob,
    select_backend,
)
from prorl_rllib.envs.sandbox.remote import RemoteBackend, result_of
from prorl_rllib.envs.sandbox.selection import LOCAL, probe

LIMITS = Limits(test_time_s=10, total_time_s=60)


class Service(BaseHTTPRequestHandler):
    """Answers as SandboxFusion does."""

    broken = None
    token = None

    def do_POST(self):
        if self.token is not None and self.headers["Authorization"] != f"Bearer {self.token}":
            self.send_error(401)
            return
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/run_code" or self.broken == 500:
            self.send_error(500)
            return
        answer = self.broken if self.broken is not None else json.dumps(self.run(message))
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def run(self, message):
        limits = Limits(test_time_s=message["run_timeout"], memory_mb=message["memory_limit_MB"])
        (result,) = self.server.backend.run(message["code"], [StdinJob(message["stdin"])], limits)
        timeout = result.status == "timeout"
        return {
            "status": "Success" if result.status == "ok" else "Failed",
            "message": "",
            "compile_result": None,
            "run_result": {
                "status": "TimeLimitExceeded" if timeout else "Finished",
                "execution_time": result.seconds,
                "return_code": None if timeout else int(result.status != "ok"),
                "stdout": result.stdout,
                "stderr": "MemoryError" if result.status == "memory" else f"Traceback\n{result.detail}",
            },
            "executor_pod_name": None,
            "files": {},
        }

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    level = next((level for level in LOCAL if not probe(level)), None)
    if level is None:
        pytest.skip("no local level runs the service's programs")
    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        server.backend = LOCAL[level]()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_jobs_come_back_as_from_a_local_level(server):
    program = "def add(a, b):\n    return a + b\nif __name__ == '__main__':\n    print(input())"
    jobs = [
        StdinJob("word"),
        CallJob("add", ("é", "\ud800\"'\\")),
        ExpressionJob(" (add(1, 2), {})"),
        StatementJob("assert add(1, 2) == 3"),
        StatementJob("assert add(1, 2) == 4"),
        CallJob("missing", ()),
    ]
    remote = select_backend("remote", remote_url=server).run(program, jobs, LIMITS)
    assert [r.status for r in remote] == ["ok", "ok", "ok", "ok", "exception", "exception"]
    assert (remote[0].stdout, remote[1].value, remote[2].value) == ("word\n", "é\ud800\"'\\", [3, {}])
    assert "AssertionError" in remote[4].detail


def test_limits_and_early_exits_are_told_apart(server):
    backend = RemoteBackend(server + "/run_code")
    program = "import os\ndef f(x):\n    if x == 'loop':\n        while True: pass\n    return exec(x)"
    jobs = [CallJob("f", (x,)) for x in ("loop", "exit(0)", "os._exit(0)", "bytearray(10**11)", "print('x' * 10**5)")]
    results = backend.run(program, jobs, Limits(test_time_s=1, output_bytes=1000))
    assert [r.status for r in results] == ["timeout", "exception", "exception", "memory", "output_limit"], results


def test_timeouts_in_a_row_end_a_program(server):
    results = RemoteBackend(server).run("while True: pass", [StdinJob("")] * 5, Limits(test_time_s=0.2))
    assert [r.status for r in results] == ["timeout"] * 3 + ["not_run"] * 2


@pytest.mark.parametrize(
    "answer",
    [
        500,
        "no json",
        "[]",
        "{}",
        "[" * 5000,
        '{"status": "SandboxError", "message": "no pods"}',
        '{"status": "Success", "run_result": {"status": "Error"}}',
        '{"run_result": {"status": "Finished"}}',
    ],
)
def test_a_service_that_fails_is_no_result(server, monkeypatch, answer):
    monkeypatch.setattr(Service, "broken", answer)
    with pytest.raises(SandboxError):
        RemoteBackend(server).run("print(1)", [StdinJob("")], LIMITS)


def test_a_service_gets_the_token_of_the_variable(server, monkeypatch):
    monkeypatch.setattr(Service, "token", "secret")
    for token, message in (("", "answered 401"), ("wrong", "answered 401"), ("sec\nret", "printable ASCII")):
        monkeypatch.setenv("PRORL_RLLIB_SANDBOX_TOKEN", token)
        with pytest.raises(SandboxError, match=message) as caught:
            RemoteBackend(server).run("print(1)", [StdinJob("")], LIMITS)
        assert not token or token not in str(caught.value)
    monkeypatch.setenv("PRORL_RLLIB_SANDBOX_TOKEN", "secret\n")
    (result,) = RemoteBackend(server).run("print(1)", [StdinJob("")], LIMITS)
    assert result.stdout == "1\n"


def test_a_service_that_is_not_there_is_no_result():
    with pytest.raises(SandboxError, match=r"127\.0\.0\.1:9"):
        RemoteBackend("http://127.0.0.1:9").run("print(1)", [StdinJob("")], LIMITS)


def test_address_must_be_http():
    with pytest.raises(SandboxError, match="remote_url"):
        RemoteBackend("file:///etc/passwd")


def test_death_by_signal_is_killed():
    answer = {"status": "Failed", "run_result": {"status": "Finished", "return_code": -9, "stdout": "", "stderr": ""}}
    assert result_of(answer, None, LIMITS).status == "killed"
