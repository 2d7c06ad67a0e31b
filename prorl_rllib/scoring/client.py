"""A client of the scoring service, with the standard library alone."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from prorl_rllib.envs.errors import TaskError, VerifierError
from prorl_rllib.envs.task import Task, Verdict
from prorl_rllib.scoring.service_settings import TOKEN_VARIABLE, header_token, read_token

UNAUTHORIZED, BUSY = 401, (429, 503)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
CHUNK = 1 << 16


class ScoringServiceError(VerifierError):
    """The service cannot be reached, refused a request, or did not answer in time."""


class ScoringClient:
    """Asks a scoring service for verdicts. Has no connection of its own between calls; may be shared by threads.

    Args:
        url: such as "http://127.0.0.1:8000".
        token: of the service, white space around it left out; that of the variable `PRORL_RLLIB_VERIFIER_TOKEN` when
            None.
        timeout_s: seconds a call may take, with all its requests and repetitions.

    Raises:
        ValueError: if the url is none, or no header can hold the token, which is not named.
    """

    def __init__(self, url: str, token: str | None = None, timeout_s: float = 600.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"url = {url!r}: must be http://HOST:PORT or https://HOST:PORT")
        self.url, self.timeout_s = url.rstrip("/"), timeout_s
        self._host, self._port, self._secure = parts.hostname, parts.port, parts.scheme == "https"
        self._token = read_token() if token is None else header_token(token, "the argument `token`")
        self._token_source = TOKEN_VARIABLE if token is None else "the argument `token`"
        self._limits: Mapping[str, int] | None = None

    def verify(self, task: Task, response: str) -> Verdict:
        """Return the verdict on one response, as `prorl_rllib.envs.verify` does; errors as in `verify_batch`."""
        return self.verify_batch([task], [response])[0]

    def verify_batch(self, tasks: Sequence[Task], responses: Sequence[str]) -> list[Verdict]:
        """Return the verdicts on many responses, in the order given, as `prorl_rllib.envs.verify_batch` does.

        Args:
            tasks: one a response.
            responses: all the model wrote.

        Raises:
            ValueError: when the two differ in length.
            TaskError: naming the first task that cannot be scored.
            ScoringServiceError: as in `score`.
        """
        if len(tasks) != len(responses):
            raise ValueError(f"{len(tasks)} tasks for {len(responses)} responses: there must be one task a response")
        pairs = zip(tasks, responses, strict=True)
        # A reference goes as it is: in pydantic's JSON an infinity would be null.
        rows = [
            {"task": {**task.model_dump(mode="json"), "reference": task.reference}, "response": response}
            for task, response in pairs
        ]
        return [_verdict(index, scored) for index, scored in enumerate(self.score(rows))]

    def score(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Score rows, in as many requests as the service's limits ask for.

        Args:
            rows: as `prorl_rllib.scoring.rows.parse_row` takes them.

        Returns:
            One a row, in order: `reward` (None where there is none), `status`, `answer`, `detail`, `rejected`.

        Raises:
            ScoringServiceError: if the service cannot be reached, refuses, or does not answer in time.
        """
        deadline = time.monotonic() + self.timeout_s
        verdicts: list[dict[str, Any]] = []
        for part in self._parts(rows, deadline):
            found = self._ask("POST", "/score", part.encode("ascii"), deadline).get("verdicts")
            if not isinstance(found, list):
                raise ScoringServiceError(f"{self.url}/score did not answer with verdicts")
            verdicts.extend(found)
        if len(verdicts) != len(rows):
            raise ScoringServiceError(f"{self.url}/score gave {len(verdicts)} verdicts for {len(rows)} rows")
        return verdicts

    def _parts(self, rows: Sequence[Mapping[str, Any]], deadline: float) -> Iterator[str]:
        """Yield the bodies of the requests.

        Raises:
            ScoringServiceError: for a row that alone is too large.
        """
        limits = self._limits = self._limits or self._ask("GET", "/health", None, deadline)
        room, texts, size = limits["max_body_bytes"] - len('{"rows": []}'), list[str](), 0
        for index, row in enumerate(rows):
            text = json.dumps(row)
            if len(text) > room:
                raise ScoringServiceError(
                    f"row {index} takes {len(text)} bytes; {self.url} takes max_body_bytes = {limits['max_body_bytes']}"
                )
            if texts and (size + len(text) + 2 > room or len(texts) >= limits["max_rows"]):
                yield '{"rows": [' + ", ".join(texts) + "]}"
                texts, size = [], 0
            texts.append(text)
            size += len(text) + 2
        if texts:
            yield '{"rows": [' + ", ".join(texts) + "]}"

    def _ask(self, method: str, path: str, body: bytes | None, deadline: float) -> dict[str, Any]:
        """Send a request, again while the service is busy or a connection breaks: scoring twice does no harm.

        Raises:
            ScoringServiceError: if the service refuses, cannot be spoken to, or the time is up.
        """
        pause, reason = FIRST_PAUSE_S, "there was no time left to ask"
        while time.monotonic() < deadline:
            try:
                status, answer = self._send(method, path, body, deadline)
            except (OSError, http.client.HTTPException) as error:
                reason = f"{type(error).__name__}: {error}"
                if not _may_pass(error):
                    raise ScoringServiceError(f"{self.url}{path} cannot be asked: {reason}") from error
            else:
                if status == 200:
                    return _object(f"{self.url}{path}", answer)
                if status not in BUSY:
                    raise ScoringServiceError(
                        f"{self.url}{path} answered {status}: {_message(answer)}{self._advice(status)}"
                    )
                reason = f"busy: {_message(answer)}"
            time.sleep(max(0.0, min(pause, deadline - time.monotonic())))
            pause = min(2 * pause, LONGEST_PAUSE_S)
        raise ScoringServiceError(f"{self.url}{path} gave no answer within timeout_s = {self.timeout_s:g}: {reason}")

    def _advice(self, status: int) -> str:
        """Return what the caller can do about a refusal, as the end of its error."""
        if status != UNAUTHORIZED:
            return ""
        if self._token is None:
            return f". No token was given: pass token=... to ScoringClient, or set {TOKEN_VARIABLE}"
        return f". The token in {self._token_source} is not the service's"

    def _send(self, method: str, path: str, body: bytes | None, deadline: float) -> tuple[int, bytes]:
        """Send a request on a connection of its own; no redirect is followed, so that the token goes nowhere else."""
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=_left(deadline))
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            connection.request(method, path, body, headers)
            # Once the headers are read, the connection may have given the socket to the response.
            stream = connection.sock
            response = connection.getresponse()
            return response.status, _read(response, stream, deadline)
        finally:
            connection.close()


