"""Start Ray for a command, or join a running cluster."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import RayError

from prorl_rllib.cli.cluster_address import check_cluster_answers
from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.cli.quiet import mute_loggers


@dataclass(frozen=True)
class ClusterOptions:
    """Which Ray a command uses.

    Attributes:
        address: a running cluster, such as "auto" or "10.0.0.1:6379"; None takes that of the variable RAY_ADDRESS,
            and without it starts one on this machine.
        num_cpus: CPUs of the cluster that is started, or of each of its nodes; None takes this machine's.
        num_gpus: likewise, GPUs.
        num_nodes: nodes of a cluster that is started on this machine to try things out; None starts no such cluster.
        object_store_memory: bytes of the object store that is started; None lets Ray choose.
        runtime_env: what the workers need besides, as Ray's `runtime_env`; None for nothing.
        dashboard: whether Ray's dashboard is started.
    """

    address: str | None = None
    num_cpus: int | None = None
    num_gpus: int | None = None
    num_nodes: int | None = None
    object_store_memory: int | None = None
    runtime_env: dict[str, Any] | None = None
    dashboard: bool = False


@contextmanager
def ray_cluster(options: ClusterOptions, verbosity: int) -> Iterator[None]:
    """Run Ray for the length of a `with` block; one that this process has started already is used and left running.

    Args:
        options: which Ray.
        verbosity: number of `-v`; from 1 on Ray's and the workers' logs are shown.

    Raises:
        CommandError: if the options contradict each other or there is no such cluster.
    """
    address = options.address or os.environ.get("RAY_ADDRESS")
    _check(options, address)
    mute_loggers(verbosity)
    if address:
        check_cluster_answers(address)
    if ray.is_initialized():
        yield
        return
    with _cluster_of_nodes(options, address) as joined:
        _init(options, joined, verbosity)
        try:
            # ray.init resets the level of its loggers.
            mute_loggers(verbosity)
            yield
        finally:
            ray.shutdown()


def _check(options: ClusterOptions, address: str | None) -> None:
    """Refuse options of a cluster that is started beside the address of one that runs."""
    if not address:
        return
    given = {
        "--ray-num-cpus": options.num_cpus,
        "--ray-num-gpus": options.num_gpus,
        "--ray-num-nodes": options.num_nodes,
        "--ray-object-store-memory": options.object_store_memory,
    }
    for name, value in given.items():
        if value is not None:
            raise CommandError(
                f"{name} is for a cluster that this command starts; leave it out with --ray-address {address}."
            )


@contextmanager
def _cluster_of_nodes(options: ClusterOptions, address: str | None) -> Iterator[str | None]:
    """Start several nodes on this machine if that is asked for; the value is the address to join."""
    if options.num_nodes is None:
        yield address
        return
    from ray._private.authentication import authentication_token_setup
    from ray.cluster_utils import Cluster

    # As `ray.init` does for a Ray that it starts: the nodes listen on the network.
    authentication_token_setup.enable_token_auth_by_default()
    authentication_token_setup.ensure_token_if_auth_enabled()
    resources = {"num_cpus": options.num_cpus, "num_gpus": options.num_gpus}
    memory = {"object_store_memory": options.object_store_memory}
    given = {key: value for key, value in (resources | memory).items() if value is not None}
    nodes = Cluster()
    try:
        for _ in range(options.num_nodes):
            nodes.add_node(**given)
        yield nodes.address
    finally:
        nodes.shutdown()


def _init(options: ClusterOptions, address: str | None, verbosity: int) -> None:
    """Join the cluster at `address`, or start one."""
    started = (
        {}
        if address
        else {
            "num_cpus": options.num_cpus,
            "num_gpus": options.num_gpus,
            "object_store_memory": options.object_store_memory,
            "include_dashboard": options.dashboard,
        }
    )
    try:
        ray.init(
            # Without an address Ray would join one that `ray start` left running on this machine.
            address=address or "local",
            runtime_env=options.runtime_env,
            logging_level="INFO" if verbosity else "ERROR",
            log_to_driver=verbosity > 0,
            **started,
        )
    except (OSError, ValueError, TypeError, RuntimeError, RayError) as error:
        what = f"could not be joined at {address}" if address else "could not be started"
        raise CommandError(f"Ray {what}. {describe(error)}") from error
