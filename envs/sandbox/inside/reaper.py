"""Ends all that a job started and empties its scratch directory, with no more rights than the job had."""

import contextlib
import os
from collections.abc import Callable

from prorl_rllib.envs.sandbox.inside.kernel import SIGKILL
from prorl_rllib.envs.sandbox.inside.settings import NAMESPACE, USER_ID, Settings


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
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, SIGKILL)
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


def empty_folder(settings: Settings, folder: str) -> None:
    """Delete what a job left in its scratch directory, however deep or unreadable."""
    if settings.uid < 0:
        os.chmod(folder, 0o700)
    if os.listdir(folder):
        _as_job(settings, lambda: flatten(folder))


def flatten(folder: str) -> None:
    """Delete all in a folder: directories within directories move up first, so that no path grows."""
    moved = 0
    while names := os.listdir(folder):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isdir(path):
                os.unlink(path)
                continue
            os.chmod(path, 0o700)
            for entry in list(os.scandir(path)):
                if entry.is_dir(follow_symlinks=False):
                    moved += 1
                    os.chmod(entry.path, 0o700)
                    os.rename(entry.path, os.path.join(folder, f".moved-{os.getpid()}-{moved}"))
                else:
                    os.unlink(entry.path)
            os.rmdir(path)


def _as_job(settings: Settings, action: Callable[[], None]) -> None:
    """Do something in a process with the user id of the jobs."""
    pid = os.fork()
    if pid == 0:
        try:
            if settings.uid >= 0:
                os.setgroups([])
                os.setresgid(settings.uid, settings.uid, settings.uid)
                os.setresuid(settings.uid, settings.uid, settings.uid)
            if settings.uid < 0 or os.getuid() == settings.uid > 0:  # root would reach everybody
                action()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
