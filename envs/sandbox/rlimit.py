"""The weakest level: limits on resources, a filter of system calls and rules on files, without namespaces."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from prorl_rllib.envs.sandbox.api import Limits, SandboxError
from prorl_rllib.envs.sandbox.inside.settings import LONE_PROCESS, USER_ID
from prorl_rllib.envs.sandbox.interpreter import ENVIRONMENT, FLAGS, Interpreter, base_interpreter
from prorl_rllib.envs.sandbox.loader import BOOT, code_frame
from prorl_rllib.envs.sandbox.local import LocalBackend, driver_settings
from prorl_rllib.envs.sandbox.process import SandboxProcess
from prorl_rllib.envs.sandbox.user_ids import MIN_PRIVATE_ID

SYSTEM_PATH = "/usr/local/bin:/usr/bin"
KILL_TIMEOUT_S = 10


class RlimitBackend(LocalBackend):
    """Programs as ordinary processes under limits.

    What holds: limits on time, memory of a process, output and size of a file; no sockets, so no network; no signals to
    processes of others; as root, a private user id. As another user, a job may start threads but no processes.

    What does not hold: the memory of all processes together and the sum of all files are not bounded, and where the
    kernel has no Landlock (before Linux 5.13) a program reads and writes what its user may.
    """

    name = "rlimit"

    def start(self, limits: Limits, uid: int, stack: ExitStack) -> SandboxProcess:
        """Start the interpreter in a scratch directory, as `LocalBackend.start` says."""
        if sys.platform != "linux":
            raise SandboxError(f"the limits of this level exist on Linux, not on {sys.platform}")
        interpreter, same_version = interpreter_for(uid)
        temporary = tempfile.mkdtemp(prefix="prorl-sandbox-")
        stack.callback(shutil.rmtree, temporary, ignore_errors=True)  # the driver did it, unless it was killed
        scratch = os.path.join(temporary, "work")
        os.mkdir(scratch)
        if uid >= 0:
            os.chown(temporary, 0, uid)
            os.chmod(temporary, 0o710)
            stack.push(lambda kind, *_: _kill_user(uid) if kind else None)
        command = [interpreter.executable, *FLAGS, "-c", BOOT, scratch, temporary]
        settings = driver_settings(limits, uid, USER_ID if uid >= 0 else LONE_PROCESS)
        environment = {**ENVIRONMENT, "HOME": scratch, "TMPDIR": scratch}
        return SandboxProcess(command, environment, code_frame(same_version=same_version), settings)


def interpreter_for(uid: int) -> tuple[Interpreter, bool]:
    """Return an interpreter that the jobs' user may read, and whether it is the one that runs here.

    Args:
        uid: the jobs' user id; -1 for the caller's own.

    Raises:
        SandboxError: when there is none.
    """
    own = base_interpreter()
    if uid < 0 or open_to_all(own.prefix):
        return own, True
    system = shutil.which("python3", path=SYSTEM_PATH)
    if system is None:
        raise SandboxError(
            f"the interpreter in {own.prefix} can be read by root alone, and {SYSTEM_PATH} has no python3: "
            f"use bwrap or namespaces, or an interpreter that all may read"
        )
    return Interpreter(os.path.realpath(system), "/usr"), False


def open_to_all(folder: str) -> bool:
    """Tell whether any user may pass to a folder and read it."""
    parents = Path(folder).parents
    wanted = stat.S_IXOTH | stat.S_IROTH
    return os.stat(folder).st_mode & wanted == wanted and all(os.stat(p).st_mode & stat.S_IXOTH for p in parents)


def _kill_user(uid: int) -> None:
    """Kill all processes of a private user id, when the driver that should have done it is gone."""
    if uid < MIN_PRIVATE_ID:
        raise SandboxError(f"user id {uid} is no private one (at least {MIN_PRIVATE_ID}): its processes are not killed")
    command = ["/bin/sh", "-c", "kill -KILL -1"]
    subprocess.run(command, user=uid, group=uid, extra_groups=[], timeout=KILL_TIMEOUT_S, check=False)
