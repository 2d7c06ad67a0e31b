"""Own namespaces with system calls alone: a root of a few read-only folders, then the driver as its first process."""

import ctypes
import os
import struct

from prorl_rllib.envs.sandbox.inside.driver import main as serve
from prorl_rllib.envs.sandbox.inside.kernel import die_with_parent
from prorl_rllib.envs.sandbox.inside.settings import DEVICE_LINKS, DEVICES, SYSTEM_FOLDERS

NEW_USER, NEW_REST = 0x10000000, 0x6E020000
"""Flags of unshare(2): user; and mount, PID, network, IPC, host name, cgroup."""
NO_SET_ID, NO_DEVICES, NO_EXECUTE, BIND, RECURSIVE, PRIVATE, DETACH = 2, 4, 8, 4096, 16384, 1 << 18, 2
READ_ONLY, NO_SET_ID_ATTRIBUTE, CURRENT_FOLDER, AT_RECURSIVE = 1, 2, -100, 0x8000
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
MOUNT_SETATTR = 442
NOBODY = 65534
LIBC = ctypes.CDLL(None, use_errno=True)


def main(caller: str, as_root: str, scratch_bytes: str, prefix: str) -> None:
    """Move into new namespaces and serve there; end with the caller.

    Args:
        caller: process id of the caller.
        as_root: "1" when the driver has root's rights, so that jobs can take on a user id; else "0".
        scratch_bytes: size of /tmp inside.
        prefix: the interpreter's folder.
    """
    root, uid, gid = as_root == "1", os.getuid(), os.getgid()
    _check(LIBC.unshare(NEW_REST | (0 if root else NEW_USER)), "unshare")
    if not root:
        _map_ids(uid, gid)
    die_with_parent()
    if os.getppid() != int(caller):
        os._exit(1)
    pid = os.fork()
    if pid:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
    die_with_parent()
    build_root(int(scratch_bytes), prefix)
    serve("/tmp")


def build_root(scratch_bytes: int, prefix: str) -> None:
    """Make a new root file system: the system's programs and the interpreter read-only, /proc, /dev and /tmp.

    Args:
        scratch_bytes: size of /tmp.
        prefix: the interpreter's folder, shown at its own path.
    """
    mount(None, "/", None, RECURSIVE | PRIVATE)
    mount("tmpfs", "/tmp", "tmpfs", NO_SET_ID | NO_DEVICES, "mode=755,size=1m,nr_inodes=1k")
    os.mkdir("/tmp/old")
    _check(LIBC.syscall(PIVOT_ROOT[os.uname().machine], b"/tmp", b"/tmp/old"), "pivot_root")
    os.chdir("/")
    for path in (*SYSTEM_FOLDERS, prefix, "/etc/ld.so.cache"):
        show(path)
    os.makedirs("/proc", exist_ok=True)
    try:
        mount("proc", "/proc", "proc", NO_SET_ID | NO_DEVICES | NO_EXECUTE)
        make_read_only("/proc")
    except PermissionError:  # where the host hides parts of its own /proc, programs get none
        pass
    make_devices()
    os.mkdir("/tmp")
    mount("tmpfs", "/tmp", "tmpfs", NO_SET_ID | NO_DEVICES, "mode=755," + scratch_options(scratch_bytes))
    _check(LIBC.umount2(b"/old", DETACH), "umount2")
    os.rmdir("/old")
    make_read_only("/", recursive=False)


def scratch_options(scratch_bytes: int) -> str:
    """Return the options of the file system that jobs may write: its size, and the number of files and directories."""
    return f"size={scratch_bytes},nr_inodes=4k"


def show(path: str) -> None:
    """Show a folder or file of the old root at its own path, read-only; a link as a link; nothing if there is none."""
    source = "/old" + path
    if os.path.lexists(path) or not os.path.lexists(source):
        return
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    if os.path.islink(source):
        os.symlink(os.readlink(source), path)
        return
    if os.path.isdir(source):
        os.mkdir(path)
    else:
        os.close(os.open(path, os.O_CREAT))
    mount(source, path, None, BIND | RECURSIVE)
    make_read_only(path)


def make_devices() -> None:
    """Make /dev with the harmless devices and the usual links."""
    os.mkdir("/dev")
    for name in DEVICES:
        os.close(os.open(f"/dev/{name}", os.O_CREAT))
        mount(f"/old/dev/{name}", f"/dev/{name}", None, BIND)
    for name, target in DEVICE_LINKS:
        os.symlink(target, f"/dev/{name}")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Mount something (the manual page mount, section 2).

    Raises:
        OSError: when the kernel refuses.
    """
    words = [None if word is None else word.encode() for word in (source, target, kind)]
    _check(LIBC.mount(*words, ctypes.c_ulong(flags), data.encode()), f"mount {source} on {target}")


def make_read_only(path: str, recursive: bool = True) -> None:
    """Make a mount, and those below it, read-only and without set-user-id programs (mount_setattr(2), Linux 5.12)."""
    attributes = struct.pack("=QQQQ", READ_ONLY | NO_SET_ID_ATTRIBUTE, 0, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    size = ctypes.c_size_t(len(attributes))
    _check(LIBC.syscall(MOUNT_SETATTR, CURRENT_FOLDER, path.encode(), flags, attributes, size), f"mount_setattr {path}")


def _map_ids(uid: int, gid: int) -> None:
    """Call this process's user and group "nobody" within the new user namespace."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{NOBODY} {uid} 1"), ("gid_map", f"{NOBODY} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _check(result: int, what: str) -> None:
    """Raise OSError when a call of libc failed."""
    if result < 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
