"""Landlock: rules on which files a process may touch, for levels without a file system of their own."""

import ctypes
import os
import struct

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_QUERY, PATH_BENEATH = 1, 1
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights to files a version of Landlock knows, from the lowest bit (linux/landlock.h)."""
EXECUTE, WRITE_FILE, READ_FILE, READ_FOLDER = 1, 2, 4, 8
SCOPES = 3
"""No abstract sockets and no signals beyond the ruled processes, from version 6."""


def version() -> int:
    """Return the version of Landlock that the kernel has, 0 for none."""
    answer: int = ctypes.CDLL(None).syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_QUERY)
    return max(0, answer)


def restrict_files(readable: "tuple[str, ...]", writable: "tuple[str, ...]") -> None:
    """Refuse all files to this process, and what it starts, but some. Does nothing where the kernel has no Landlock.

    Args:
        readable: folders and files to read and execute.
        writable: folders to do all in, and devices to write.

    Raises:
        OSError: when the kernel has Landlock and refuses.
    """
    have = version()
    if not have:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    everything = (1 << RIGHTS[min(have, 5)]) - 1
    attributes = struct.pack("=QQQ", everything, 0, SCOPES if have >= 6 else 0)
    size = ctypes.c_size_t(24 if have >= 6 else 16 if have >= 4 else 8)
    ruleset = _checked(libc.syscall(CREATE_RULESET, attributes, size, 0), "landlock_create_ruleset")
    for paths, rights in ((readable, EXECUTE | READ_FILE | READ_FOLDER), (writable, everything)):
        for path in (path for path in paths if os.path.exists(path)):
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = rights if os.path.isdir(path) else rights & (EXECUTE | WRITE_FILE | READ_FILE)
            rule = struct.pack("=Qi", allowed, fd)
            _checked(libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0), f"landlock_add_rule {path}")
            os.close(fd)
    _checked(libc.syscall(RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    os.close(ruleset)


def _checked(result: int, what: str) -> int:
    """Return a system call's result, or raise OSError."""
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
    return result
