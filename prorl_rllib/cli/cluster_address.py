"""Find the running cluster of an address, and say soon and once that there is none: Ray alone tries for minutes."""

import socket

from ray._private import services
from ray._raylet import GcsClient  # type: ignore[attr-defined]  # its stub does not have it
from ray.exceptions import AuthenticationError, RayError

from prorl_rllib.cli.errors import CommandError, describe

CONNECT_S = 10.0
"""Seconds that the head's host has to accept a connection; within one network it is milliseconds."""
_CLIENT = "ray://"
_HINT = (
    "Start the cluster with `ray start --head` on one host and `ray start --address=HOST:6379` on the others, and run "
    "the command on one of them with the address that the first prints, or `--ray-address auto`."
)


def check_cluster_answers(address: str) -> None:
    """Refuse an address at which no Ray cluster answers.

    Args:
        address: as `ray.init` takes it: "auto", "local" or host:port.

    Raises:
        CommandError: if there is none, or if it wants another token.
    """
    if address.startswith(_CLIENT):
        raise CommandError(
            f"--ray-address {address}: trials cannot be followed or interrupted through Ray Client ({_CLIENT}). Run "
            "the command on a host of the cluster, with --ray-address auto."
        )
    try:
        found = services.canonicalize_bootstrap_address(address)
        if found is None:  # "local"
            return
        host, port = services.extract_ip_port(found)
    except (ConnectionError, ValueError) as error:
        raise CommandError(f"--ray-address {address} names no cluster. {describe(error)} {_HINT}") from error
    _check_listens(address, host, port)
    # For "auto", `ray.init` finds the token of a cluster on this host by itself.
    if address != "auto":
        _check_is_cluster(address, found)


def _check_listens(address: str, host: str, port: int) -> None:
    """Refuse an address where nothing listens."""
    try:
        socket.create_connection((host, port), timeout=CONNECT_S).close()
    except (OSError, UnicodeError) as error:
        raise CommandError(
            f"--ray-address {address}: no Ray cluster answers at {host}:{port} ({error}). {_HINT}"
        ) from error


def _check_is_cluster(address: str, found: str) -> None:
    """Refuse what listens and is no cluster, or one that this process may not join; Ray gives up after 40 s."""
    try:
        GcsClient(address=found)
    except AuthenticationError as error:
        raise CommandError(
            f"--ray-address {address}: the cluster refuses this command's token. Where a cluster has one, set "
            "RAY_AUTH_MODE=token for this command and for each `ray start`, and keep the same token on all hosts, in "
            "~/.ray/auth_token or the file that RAY_AUTH_TOKEN_PATH names (`ray get-auth-token --generate` makes one)."
        ) from error
    except RayError as error:
        raise CommandError(
            f"--ray-address {address}: what listens at {found} does not answer as a Ray cluster. {describe(error)}"
        ) from error
