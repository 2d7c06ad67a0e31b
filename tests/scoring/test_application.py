"""The application in this process; `test_service.py` has it behind Ray Serve."""

import asyncio
import json
import time
from contextlib import asynccontextmanager

import httpx
import pytest

from prorl_rllib.envs import EnvConfigError
from prorl_rllib.envs.sandbox import CallJob, Limits, StdinJob
from prorl_rllib.envs.sandbox.remote import request_of, result_of
from prorl_rllib.envs.verification import WorkerPool
from prorl_rllib.scoring.application import SCORING_THREADS, ScoringApplication
from prorl_rllib.scoring.run_code import run_code
from prorl_rllib.scoring.service_settings import Access, ServiceLimits, is_loopback, read_token
from prorl_rllib.scoring.settings import ScoringSettings

TOKEN = "0123456789abcdef"
RIGHT = {"domain": "math", "reference": {"answer": "3"}, "response": "\\boxed{3}"}
JSON = {"content-type": "application/json"}
TESTS = {"type": "stdin", "inputs": [""], "outputs": ["3"]}


@pytest.fixture(scope="module")
def pool():
    pool = WorkerPool(1)
    yield pool
    pool.close()


@pytest.fixture
def ask(pool):
    """Send requests to an application, all at once: `ask(content, ..., limits=..., token=..., **request)`."""

    def send(*contents, limits=None, token=None, path="/score", host="localhost", settings=None, **request):
        settings = settings or ScoringSettings()
        application = ScoringApplication(settings, limits or ServiceLimits(), Access.with_token(token), pool)
        transport = httpx.ASGITransport(application.routes())

        async def run():
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", timeout=60) as client:
                sent = [client.post(path, content=each, **{"headers": JSON, **request}) for each in contents]
                return await asyncio.gather(*sent)

        return asyncio.run(run())

    return send


def body(*rows):
    return json.dumps({"rows": rows})


def test_verdicts_come_in_the_order_of_the_rows(ask):
    (answer,) = ask(body(RIGHT, {"response": "x"}, {**RIGHT, "response": "\\boxed{4 \ud800}"}))
    found = [(verdict["reward"], verdict["status"], verdict["rejected"]) for verdict in answer.json()["verdicts"]]
    assert answer.status_code == 200
    assert found == [(1.0, "scored", None), (None, None, "no task"), (0.0, "scored", None)]
    assert answer.json()["verdicts"][1]["detail"] == "the row must hold task, or domain and reference, or task_id"


