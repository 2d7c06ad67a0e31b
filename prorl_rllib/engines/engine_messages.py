"""What an engine process and its parent say to each other, and how it is framed: a length in 8 bytes, then a pickle.

Pickle is safe here: either side reads only what the other, which it started or was started by, wrote to a pipe that
no third process has.
"""

import pickle
import struct
from dataclasses import dataclass, field
from typing import IO, Any

from prorl_rllib.engines.requests import Completion, GenerationRequest

HEADER = struct.Struct(">Q")


@dataclass(frozen=True)
class EngineSpec:
    """Which engine to build.

    Attributes:
        engine: a name of `engine_classes.ENGINES`, or "module:Class".
        arguments: keyword arguments of its constructor.
    """

    engine: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Generate:
    """Parent to child: sample. `call` numbers the calls of a parent; every answer repeats it."""

    call: int
    requests: tuple[GenerationRequest, ...]


@dataclass(frozen=True)
class Abort:
    """Parent to child: stop sampling for a `Generate`; nothing of it is wanted any more."""

    call: int


@dataclass(frozen=True)
class LoadWeights:
    """Parent to child: load the weights of a file (see `weights_file`)."""

    call: int
    path: str
    version: int


@dataclass(frozen=True)
class CallMethod:
    """Parent to child: call a method of the engine, and answer with what it returns."""

    call: int
    method: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Hello:
    """Child to parent, before anything slow is imported."""

    pid: int


@dataclass(frozen=True)
class Ready:
    """Child to parent: the engine is built."""

    max_model_len: int
    vocab_size: int
    weights_version: int


@dataclass(frozen=True)
class Sampled:
    """Child to parent: a completion of a `Generate`."""

    call: int
    completion: Completion


@dataclass(frozen=True)
class Heartbeat:
    """Child to parent when it has nothing else to say: how many tokens the engine has sampled in all."""

    tokens_sampled: int


@dataclass(frozen=True)
class Done:
    """Child to parent: a call ended well."""

    call: int
    value: Any = None
    weights_version: int = 0


@dataclass(frozen=True)
class Failed:
    """Child to parent: a call, or the start (call 0), raised an exception.

    Attributes:
        call: which call.
        kind: name of the exception's class.
        text: its message.
        traceback: where it was raised, as text.
        weights_version: the version of the weights afterwards.
    """

    call: int
    kind: str
    text: str
    traceback: str
    weights_version: int = 0


def encode(message: object) -> bytes:
    """Turn a message into a frame.

    Args:
        message: one of the classes above.

    Returns:
        The bytes to write.
    """
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body


def read_message(stream: IO[bytes]) -> Any:
    """Read one message.

    Args:
        stream: a pipe that blocks.

    Returns:
        The message.

    Raises:
        EOFError: if the other side closed the pipe.
    """
    header = stream.read(HEADER.size)
    body = stream.read(HEADER.unpack(header)[0]) if len(header) == HEADER.size else b""
    if len(header) < HEADER.size or len(body) < HEADER.unpack(header)[0]:
        raise EOFError("the other side closed the pipe")
    return pickle.loads(body)


def take_message(buffer: bytearray) -> Any | None:
    """Take the first message out of what was read so far.

    Args:
        buffer: bytes as they came; a whole message is removed from its front.

    Returns:
        The message, None if it is not there in full.
    """
    if len(buffer) < HEADER.size:
        return None
    end = HEADER.size + HEADER.unpack_from(buffer)[0]
    if len(buffer) < end:
        return None
    message = pickle.loads(memoryview(buffer)[HEADER.size : end].tobytes())
    del buffer[:end]
    return message
