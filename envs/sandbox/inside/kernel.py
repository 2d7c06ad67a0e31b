"""Requests to the Linux kernel that Python's `os` lacks: prctl, capabilities, a filter of system calls."""

import ctypes
import os
import struct

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 36, 38
SECCOMP_MODE_FILTER = 2
SIGKILL = 9
EPERM, ENOSYS = 1, 38
CAP_KILL, CAP_SETGID, CAP_SETUID = 5, 6, 7
CAPABILITY_VERSION_3 = 0x20080522
THREAD = 0x10000
NEW_NAMESPACES = 0x7E020000
"""Bits of clone's flags: a thread; a new namespace (user, PID, network, mount, IPC, host name, cgroup)."""

_SHARED = dict.fromkeys(range(424, 434), EPERM) | {435: ENOSYS, 438: EPERM, 442: EPERM, 447: EPERM}
"""pidfd_send_signal, io_uring, the new mount calls; clone3 (glibc falls back to clone, whose flags can be
read); pidfd_getfd, mount_setattr, memfd_secret."""
DENIED = {
    "x86_64": _SHARED
    | dict.fromkeys(
        (
            # shmget semget socket ptrace msgget personality pivot_root chroot mount umount2 mq_open add_key request_key
            *(29, 64, 41, 101, 68, 135, 155, 161, 165, 166, 240, 248, 249),
            # keyctl unshare perf_event_open setns process_vm_readv process_vm_writev kcmp bpf userfaultfd
            *(250, 272, 298, 308, 310, 311, 312, 321, 323),
            # shmat shmctl semop semctl semtimedop msgsnd msgrcv msgctl mq_unlink setpriority ioprio_set
            *(30, 31, 65, 66, 220, 69, 70, 71, 241, 141, 251),
            # setxattr and removexattr, of a path, a link, a file
            *(188, 189, 190, 197, 198, 199),
        ),
        EPERM,
    ),
    "aarch64": _SHARED
    | dict.fromkeys(
        (
            *(194, 190, 198, 117, 186, 92, 41, 51, 40, 39, 180, 217, 218),
            *(219, 97, 241, 268, 270, 271, 272, 280, 282),
            *(196, 195, 193, 191, 192, 189, 188, 187, 181, 140, 30),
            *(5, 6, 7, 14, 15, 16),
        ),
        EPERM,
    ),
}
"""Error numbers by system call number: no sockets, no tracing, no namespaces, no keys, no shared memory or message that
outlives a process, no marks on the scratch directory, no change of another process's priority."""
FIRST_UNKNOWN = 451
"""From here on system calls are unknown to this filter, the same on both machines, and there are none: ENOSYS."""
LONE = {
    "x86_64": (
        *(57, 58, 62, 129, 200, 234, 297),  # fork vfork kill rt_sigqueueinfo tkill tgkill rt_tgsigqueueinfo
        *(90, 91, 268, 132, 235, 261, 280),  # chmod fchmod fchmodat utime utimes futimesat utimensat
    ),
    "aarch64": (129, 138, 130, 131, 240, 52, 53, 88),
}
"""More of them, for a job that shares its user with others: new processes, signals, and changes to the attributes of
files, which Landlock leaves open."""
ARCHITECTURES = {"x86_64": (0xC000003E, 56), "aarch64": (0xC00000B7, 220)}
"""Audit number, and the number of clone."""
OWN_PROCESS = {"x86_64": (302, 142, 144, 203, 314), "aarch64": (261, 118, 119, 122, 274)}
"""prlimit64 sched_setparam sched_setscheduler sched_setaffinity sched_setattr: refused for other processes, which are
named by the first argument; 0 is the caller."""
OWNERS = {"x86_64": {72: (8, 15), 16: (0x8901, 0x8902)}, "aarch64": {25: (8, 15), 29: (0x8901, 0x8902)}}
"""fcntl (F_SETOWN, F_SETOWN_EX) and ioctl (FIOSETOWN, SIOCSPGRP), refused by their second argument: the kernel sends
the owner of a file whatever signal the program chose."""
SOCKETPAIR = {"x86_64": 53, "aarch64": 199}
STREAM = 1
"""Kind of a pair of sockets; one of datagrams could send to any socket of the host."""


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def prctl(option: int, value: int, argument: "int | ctypes.Structure" = 0) -> None:
    """Set an option of this process (the manual page prctl, section 2).

    Raises:
        OSError: when the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    third = ctypes.byref(argument) if isinstance(argument, ctypes.Structure) else ctypes.c_ulong(argument)
    if libc.prctl(option, ctypes.c_ulong(value), third, ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}, {value}) failed")


def protect() -> None:
    """Close this process's memory to others, adopt orphans below it, and gain no rights by executing a file."""
    prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """Ask for SIGKILL when the thread that started this process ends; a change of user id cancels it."""
    prctl(PR_SET_PDEATHSIG, SIGKILL)


