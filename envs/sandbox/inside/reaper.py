"""Ends all that a job started and empties its scratch directory, with no more rights than the job had."""

from __future__ import annotations

import os
import time

from prorl_rllib.envs.sandbox.inside.kernel import SIGKILL
from prorl_rllib.envs.sandbox.inside.settings import NAMESPACE, USER_ID, Settings

TYPE_CHECKING = False  # read by type checkers; importing its namesake takes long
if TYPE_CHECKING:
    from collections.abc import Callable

EMPTY_S = 8.0
"""Most seconds that the deletion of what one job left may take: less than the caller waits for a reply."""


def kill_all(settings: Settings, pid: int) -> int:
    """Kill a job's processes and reap them.

    Args:
        settings: say how far a job reaches.
        pid: its first process.

    Returns:
        The wait status of the first process.

    Raises:
        RuntimeError: when the driver is not the first process of a PID namespace, though the settings say so.
    """
    if settings.reach == NAMESPACE and os.getpid() != 1:
        raise RuntimeError(f"the driver has process id {os.getpid()}, not 1: it is in no PID namespace of its own")
    os.kill(pid, SIGKILL)  # not reaped yet, so the id is still its own
    status = os.waitpid(pid, 0)[1]
    while _reap():
        if settings.reach == NAMESPACE:
            try:
                os.kill(-1, SIGKILL)
            except ProcessLookupError:
                pass
        elif settings.reach == USER_ID:  # again and again: what is left may kill the process that kills
            _as_job(settings, lambda: os.kill(-1, SIGKILL))
    return status


def _reap() -> bool:
    """Reap what has ended below this process, which adopts orphans; tell whether anything is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def empty_folder(settings: Settings, folder: int) -> bool:
    """Delete what a job left in its scratch directory, however deep or unreadable; tell whether all is gone.

    Args:
        settings: say whose the files are.
        folder: the directory, which is the working directory too; open, since a job may have closed it to all.
    """
    if settings.uid < 0:
        os.fchmod(folder, 0o700)
    if os.listdir(folder):
        deadline = time.monotonic() + EMPTY_S
        _as_job(settings, lambda: flatten(".", deadline))
    return not os.listdir(folder)


def flatten(folder: str, deadline: float) -> None:
    """Delete all in a folder: directories within directories move up first, so that no path grows.

    Args:
        folder: where.
        deadline: `time.monotonic()` value after which it gives up.
    """
    while names := os.listdir(folder):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isdir(path):
                os.unlink(path)
            else:
                os.chmod(path, 0o700)
                empty_one(path, folder, deadline)
            if time.monotonic() > deadline:
                return


def empty_one(path: str, folder: str, deadline: float) -> None:
    """Delete a directory; those within it move to `folder`, under names that nobody could foresee and take.

    Args:
        path: of the directory.
        folder: as in `flatten`.
        deadline: as in `flatten`.
    """
    with os.scandir(path) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)
                os.rename(entry.path, os.path.join(folder, f".moved-{os.urandom(16).hex()}"))
            else:
                os.unlink(entry.path)
            if time.monotonic() > deadline:
                return
    os.rmdir(path)


def _as_job(settings: Settings, action: Callable[[], None]) -> None:
    """Do something in a process with the effective user id of the jobs.

    Its real and saved ones are the next id, which nobody has: so it may signal jobs and they may not signal it.
    """
    pid = os.fork()
    if pid == 0:
        try:
            if settings.uid >= 0:
                os.setgroups([])
                os.setresgid(settings.uid, settings.uid, settings.uid)
                os.setresuid(settings.uid + 1, settings.uid, settings.uid + 1)
            if settings.uid < 0 or os.geteuid() == settings.uid > 0 < os.getuid():  # root would reach everybody
                action()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
