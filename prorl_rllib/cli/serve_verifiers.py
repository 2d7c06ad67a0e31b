"""`rllib serve-verifiers`: a Ray of its own, the service in it, and the end of both."""

import logging
import os
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from ray.exceptions import RayError

from prorl_rllib.cli.cluster import ClusterOptions, ray_cluster
from prorl_rllib.cli.console import say
from prorl_rllib.cli.errors import FAILURE, CommandError, root_cause
from prorl_rllib.scoring.service import scoring_service, start_service
from prorl_rllib.scoring.service_settings import TOKEN_VARIABLE, Access, ServiceLimits, is_loopback, read_token
from prorl_rllib.scoring.settings import ScoringSettings


@dataclass(frozen=True)
class ServeOptions:
    """What is served, where, and to whom.

    Attributes:
        host: address to listen on.
        port: likewise; 0 takes a free one.
        access: who may ask.
        limits: what is taken at most.
        settings: how rows are scored.
        num_workers: verifier workers of a replica.
        num_replicas: replicas of the service.
    """

    host: str
    port: int
    access: Access
    limits: ServiceLimits
    settings: ScoringSettings
    num_workers: int
    num_replicas: int


def access_of(host: str, token_file: Path | None) -> Access:
    """Return who may ask a service at an address.

    Args:
        host: address it listens on.
        token_file: holds the token; None for that of the environment variable.

    Raises:
        CommandError: if there must be a token and is none, or it is of no use.
    """
    try:
        token = read_token(token_file)
    except OSError as error:
        raise CommandError(f"--token-file {token_file}: {error.strerror}.") from None
    except ValueError as error:
        raise CommandError(f"{error}.") from None
    if token is None and not is_loopback(host):
        raise CommandError(
            f"--host {host} can be reached from other machines, which takes a token: put one into a file and name it "
            f"with --token-file, or into the variable {TOKEN_VARIABLE}. Without one, use --host 127.0.0.1."
        )
    return Access.with_token(token)


def runs_programs(access: Access, asked: bool | None) -> bool:
    """Return whether a service runs the programs that requests bring.

    Args:
        access: who may ask.
        asked: what the command line says; None for the default: without a token, any user of this machine would run
            programs as the user of the service, and where the machine has no namespaces with a sandbox of limits alone.
    """
    return access.token_sha256 is not None if asked is None else asked


def free_port(host: str, port: int) -> int:
    """Return the port to listen on.

    Args:
        host: address to listen on.
        port: what is asked for; 0 for any.

    Raises:
        CommandError: if it is taken, or there is no such address here.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            # Serve's proxies share a port, so that two services would take turns in answering.
            listener.listen()
            return int(listener.getsockname()[1])
    except (OSError, UnicodeError) as error:
        # A name that no address book could hold is a UnicodeError.
        why = error.strerror if isinstance(error, OSError) else "this is no name of a host"
        raise CommandError(f"--host {host} --port {port}: cannot listen there ({why}); take another.") from None


def serve_verifiers(options: ServeOptions, verbosity: int) -> None:
    """Serve until SIGTERM, which ends the process with exit code 0, or Ctrl-C.

    Args:
        options: what is served.
        verbosity: number of `-v`.

    Raises:
        CommandError: if the service cannot be started.
        KeyboardInterrupt: on Ctrl-C.
        SystemExit: on SIGTERM.
    """
    _check_ray_is_closed()
    port = free_port(options.host, options.port)
    service = scoring_service(
        options.settings,
        options.limits,
        options.access,
        num_workers=options.num_workers,
        num_replicas=options.num_replicas,
    )
    os.environ.pop(TOKEN_VARIABLE, None)  # Ray's processes and the verifiers inherit the environment.
    os.environ.pop("RAY_ADDRESS", None)  # Serve has one HTTP address a cluster: this service gets a Ray of its own.
    if not verbosity:
        logging.getLogger("ray.serve").setLevel(logging.ERROR)
    with ray_cluster(ClusterOptions(num_cpus=options.num_replicas), verbosity):
        _end_on_sigterm()
        try:
            start_service(service, options.host, port)
        except (RayError, RuntimeError) as error:
            raise CommandError(f"The service could not be started. {root_cause(error)}", FAILURE) from error
        who = "anyone on this machine" if options.access.token_sha256 is None else "whoever has the token"
        say(f"Scoring for {who}: POST http://{_in_url(options.host)}:{port}/score. Ctrl-C ends it.")
        if not options.settings.run_programs:
            say("Programs are not run (code domain, /run_code): give the service a token, or --run-programs.")
        threading.Event().wait()


def _check_ray_is_closed() -> None:
    """Refuse a Ray that takes commands from anyone: its own ports are open to the network wherever the service listens.

    Raises:
        CommandError: if the user has switched off Ray's authentication.
    """
    if os.environ.get("RAY_AUTH_MODE", "").lower() == "disabled":
        raise CommandError(
            "RAY_AUTH_MODE=disabled opens Ray's own ports to the network, which execute what they are sent: unset it "
            "to serve verifiers."
        )


def _end_on_sigterm() -> None:
    """Let SIGTERM end the service in order; Ray's own handler, set when it starts, prints a stack trace."""

    def end(number: int, frame: FrameType | None) -> None:
        """Leave the block that holds Ray."""
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)


def _in_url(host: str) -> str:
    """Return an address as a URL has it."""
    return f"[{host}]" if ":" in host else host
