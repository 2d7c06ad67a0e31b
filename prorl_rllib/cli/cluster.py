"""Start Ray for a command, or join a running cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ray

from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.cli.quiet import mute_loggers


@dataclass(frozen=True)
class ClusterOptions:
    """Which Ray a command uses.

    Attributes:
        address: a running cluster, such as "auto" or "10.0.0.1:6379"; None starts one on this machine.
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
    """Run Ray for the length of a `with` block; a Ray that runs already is used and left running.

    Args:
        options: which Ray.
        verbosity: number of `-v`; from 1 on Ray's and the workers' logs are shown.

    Raises:
        CommandError: if the options contradict each other or there is no such cluster.
    """
    _check(options)
    mute_loggers(verbosity)
    if ray.is_initialized():
        yield
        return
    with _cluster_of_nodes(options) as address:
        _init(options, address, verbosity)
        try:
            # ray.init resets the level of its loggers.
            mute_loggers(verbosity)
            yield
        finally:
            ray.shutdown()


def _check(options: ClusterOptions) -> None:
    """Refuse options of a cluster that is started beside the address of one that runs."""
    if not options.address:
        return
    given = {
        "--ray-num-cpus": options.num_cpus,
        "--ray-num-gpus": options.num_gpus,
        "--ray-num-nodes": options.num_nodes,
        "--ray-object-store-memory": options.object_store_memory,
    }
    for name, value in given.items():
        if value is not None:
            raise CommandError(f"{name} is for a cluster that this command starts; leave it out with --ray-address.")


@contextmanager
def _cluster_of_nodes(options: ClusterOptions) -> Iterator[str | None]:
    """Start several nodes on this machine if that is asked for; the value is the address to join."""
    if options.num_nodes is None:
        yield options.address
        return
    from ray.cluster_utils import Cluster

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
            address=address,
            runtime_env=options.runtime_env,
            logging_level="INFO" if verbosity else "ERROR",
            log_to_driver=verbosity > 0,
            **started,
        )
    except (ConnectionError, ValueError, TypeError) as error:
        raise CommandError(f"Ray could not be started (--ray-address {options.address}). {describe(error)}") from error