@pytest.mark.parametrize(
    ("content", "request_", "status", "words"),
    [
        (b"{", {}, 400, "no JSON"),
        (b"[" * 4000, {}, 400, "no JSON"),
        (b"[]", {}, 422, "JSON object"),
        (b"{}", {}, 422, '"rows"'),
        (body(*[RIGHT] * 9), {}, 413, "max_rows = 8"),
        (b"x" * 5000, {}, 413, "5000 bytes; max_body_bytes = 4096"),
        (b"{}", {"headers": {"content-type": "text/plain"}}, 415, "Content-Type"),
        (b"{}", {"headers": {**JSON, "content-length": "1"}}, 400, "longer than the 1 bytes"),
        (b"{}", {"headers": {**JSON, "content-length": "-1"}}, 411, "Content-Length"),
        (b"{}", {"host": "page.example"}, 403, "localhost"),
        (b"{}", {"path": "/docs"}, 404, "POST /docs is not served; there are POST /score, POST /run_code, GET /health"),
        (b"{}", {"path": "/health"}, 405, "POST /health is not served"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_reason(ask, content, request_, status, words):
    (answer,) = ask(content, limits=ServiceLimits(max_rows=8, max_body_bytes=4096), **request_)
    assert answer.status_code == status and words in answer.json()["error"]
    assert status != 405 or set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_a_body_of_unknown_length_is_refused(ask):
    async def chunks():
        yield b"{}"

    (answer,) = ask(chunks())
    assert answer.status_code == 411


def test_a_token_is_asked_for_and_compared_whole(ask):
    for given in (None, "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", "Bearer \xff"):
        headers = JSON if given is None else {**JSON, "authorization": given.encode("latin-1")}
        (answer,) = ask(body(RIGHT), token=TOKEN, headers=headers)
        assert answer.status_code == 401 and TOKEN not in answer.text
        assert answer.headers["www-authenticate"] == "Bearer"
    (answer,) = ask(
        body(RIGHT), token=TOKEN, host="verifiers.example", headers={**JSON, "authorization": f"bearer {TOKEN}"}
    )
    assert answer.status_code == 200
    assert TOKEN not in repr(Access.with_token(TOKEN))


def test_requests_beyond_the_limit_are_told_to_come_again(ask):
    answers = ask(*[body(RIGHT)] * 8, limits=ServiceLimits(max_requests=3))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [503] * 5
    assert all(answer.headers["retry-after"] == "1" for answer in answers if answer.status_code == 503)


def test_a_client_that_leaves_gives_its_place_back_and_its_rows_are_dropped(pool, rows):
    application = ScoringApplication(ScoringSettings(), ServiceLimits(max_requests=1), Access(), pool)
    slow = [row for row in rows if row["task"]["domain"] == "logic"] * 20

    async def run():
        transport = httpx.ASGITransport(application.routes())
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client:
            task = asyncio.create_task(client.post("/score", content=body(*slow), headers=JSON))
            while not application._scoring.num_requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            task.cancel()
            busy = await client.post("/score", content=body(RIGHT), headers=JSON)
            async with asyncio.timeout(30):
                while (answer := await client.post("/score", content=body(RIGHT), headers=JSON)).status_code == 503:
                    await asyncio.sleep(0.05)
            return busy.status_code, answer.status_code

    assert asyncio.run(run()) == (503, 200)


@pytest.mark.parametrize(
    ("program", "job", "status", "value"),
    [
        ("print(input() * 2)", StdinJob("ab"), "ok", None),
        ("def f(a, b):\n    return [a, b]", CallJob("f", (1, "x")), "ok", [1, "x"]),
        ("raise ValueError('no')", StdinJob(""), "exception", None),
        ("while True: pass", StdinJob(""), "timeout", None),
        ("x = 'a' * 10**10", StdinJob(""), "memory", None),
        ("import os; os.kill(os.getpid(), 9)", StdinJob(""), "killed", None),
    ],
)
def test_the_remote_backend_of_the_sandbox_understands_run_code(program, job, status, value):
    marker = None if isinstance(job, StdinJob) else "m" * 32
    limits = Limits(test_time_s=10)
    seconds = 1.0 if status == "timeout" else 10.0
    answer = run_code(request_of(program, job, marker or "", seconds, limits), {})
    found = result_of(json.loads(json.dumps(answer)), marker, limits)
    assert (found.status, found.value) == (status, value)
    assert status != "ok" or value or found.stdout == "abab\n"


@pytest.mark.parametrize("wrong", [{"language": "cpp"}, {"run_timeout": 1e9}, {"files": {"a": "b"}}, {"code": 1}])
def test_a_program_that_is_not_asked_for_rightly_is_refused(ask, wrong):
    (answer,) = ask(json.dumps({"code": "", **wrong}), path="/run_code")
    assert answer.status_code == 422 and next(iter(wrong)) in answer.json()["error"]


@pytest.fixture
def programs_under_way(pool):
    """Within `async with programs_under_way(code, number, **limits) as (client, sent)` that many programs are asked."""

    @asynccontextmanager
    async def ask(code, number, **limits):
        application = ScoringApplication(ScoringSettings(), ServiceLimits(**limits), Access(), pool)
        transport = httpx.ASGITransport(application.routes())
        content = json.dumps({"code": code, "run_timeout": 4})
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client:
            sent = [asyncio.create_task(client.post("/run_code", content=content, headers=JSON)) for _ in range(number)]
            async with asyncio.timeout(30):
                while application._programs.num_requests < number:
                    await asyncio.sleep(0.01)
            yield client, sent
            for each in sent:
                each.cancel()
            async with asyncio.timeout(30):
                while application._programs.num_requests:
                    await asyncio.sleep(0.05)

    return ask


def test_slow_programs_do_not_hold_up_verdicts(programs_under_way):
    async def run():
        async with programs_under_way("import time\ntime.sleep(3)", SCORING_THREADS + 8) as (client, sent):
            answer = await client.post("/score", content=body(RIGHT), headers=JSON)
            return answer.status_code, any(each.done() for each in sent)

    # Nor are the 36 programs begun whose clients have left: that would take half a minute.
    began = time.monotonic()
    assert asyncio.run(run()) == (200, False)
    assert time.monotonic() - began < 15


def test_programs_beyond_their_limit_are_told_to_come_again_and_take_no_place_of_verdicts(programs_under_way):
    async def run():
        async with programs_under_way("import time\ntime.sleep(1)", 2, max_programs=2, max_requests=1) as (client, _):
            program = await client.post("/run_code", content=json.dumps({"code": ""}), headers=JSON)
            answer = await client.post("/score", content=body(RIGHT), headers=JSON)
            return program.status_code, "max_programs = 2" in program.text, answer.status_code

    assert asyncio.run(run()) == (503, True, 200)


def test_a_service_that_runs_no_programs_scores_the_other_domains(ask):
    settings = ScoringSettings(run_programs=False)
    program = {"domain": "code", "reference": {"tests": TESTS}, "response": "print(3)"}
    (answer,) = ask(body(program, RIGHT), settings=settings)
    found = [(verdict["reward"], verdict["rejected"]) for verdict in answer.json()["verdicts"]]
    assert found == [(None, "programs are not run here"), (1.0, None)]
    (answer,) = ask(json.dumps({"code": "print(3)"}), settings=settings, path="/run_code")
    assert answer.status_code == 403 and "--run-programs" in answer.json()["error"]


def test_an_address_is_loopback_only_if_no_other_machine_reaches_it():
    assert all(map(is_loopback, ("127.0.0.1", "localhost", "::1", "127.9.9.9")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "localhost.example", "")))


def test_a_token_that_is_no_secret_is_refused_without_being_named(tmp_path, monkeypatch):
    path = tmp_path / "token"
    for text, words in (("short", "at least 16"), ("\u00e4" * 20, "ASCII"), ("a b" * 9, "spaces")):
        path.write_text(text)
        with pytest.raises(ValueError, match=words) as caught:
            read_token(path)
        assert text not in str(caught.value)
    monkeypatch.setenv("PRORL_RLLIB_VERIFIER_TOKEN", f"{TOKEN}\n")
    assert read_token() == TOKEN


def test_tasks_that_cannot_be_read_are_said_before_the_first_request(pool, tmp_path):
    settings = ScoringSettings(tasks=str(tmp_path / "missing.jsonl"))
    with pytest.raises(EnvConfigError, match=r"missing\.jsonl"):
        ScoringApplication(settings, ServiceLimits(), Access(), pool)
