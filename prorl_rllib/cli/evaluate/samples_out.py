"""The file of `--out`: opened, written and closed, each failure of it one message."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Any

from prorl_rllib.cli.errors import FAILURE, CommandError, describe
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.evaluation.sample_file import SampleFile, open_locked
from prorl_rllib.evaluation.sample_records import SampleRecord

_GOES_ON = "the same command with --resume goes on"


@contextmanager
def claimed_samples(options: EvaluateOptions) -> Iterator[FileIO | None]:
    """Keep other commands from a file of samples that is there, for the length of a `with` block. It is not changed.

    Args:
        options: of the command line.

    Yields:
        The file, for `open_samples`; None where there is none yet.

    Raises:
        CommandError: with code 2 if another command writes it; with code 1 if it cannot be opened.
    """
    if options.out is None or not options.out.exists():
        yield None
        return
    with _locked(options.out) as file:
        yield file


@contextmanager
def open_samples(
    options: EvaluateOptions, header: Mapping[str, Any], resume_at: int | None, claimed: FileIO | None
) -> Iterator[SampleFile | None]:
    """Open the file of samples, if one is wanted, for the length of a `with` block.

    Args:
        options: of the command line.
        header: the settings.
        resume_at: bytes of a file that is there to keep; None to begin a new one.
        claimed: of `claimed_samples`; where it is None, there must still be no file.

    Raises:
        CommandError: with code 1 if it cannot be written: what a command line can have wrong was checked before; with
            code 2 if another command has begun the same file meanwhile.
    """
    if options.out is None:
        yield None
        return
    locked = _locked(options.out, new=True) if claimed is None else claimed
    try:
        file = SampleFile(options.out, header, resume_at=resume_at, locked=locked)
    except (OSError, ValueError) as error:
        raise CommandError(f"--out {options.out} could not be written. {describe(error)}", FAILURE) from error
    with file:
        yield file


def _locked(path: Path, *, new: bool = False) -> FileIO:
    """Open a file as its only writer."""
    try:
        return open_locked(path, new=new)
    except (BlockingIOError, FileExistsError) as error:
        raise CommandError(
            f"--out {path}: another evaluation writes this file. Wait until it has ended, or choose another --out."
        ) from error
    except OSError as error:
        raise CommandError(f"--out {path} could not be opened. {describe(error)}", FAILURE) from error


def write_samples(file: SampleFile, records: Sequence[SampleRecord], options: EvaluateOptions, done: int) -> None:
    """Write the samples of a batch.

    Args:
        file: of `open_samples`.
        records: the samples.
        options: of the command line.
        done: prompts that were finished before.

    Raises:
        CommandError: with code 1 if they cannot be written, as on a full disk.
    """
    try:
        file.append(records)
    except OSError as error:
        raise CommandError(
            f"--out {options.out} could not be written after {done} prompts. {describe(error)}\n"
            f"The samples of these prompts are in it: free some space, then {_GOES_ON}.",
            FAILURE,
        ) from error


def where_samples_are(options: EvaluateOptions, done: int) -> str:
    """Say where the samples of the finished prompts are, after the sentence that says how many these are.

    Args:
        options: of the command line.
        done: prompts that are finished.
    """
    return f" Their samples are in {options.out}: {_GOES_ON}." if options.out is not None and done else ""
