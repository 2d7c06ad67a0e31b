"""The frames between the caller and the driver inside; both sides read this file."""

import struct

HEADER = struct.Struct(">IdB")
"""Of a request: bytes of the body, seconds it may take, kind."""
REPLY = struct.Struct(">BidII")
"""Of a reply: cause of the end, wait status, seconds, bytes of stdout, bytes of the result."""
SETTINGS = struct.Struct(">QQIQiB")

PROGRAM, STDIN, CALL, EXPRESSION, STATEMENT, END = range(6)
"""Kinds of requests: the program itself (once, first), the jobs, and the end."""
ENDED, TIMEOUT, OUTPUT_LIMIT, MEMORY_LIMIT, SPENT = range(5)
"""Causes of a job's end: by itself, or a limit; or that it left more files than can be deleted, so that no job may
follow it."""
READY = struct.Struct(">cd")
"""What the process of a job says when its limits are in force and before it sees the program: "r" and the time."""
OK, EXCEPTION, MEMORY = b"o", b"e", b"m"
"""First byte of a result, as the process of the job tells it; what follows is a value or a reason."""

NAMESPACE, USER_ID, LONE_PROCESS = range(3)
"""How the driver ends all of a job: its PID namespace, its user id, or the one process that it is held to."""

SYSTEM_FOLDERS = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr", "/nix/store", "/gnu/store")
"""What a program may read of the host's file system, besides the interpreter's folder; not all exist everywhere."""
DEVICES = ("null", "zero", "full", "random", "urandom")
"""Files of /dev that programs see; all are harmless, and so are the links."""
DEVICE_LINKS = tuple(
    (name, f"/proc/self/{target}")
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"))
)


class Settings:
    """What the driver is told at its start.

    Attributes:
        memory_bytes: address space of a process, and in a PID namespace resident memory of all of a job.
        output_bytes: most bytes of stdout, and of a result.
        max_processes: most processes and threads of a job (not with LONE_PROCESS: there, only threads).
        file_bytes: largest file.
        uid: user and group id the jobs take on; -1 keeps the driver's.
        reach: NAMESPACE, USER_ID or LONE_PROCESS.
    """

    def __init__(
        self, memory_bytes: int, output_bytes: int, max_processes: int, file_bytes: int, uid: int, reach: int
    ) -> None:
        """Hold them."""
        self.memory_bytes, self.output_bytes, self.max_processes = memory_bytes, output_bytes, max_processes
        self.file_bytes, self.uid, self.reach = file_bytes, uid, reach

    def packed(self) -> bytes:
        """Return them as `SETTINGS` unpacks them."""
        return SETTINGS.pack(
            self.memory_bytes, self.output_bytes, self.max_processes, self.file_bytes, self.uid, self.reach
        )
