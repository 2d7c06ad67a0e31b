"""A web application served on this machine alone, from a thread, and stopped again."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

HOST = "127.0.0.1"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 10.0


def bind(port: int) -> socket.socket:
    """Return a socket bound to a port of the loopback address.

    Args:
        port: 0 for a free one.

    Raises:
        ValueError: when the number is no port.
        OSError: when the port is taken, saying so.
    """
    if not 0 <= port <= 65535:
        raise ValueError(f"port = {port}: must be 0..65535 (0 takes a free one)")
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # A port that a server left a moment ago is free to us; one that is listened on is not.
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError as error:
        made.close()
        message = f"port = {port} of {HOST}: {error.strerror}; choose another, or 0 for a free one"
        raise OSError(error.errno, message) from error
    return made


@contextmanager
def serving(app: Any, port: int = 0) -> Iterator[str]:
    """Serve an ASGI application on the loopback address while the context lasts.

    Args:
        app: the application.
        port: 0 for a free one.

    Yields:
        The address, such as "http://127.0.0.1:8000".

    Raises:
        OSError: when the port is taken.
        RuntimeError: when the server does not start, or does not stop, in time.
    """
    import uvicorn

    listening = bind(port)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=int(STOP_TIMEOUT_S / 2)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield f"http://{HOST}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(STOP_TIMEOUT_S)
        listening.close()
    if thread.is_alive():
        raise RuntimeError(f"the server did not stop within {STOP_TIMEOUT_S:g} s")


def _wait_until_started(server: Any, thread: threading.Thread) -> None:
    """Wait until the server takes requests.

    Raises:
        RuntimeError: when it ended, or did not start in time.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server ended while it started: its log says why")
        if time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start within {START_TIMEOUT_S:g} s")
        time.sleep(0.02)
