"""The scoring service as an ASGI application: what it refuses, and what it answers. Knows nothing of Ray."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from prorl_rllib.envs.verification import WorkerPool
from prorl_rllib.scoring.request_pool import RequestPool
from prorl_rllib.scoring.run_code import run_code
from prorl_rllib.scoring.scorer import HOW_TO_RUN_PROGRAMS, PROGRAMS_NOT_RUN, score_rows
from prorl_rllib.scoring.service_settings import Access, ServiceLimits
from prorl_rllib.scoring.settings import ScoringSettings

SCORING_THREADS = 32
"""Requests scored at once; the others wait. A thread waits for the verifier workers most of the time."""
PROGRAM_THREADS = 4
"""Programs of `/run_code` at once; the others wait."""
REFUSAL_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}
"""Status -> the headers that HTTP wants beside it."""
ENDPOINTS = "POST /score, POST /run_code, GET /health"


class Refused(Exception):
    """A request that is not answered.

    Attributes:
        status: of HTTP.
        message: what is wrong, the value, what is allowed.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class ScoringApplication:
    """Answers `POST /score`, `POST /run_code` and `GET /health`.

    What a request's headers tell is refused before its body is read, so that a refused upload is never held in memory.

    Args:
        settings: how rows are scored; never the client's choice.
        limits: what is taken at most.
        access: who may ask.
        pool: the verifier workers.
    """

    def __init__(self, settings: ScoringSettings, limits: ServiceLimits, access: Access, pool: WorkerPool) -> None:
        settings.prepare()
        settings.tasks_by_id()  # Read once: the first requests come at the same time.
        self._settings, self._limits, self._access, self._pool = settings, limits, access, pool
        self._scoring = RequestPool("max_requests", limits.max_requests, SCORING_THREADS)
        self._programs = RequestPool("max_programs", limits.max_programs, PROGRAM_THREADS)

    def routes(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/health", self._health, methods=["GET"]),
                Route("/score", self._endpoint(self._score, self._scoring), methods=["POST"]),
                Route("/run_code", self._endpoint(self._run_code, self._programs), methods=["POST"]),
            ],
            exception_handlers={404: _no_endpoint, 405: _no_endpoint},
        )

    async def _health(self, request: Request) -> Response:
        """Say that the service runs, and what it takes."""
        limits = {"max_body_bytes": self._limits.max_body_bytes, "max_rows": self._limits.max_rows}
        return _json(200, {"status": "ok", **limits, "run_programs": self._settings.run_programs})

    def _endpoint(self, work: Callable[[Any, Callable[[], bool]], Any], pool: RequestPool) -> Callable[[Request], Any]:
        """Return an endpoint that reads a JSON object, works on it in a thread of a pool, and answers with JSON."""

        async def endpoint(request: Request) -> Response:
            """Answer a request."""
            try:
                length = self._checked_length(request)
                if pool is self._programs and not self._settings.run_programs:
                    raise Refused(403, f"{PROGRAMS_NOT_RUN}: {HOW_TO_RUN_PROGRAMS}")
                if busy := pool.refusal():
                    raise Refused(503, busy)
                read = self._body(request, length)
                return _json(200, await pool.work(read, lambda body, left: work(_parsed(body), left)))
            except Refused as refused:
                return _json(refused.status, {"error": refused.message})
            except ClientDisconnect:
                return Response(status_code=499)

        return endpoint

    def _checked_length(self, request: Request) -> int:
        """Return the length of a request's body.

        Raises:
            Refused: for what the headers tell already.
        """
        headers, limits = request.headers, self._limits
        if problem := self._access.refusal(headers.get("authorization"), headers.get("host")):
            raise Refused(403 if self._access.token_sha256 is None else 401, problem)
        # A web page cannot send this type to another site without asking that site first.
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "the header Content-Type must be application/json")
        length = headers.get("content-length", "")
        if not length.isdecimal() or len(length) > 18:
            raise Refused(411, "the header Content-Length must say how long the body is")
        if int(length) > limits.max_body_bytes:
            raise Refused(
                413, f"the body has {length} bytes; max_body_bytes = {limits.max_body_bytes}: send fewer rows"
            )
        return int(length)

    async def _body(self, request: Request, length: int) -> bytes:
        """Read a request's body.

        Raises:
            Refused: if it does not come in time, or is longer than announced.
        """
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.body_timeout_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > length:
                        raise Refused(400, f"the body is longer than the {length} bytes of its Content-Length")
        except TimeoutError:
            limit = self._limits.body_timeout_s
            raise Refused(408, f"{len(body)} of {length} bytes came within body_timeout_s = {limit:g}") from None
        return bytes(body)

    def _score(self, message: Any, left: Callable[[], bool]) -> Any:
        """Score the rows of a request; none is begun after its client has left.

        Raises:
            Refused: if it holds no rows, or too many.
        """
        rows = message.get("rows")
        if not isinstance(rows, list):
            raise Refused(422, 'the body must be {"rows": [...]}')
        if len(rows) > self._limits.max_rows:
            raise Refused(
                413, f"the request has {len(rows)} rows; max_rows = {self._limits.max_rows}: send fewer at once"
            )
        scored = score_rows(rows, self._settings, pool=self._pool, stopped=left)
        return {"verdicts": [{**row.fields(), "rejected": row.rejected} for row in scored]}

    def _run_code(self, message: Any, left: Callable[[], bool]) -> Any:
        """Run a program in the sandbox.

        Raises:
            Refused: if it is no request of that kind.
        """
        try:
            return run_code(message, self._settings.options.get("code", {}))
        except ValueError as error:
            raise Refused(422, str(error)) from None


def _parsed(body: bytes) -> dict[str, Any]:
    """Parse a body.

    Raises:
        Refused: if it is no JSON object.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"the body is no JSON: {error}"[:300]) from None
    if not isinstance(message, dict):
        raise Refused(422, "the body must be a JSON object")
    return message


async def _no_endpoint(request: Request, error: Exception) -> Response:
    """Refuse a path or a method that there is not, with the header Allow that Starlette gives for a method."""
    assert isinstance(error, HTTPException)
    asked = f"{request.method} {request.url.path}"[:200]
    return _json(error.status_code, {"error": f"{asked} is not served; there are {ENDPOINTS}"}, error.headers)


def _json(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response in ASCII: answers may hold half characters, which UTF-8 does not."""
    headers = {**REFUSAL_HEADERS.get(status, {}), **(headers or {})}
    return Response(json.dumps(value), status, headers, media_type="application/json")
