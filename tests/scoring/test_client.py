import json
import math
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from prorl_rllib.envs import Task, TaskError
from prorl_rllib.scoring import ScoringServiceError
from prorl_rllib.scoring.client import ScoringClient
from prorl_rllib.scoring.service_settings import TOKEN_VARIABLE

TOKEN = "x" * 16
HEALTH = {"max_body_bytes": 10_000, "max_rows": 10}
VERDICT = {"reward": 1.0, "status": "scored", "answer": "3", "detail": "", "rejected": None}


@contextmanager
def answering(*answers):
    """A server that gives each request its answer, the last one to all that follow; the value is URL and requests.

    An answer is a status, "drop" (the connection), "break" (within the body) or "trickle" (a byte at a time).
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.headers["Authorization"])
            body = json.dumps(
                {"verdicts": [VERDICT]} if not isinstance(answer, int) or answer == 200 else {"error": "!"}
            )
            if answer == "drop":
                return
            self.send_response(answer if isinstance(answer, int) else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: 20 if answer == "break" else 0 if answer == "trickle" else None].encode())
            for letter in body if answer == "trickle" else "":
                time.sleep(0.1)
                self.wfile.write(letter.encode())

        def log_message(self, *arguments):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads, block_on_close = True, False

        def handle_error(self, request, client_address):
            """A client that left is no news."""

    with Server(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def client_of(url, timeout_s=30.0):
    client = ScoringClient(url, token=TOKEN, timeout_s=timeout_s)
    client._limits = HEALTH
    return client


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 411, 413, 415, 422, 500])
def test_a_refusal_that_stays_is_not_asked_for_again(status):
    with answering(status, 200) as (url, asked), pytest.raises(ScoringServiceError, match=f"answered {status}: !"):
        client_of(url).score([{}])
    assert len(asked) == 1


@pytest.mark.parametrize("answer", [429, 503, "drop", "break"])
def test_a_busy_service_and_a_broken_connection_are_tried_again(answer):
    with answering(answer, answer, 200) as (url, asked):
        assert client_of(url).score([{}]) == [VERDICT]
    assert len(asked) == 3


@pytest.mark.parametrize("answer", [429, 503, "drop", "trickle"])
def test_no_call_outlasts_its_time(answer):
    began = time.monotonic()
    with answering(answer) as (url, _), pytest.raises(ScoringServiceError, match=r"timeout_s = 0\.8"):
        client_of(url, timeout_s=0.8).score([{}])
    assert time.monotonic() - began < 3


def test_what_cannot_be_spoken_to_is_not_tried_again():
    with answering(200) as (url, _), pytest.raises(ScoringServiceError, match="cannot be asked: SSLError"):
        client_of(url.replace("http:", "https:")).score([{}])


def test_a_token_read_from_a_file_is_sent_without_its_line_break():
    with answering(200) as (url, asked):
        client = ScoringClient(url, token=f"{TOKEN}\n")
        client._limits = HEALTH
        assert client.score([{}]) == [VERDICT]
    assert asked == [f"Bearer {TOKEN}"]


@pytest.mark.parametrize("token", ["", "\n", f"{TOKEN}\n{TOKEN}", f"{TOKEN} {TOKEN}", f"{TOKEN}\u00e4"])
def test_a_token_that_no_header_can_hold_is_refused_without_being_named(token):
    with pytest.raises(ValueError, match="the argument `token` must be printable ASCII") as caught:
        ScoringClient("http://127.0.0.1:1", token=token)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("token", "variable", "words"),
    [
        (None, None, f"No token was given: pass token=... to ScoringClient, or set {TOKEN_VARIABLE}"),
        (TOKEN, None, "The token in the argument `token` is not the service's"),
        (None, TOKEN, f"The token in {TOKEN_VARIABLE} is not the service's"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_set(monkeypatch, token, variable, words):
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    if variable:
        monkeypatch.setenv(TOKEN_VARIABLE, variable)
    with answering(401) as (url, _):
        client = ScoringClient(url, token)
        client._limits = HEALTH
        with pytest.raises(ScoringServiceError, match="answered 401: !") as caught:
            client.score([{}])
    assert words in str(caught.value) and TOKEN not in str(caught.value)


def test_a_rejected_task_is_an_error_with_reason_and_detail():
    with answering(200) as (url, _), pytest.raises(TaskError, match=r"^row 0: no task: the row must hold"):
        client = client_of(url)
        client.score = lambda rows: [{**VERDICT, "rejected": "no task", "detail": "the row must hold task"}]
        client.verify(Task(task_id="a", domain="math", prompt="?", reference={}), "")


def test_a_task_reaches_the_service_as_it_is():
    task = Task(task_id="a", domain="math", prompt="?", reference={"answer": math.inf, "half": "\ud800"})

    class Service(ScoringClient):
        def score(self, rows):
            (row,) = json.loads(json.dumps(rows))
            self.received = Task.model_validate(row["task"]), row["response"]
            return [VERDICT]

    client = Service("http://127.0.0.1:1", token="x" * 16)
    assert client.verify(task, "\\boxed{3}").reward == 1.0
    # Pydantic's own JSON would make null of the infinity: a verdict on another task.
    assert client.received == (task, "\\boxed{3}")
