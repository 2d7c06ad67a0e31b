"""Start Ray for a command, or join a running cluster."""

from collections.abc import Iterator
from contextlib import contextmanager

import ray

from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.cli.quiet import mute_loggers


@contextmanager
def ray_cluster(address: str | None, num_cpus: int | None, verbosity: int) -> Iterator[None]:
    """Run Ray for the length of a `with` block; a Ray that runs already is used and left running.

    Args:
        address: a running cluster, or None to start one on this machine.
        num_cpus: CPUs of the cluster that is started; None takes this machine's.
        verbosity: number of `-v`; from 1 on Ray's and the workers' logs are shown.

    Raises:
        CommandError: if the options contradict each other or there is no such cluster.
    """
    if address and num_cpus is not None:
        raise CommandError("--ray-num-cpus is for a cluster that this command starts; leave it out with --ray-address.")
    mute_loggers(verbosity)
    if ray.is_initialized():
        yield
        return
    try:
        ray.init(
            address=address,
            num_cpus=num_cpus,
            include_dashboard=None if address else False,
            logging_level="INFO" if verbosity else "ERROR",
            log_to_driver=verbosity > 0,
        )
    except (ConnectionError, ValueError) as error:
        raise CommandError(f"Ray could not be started (--ray-address {address}). {describe(error)}") from error
    try:
        # ray.init resets the level of its loggers.
        mute_loggers(verbosity)
        yield
    finally:
        ray.shutdown()
