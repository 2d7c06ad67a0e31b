"""What is left to do within bubblewrap's walls: bound the number of files, which bubblewrap has no argument for."""

from prorl_rllib.envs.sandbox.inside.driver import main as serve
from prorl_rllib.envs.sandbox.inside.namespaces import NO_DEVICES, NO_SET_ID, mount, scratch_options

REMOUNT = 32


def main(scratch_bytes: str) -> None:
    """Bound the scratch directory and serve there; the driver gives up the right to mount before it takes a program.

    Args:
        scratch_bytes: size of /tmp.
    """
    try:
        mount("tmpfs", "/tmp", "tmpfs", REMOUNT | NO_SET_ID | NO_DEVICES, scratch_options(int(scratch_bytes)))
    except PermissionError:  # a bubblewrap that is set-user-id lends its callers no such right
        pass
    serve("/tmp")