def _read(response: http.client.HTTPResponse, stream: socket.socket, deadline: float) -> bytes:
    """Read a response; one that trickles in gains no time.

    Raises:
        TimeoutError: at the deadline.
        IncompleteRead: if it breaks off.
    """
    answer = bytearray()
    stream.settimeout(_left(deadline))
    while chunk := response.read1(CHUNK):
        answer += chunk
        stream.settimeout(_left(deadline))
    if response.length:
        raise http.client.IncompleteRead(bytes(answer), response.length)
    return bytes(answer)


def _left(deadline: float) -> float:
    """Return the seconds until a deadline.

    Raises:
        TimeoutError: if it has passed.
    """
    if (left := deadline - time.monotonic()) <= 0:
        raise TimeoutError("the time is up")
    return left


def _may_pass(error: Exception) -> bool:
    """Tell whether a request may succeed when it is sent again: its connection was refused, broke or took too long.

    What is wrong with the host's name, the certificate or the protocol stays wrong.
    """
    if isinstance(error, ConnectionError | http.client.IncompleteRead | ssl.SSLEOFError):
        return True
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return isinstance(error, OSError) and not isinstance(error, ssl.SSLError)


def _object(where: str, answer: bytes) -> dict[str, Any]:
    """Return an answer's JSON object.

    Raises:
        ScoringServiceError: if it is none.
    """
    try:
        value = json.loads(answer)
    except ValueError as error:
        raise ScoringServiceError(f"{where} did not answer with JSON: {error}") from None
    if not isinstance(value, dict):
        raise ScoringServiceError(f"{where} answered with {type(value).__name__}, not an object")
    return value


def _message(answer: bytes) -> str:
    """Return what a refusal says."""
    text = answer.decode("utf-8", "replace")
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text[:300]


def _verdict(index: int, scored: Mapping[str, Any]) -> Verdict:
    """Return a row's verdict.

    Raises:
        TaskError: for a row that was rejected.
    """
    if scored["rejected"] is not None:
        raise TaskError(": ".join(filter(None, (f"row {index}", scored["rejected"], scored["detail"]))))
    reward = scored["reward"] or 0.0
    return Verdict(reward=reward, status=scored["status"], answer=scored["answer"], detail=scored["detail"])
