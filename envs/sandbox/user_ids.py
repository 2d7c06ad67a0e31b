"""User ids that belong to nobody, one for each sandbox of a process at a time."""

import contextlib
import functools
import os
import queue
from collections.abc import Iterator
from pathlib import Path

from prorl_rllib.envs.sandbox.api import SandboxError

SLOTS = 64
"""Most sandboxes of a process at once; the next one waits."""
IDS = 2
"""Ids of each: that of its jobs, and the next one, which keeps the process that ends them out of their reach."""
FIRST_ID, MIN_PRIVATE_ID = 2**30, 2**15
"""Where the ids start; within a user namespace with few ids, they are its highest ones, never below the second."""
PROCESS_IDS = 2**22
WAIT_S = 600.0


@contextlib.contextmanager
def private_user_id() -> Iterator[int]:
    """Lend a user id that no other sandbox uses now, nor the one after it, so that limits by user count one sandbox.

    Raises:
        SandboxError: when none becomes free.
    """
    slots = _free_slots(os.getpid())
    try:
        slot = slots.get(timeout=WAIT_S)
    except queue.Empty:
        raise SandboxError(f"all {SLOTS} sandboxes of this process were busy for {WAIT_S:.0f} s") from None
    try:
        yield slot
    finally:
        slots.put(slot)


@functools.cache
def _free_slots(pid: int) -> "queue.Queue[int]":
    """Return the ids of a process: by its own id, so that two processes share none (or rarely, where ids are few).

    Raises:
        SandboxError: when this user namespace has too few ids.
    """
    first, last = FIRST_ID + (pid % PROCESS_IDS) * SLOTS * IDS, _last_mapped_id()
    if first + SLOTS * IDS > last:
        groups = (last - MIN_PRIVATE_ID) // (SLOTS * IDS)
        if groups < 1:
            raise SandboxError(f"no private user ids: this user namespace maps ids below {last} only")
        first = MIN_PRIVATE_ID + (pid % groups) * SLOTS * IDS
    slots: queue.Queue[int] = queue.Queue()
    for slot in range(first, first + SLOTS * IDS, IDS):
        slots.put(slot)
    return slots


def _last_mapped_id() -> int:
    """Return the end of the last range of user ids that exist in this user namespace (user_namespaces(7))."""
    rows = [[int(word) for word in line.split()] for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return max(inside + length for inside, _, length in rows)
