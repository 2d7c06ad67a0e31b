"""The frames between the caller and the driver inside; both sides read this file."""

import struct
from typing import NamedTuple

HEADER = struct.Struct(">IdB")
"""Of a request: bytes of the body, seconds it may take, kind."""
REPLY = struct.Struct(">BidII")
"""Of a reply: cause of the end, wait status, seconds, bytes of stdout, bytes of the result."""
SETTINGS = struct.Struct(">QQIQiB")

PROGRAM, STDIN, CALL, EXPRESSION, STATEMENT, END = range(6)
"""Kinds of requests: the program itself (once, first), the jobs, and the end."""
ENDED, TIMEOUT, OUTPUT_LIMIT, MEMORY_LIMIT = range(4)
"""Causes of a job's end: by itself, or a limit."""
READY = struct.Struct(">cd")
"""What the process of a job says when its limits are in force and before it sees the program: "r" and the time."""
OK, EXCEPTION, MEMORY = b"o", b"e", b"m"
"""First byte of a result, as the process of the job tells it; what follows is a value or a reason."""

NAMESPACE, USER_ID, LONE_PROCESS = range(3)
"""How the driver ends all of a job: its PID namespace, its user id, or the one process that it is held to."""

SYSTEM_FOLDERS = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr", "/nix/store", "/gnu/store")
"""What a program may read of the host's file system, besides the interpreter's folder; not all exist everywhere."""


class Settings(NamedTuple):
    """What the driver is told at its start.

    Attributes:
        memory_bytes: address space of a process, and in a PID namespace resident memory of all of a job.
        output_bytes: most bytes of stdout, and of a result.
        max_processes: most processes and threads of a job (not with LONE_PROCESS: there, only threads).
        file_bytes: largest file.
        uid: user and group id the jobs take on; -1 keeps the driver's.
        reach: NAMESPACE, USER_ID or LONE_PROCESS.
    """

    memory_bytes: int
    output_bytes: int
    max_processes: int
    file_bytes: int
    uid: int
    reach: int
