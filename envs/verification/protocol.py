"""The frames a pool and its workers exchange: a length in 4 bytes, then that much JSON.

JSON escapes what is not ASCII, so that lone surrogates in a model's text travel too; nothing is unpickled.
"""

import json
import os
import select
import struct
import time
from typing import Any

HEADER = struct.Struct(">I")
MAX_FRAME_BYTES = 64 * 2**20


def write_frame(fd: int, message: dict[str, Any]) -> None:
    """Write one message.

    Args:
        fd: file descriptor of a pipe.
        message: any JSON object.

    Raises:
        ValueError: when the message is larger than `MAX_FRAME_BYTES`.
        BrokenPipeError: when the reader is gone.
    """
    body = json.dumps(message).encode("ascii")
    if len(body) > MAX_FRAME_BYTES:
        raise ValueError(f"a message of {len(body)} bytes is larger than {MAX_FRAME_BYTES}")
    data = memoryview(HEADER.pack(len(body)) + body)
    while data:
        data = data[os.write(fd, data) :]


def read_frame(fd: int, deadline: float | None = None) -> dict[str, Any]:
    """Read one message.

    Args:
        fd: file descriptor of a pipe.
        deadline: `time.monotonic()` value after which to give up; None waits as long as the writer lives.

    Raises:
        TimeoutError: when the deadline passed.
        EOFError: when the writer is gone.
    """
    (size,) = HEADER.unpack(_read_exactly(fd, HEADER.size, deadline))
    if size > MAX_FRAME_BYTES:
        raise EOFError(f"a frame of {size} bytes is larger than {MAX_FRAME_BYTES}")
    message: dict[str, Any] = json.loads(_read_exactly(fd, size, deadline))
    return message


def _read_exactly(fd: int, size: int, deadline: float | None) -> bytes:
    """Read `size` bytes, or raise as `read_frame` does."""
    chunks = []
    while size:
        if deadline is not None:
            left = max(0.0, deadline - time.monotonic())
            poller = select.poll()
            poller.register(fd, select.POLLIN)
            if not poller.poll(left * 1000):
                raise TimeoutError
        chunk = os.read(fd, min(size, 1 << 20))
        if not chunk:
            raise EOFError("the other side closed the pipe")
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
