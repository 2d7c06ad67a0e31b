"""Which levels of isolation this machine offers, and which one is used."""

import functools
import logging
from collections.abc import Callable

from prorl_rllib.envs.sandbox.api import CallJob, Limits, SandboxBackend, SandboxError, StdinJob
from prorl_rllib.envs.sandbox.bwrap import BwrapBackend
from prorl_rllib.envs.sandbox.namespaces import NamespacesBackend
from prorl_rllib.envs.sandbox.remote import RemoteBackend
from prorl_rllib.envs.sandbox.rlimit import RlimitBackend

logger = logging.getLogger(__name__)
LOCAL: dict[str, Callable[[], SandboxBackend]] = {
    "bwrap": BwrapBackend,
    "namespaces": NamespacesBackend,
    "rlimit": RlimitBackend,
}
"""From strong to weak."""
LEVELS = (*LOCAL, "remote")
"""In order of preference. What a remote service guarantees is not known here."""
PROBE_ATTEMPTS = 2
PROBE = """
import colorsys, os, socket
def walls():
    try:
        socket.socket()
    except OSError:
        return [colorsys.rgb_to_hsv(1, 1, 1)[2], os.getppid() == 1, sorted(os.listdir("."))]
    return "sockets can be made"
if __name__ == "__main__":
    print(input())
"""


def isolation_levels() -> dict[str, str]:
    """Return every level, strongest first: "" when it is usable, else the reason why not.

    Each is tried once a process, with a real program.
    """
    return {**{level: probe(level) for level in LOCAL}, "remote": "no sandbox_url is set"}


def select_backend(name: str = "auto", required: str | None = None, remote_url: str | None = None) -> SandboxBackend:
    """Return a backend that works, and is as strong as asked for.

    Args:
        name: a level, or "auto" for the first one that works.
        required: the weakest level that will do: one of `LEVELS`; "remote" accepts the remote service alone.
        remote_url: address of a service, without which "remote" is not usable.

    Raises:
        SandboxError: when there is none; programs are never run with less isolation than asked for.
    """
    for key, level in (("sandbox", None if name == "auto" else name), ("required_isolation", required)):
        if level is not None and level not in LEVELS:
            raise SandboxError(f"{key} = {level!r}: must be one of {', '.join(LEVELS)}")
    reasons = {}
    for level in LEVELS if name == "auto" else (name,):
        reasons[level] = _refusal(level, required, remote_url)
        if not reasons[level]:
            if level == "rlimit":
                _warn_once()
            return LOCAL[level]() if level in LOCAL else RemoteBackend(remote_url or "")
    tried = "; ".join(f"{level}: {reason}" for level, reason in reasons.items())
    raise SandboxError(
        f"no sandbox for sandbox = {name!r} with required_isolation = {required!r}: {tried}. "
        f"Install bubblewrap, set sandbox_url, or set required_isolation to a weaker level"
    )


@functools.cache
def _warn_once() -> None:
    """Say that programs run with little isolation."""
    logger.warning(
        "programs run at isolation level 'rlimit', the weakest: install bubblewrap, or set required_isolation to refuse"
    )


def _refusal(level: str, required: str | None, remote_url: str | None) -> str:
    """Return why a level is not used, or ""."""
    if required == "remote" and level != "remote":
        return "not the remote service that is required"
    if required is not None and required != "remote" and LEVELS.index(level) > LEVELS.index(required):
        return f"weaker than the {required!r} that is required, or not known"
    if level == "remote":
        return "" if remote_url else "no sandbox_url is set"
    return probe(level)


@functools.cache
def probe(level: str) -> str:
    """Run a program at a level of this machine; return "" when it ran and the walls stood, else the reason.

    Args:
        level: a key of `LOCAL`.
    """
    reason = ""
    for _ in range(PROBE_ATTEMPTS):
        try:
            called, read = LOCAL[level]().run(PROBE, [CallJob("walls", ()), StdinJob("word")], Limits(test_time_s=10))
        except SandboxError as error:
            reason = str(error)
            continue
        if called.value == [1, level != "rlimit", []] and read.stdout == "word\n":
            return ""
        reason = f"a trial program gave {called} and {read}"
    return reason