def keep_capabilities(*kept: int) -> None:
    """Give up all capabilities but some, for good.

    Raises:
        OSError: when one to keep is not held.
    """
    mask = sum(1 << number for number in kept)
    header = struct.pack("=Ii", CAPABILITY_VERSION_3, 0)
    sets = struct.pack("=IIIIII", mask, mask, 0, 0, 0, 0)  # effective, permitted, inheritable; low and high words
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), f"capset({kept}) failed")


def filter_system_calls(lone: bool = False) -> None:
    """Refuse the system calls of `DENIED` to this process and all that it starts, for good.

    Args:
        lone: refuse the calls of `LONE` too, and new processes but not threads.

    Raises:
        OSError: on another machine architecture, or when the kernel has no filters.
    """
    machine = os.uname().machine
    if machine not in ARCHITECTURES:
        raise OSError(ENOSYS, f"no system call filter for architecture {machine!r}; known: {sorted(ARCHITECTURES)}")
    code = filter_program(machine, lone)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, _Program(len(code) // 8, code))


def filter_program(machine: str, lone: bool) -> bytes:
    """Return the filter as classic BPF (linux/filter.h, linux/seccomp.h).

    Args:
        machine: a key of `ARCHITECTURES`.
        lone: as in `filter_system_calls`.
    """
    audit, clone = ARCHITECTURES[machine]
    load, equal, at_least, any_bit, keep_bits, give = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
    number, architecture, first_argument, second_argument = 0, 4, 16, 24
    allow, refuse = (give, 0, 0, 0x7FFF0000), (give, 0, 0, 0x00050000 | EPERM)
    denied = DENIED[machine] | (dict.fromkeys(LONE[machine], EPERM) if lone else {})
    code = [(load, 0, 0, architecture), (equal, 1, 0, audit), refuse, (load, 0, 0, number)]
    code += [(at_least, 0, 1, 0x40000000), refuse]  # the x32 calls
    code += [(at_least, 0, 1, FIRST_UNKNOWN), (give, 0, 0, 0x00050000 | ENOSYS)]
    for call, error in sorted(denied.items()):
        code += [(equal, 0, 1, call), (give, 0, 0, 0x00050000 | error)]
    code += [(equal, 0, 6, clone), (load, 0, 0, first_argument), (any_bit, 0, 1, NEW_NAMESPACES), refuse]
    code += [(any_bit, 1, 0, THREAD if lone else 0xFFFFFFFF), refuse, allow]
    for call in OWN_PROCESS[machine]:
        code += [(equal, 0, 4, call), (load, 0, 0, first_argument), (equal, 1, 0, 0), refuse, allow]
    for call, (one, other) in OWNERS[machine].items():
        code += [(equal, 0, 5, call), (load, 0, 0, second_argument), (equal, 1, 0, one), (equal, 0, 1, other)]
        code += [refuse, allow]
    code += [(equal, 0, 4, SOCKETPAIR[machine]), (load, 0, 0, second_argument), (keep_bits, 0, 0, 15)]
    code += [(equal, 1, 0, STREAM), refuse]
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in [*code, allow])
