"""The strongest level: bubblewrap."""

import os
import shutil
import stat
from contextlib import ExitStack
from pathlib import Path

from prorl_rllib.envs.sandbox.api import Limits, SandboxError
from prorl_rllib.envs.sandbox.inside.settings import DEVICE_LINKS, DEVICES, NAMESPACE, SYSTEM_FOLDERS
from prorl_rllib.envs.sandbox.interpreter import ENVIRONMENT, FLAGS, Interpreter, base_interpreter
from prorl_rllib.envs.sandbox.loader import BOOT, MODULES, code_frame
from prorl_rllib.envs.sandbox.local import LocalBackend, driver_settings, scratch_bytes
from prorl_rllib.envs.sandbox.process import SandboxProcess


class BwrapBackend(LocalBackend):
    """Programs in bubblewrap: own namespaces, the system's programs and the interpreter read-only, no network.

    A program sees no file of the host beyond those, no process but its own, and no system calls beyond the filter.
    """

    name = "bwrap"

    def start(self, limits: Limits, uid: int, stack: ExitStack) -> SandboxProcess:
        """Start bubblewrap, as `LocalBackend.start` says."""
        executable = shutil.which("bwrap")
        if executable is None:
            raise SandboxError("bwrap is not installed (the package bubblewrap)")
        may_mount = uid >= 0 or not os.stat(executable).st_mode & stat.S_ISUID
        command = [executable, *bwrap_arguments(base_interpreter(), uid, scratch_bytes(limits), may_mount)]
        code = code_frame((*MODULES, "namespaces", "bubblewrap"))
        return SandboxProcess(command, ENVIRONMENT, code, driver_settings(limits, uid, NAMESPACE))


def bwrap_arguments(interpreter: Interpreter, uid: int, scratch_bytes: int, may_mount: bool) -> list[str]:
    """Return bubblewrap's arguments, the interpreter's included (bwrap(1)).

    Args:
        interpreter: shown at its own path, since its libraries are looked up there.
        uid: the jobs' user id; -1 when not root.
        scratch_bytes: size of /tmp.
        may_mount: whether bubblewrap lends the right to mount, which the driver gives up before it takes a program.
    """
    capabilities = ["CAP_SYS_ADMIN"] if may_mount else []
    capabilities += ["CAP_SETUID", "CAP_SETGID", "CAP_KILL"] if uid >= 0 else []
    separate = ["pid", "net", "ipc", "uts", "cgroup-try", *([] if uid >= 0 else ["user"])]
    return [
        *(f"--unshare-{name}" for name in separate),
        *("--die-with-parent", "--as-pid-1", "--cap-drop", "ALL"),
        *(word for name in capabilities for word in ("--cap-add", name)),
        *(word for path in SYSTEM_FOLDERS for word in show(path)),
        *show_interpreter(interpreter),
        *("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *("--dir", "/dev"),
        *(word for name in DEVICES for word in ("--dev-bind", f"/dev/{name}", f"/dev/{name}")),
        *(word for name, target in DEVICE_LINKS for word in ("--symlink", target, f"/dev/{name}")),
        *("--proc", "/proc", "--size", str(scratch_bytes), "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp"),
        *("--", interpreter.executable, *FLAGS, "-c", BOOT, str(scratch_bytes)),
    ]


def show(path: str) -> list[str]:
    """Return the arguments that show a folder of the host read-only: a link as a link, nothing if there is none."""
    if os.path.islink(path):
        return ["--symlink", os.readlink(path), path]
    return ["--ro-bind-try", path, path]


def show_interpreter(interpreter: Interpreter) -> list[str]:
    """Return the arguments that show the interpreter's folder, with parents that anyone may pass."""
    if Path(interpreter.prefix).is_relative_to("/usr"):
        return []
    parents = [str(parent) for parent in reversed(Path(interpreter.prefix).parents)][1:]
    folders = [word for parent in parents for word in ("--dir", parent)]
    return [*folders, "--ro-bind", interpreter.prefix, interpreter.prefix]
