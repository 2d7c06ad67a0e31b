"""The folder of `rllib boundary --out`, of which one command at a time may be the writer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.evaluation.sample_file import open_locked

SAMPLES, LOCK = "samples", ".lock"


@contextmanager
def claimed_folder(out: Path) -> Iterator[None]:
    """Make the folder, and keep other commands from it for the length of a `with` block.

    The lock of each file of samples is not enough: between two of them another command could replace what is finished.

    Args:
        out: the folder. The lock is an empty file in its folder of samples, which stays.

    Raises:
        CommandError: if another command writes it, or it cannot be made.
    """
    try:
        (out / SAMPLES).mkdir(parents=True, exist_ok=True)
        lock = open_locked(out / SAMPLES / LOCK)
    except BlockingIOError as error:
        raise CommandError(
            f"--out {out}: another `rllib boundary` writes this folder. Wait until it has ended, or choose another."
        ) from error
    except OSError as error:
        raise CommandError(f"--out {out} cannot be used. {describe(error)}") from error
    with lock:
        yield
