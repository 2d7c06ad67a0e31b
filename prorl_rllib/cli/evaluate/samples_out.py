"""The file of `--out`: opened, written and closed, each failure of it one message."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from prorl_rllib.cli.errors import FAILURE, CommandError, describe
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.evaluation.sample_file import SampleFile
from prorl_rllib.evaluation.sample_records import SampleRecord

_GOES_ON = "the same command with --resume goes on"


@contextmanager
def open_samples(
    options: EvaluateOptions, header: Mapping[str, Any], resume_at: int | None
) -> Iterator[SampleFile | None]:
    """Open the file of samples, if one is wanted, for the length of a `with` block.

    Args:
        options: of the command line.
        header: the settings.
        resume_at: bytes of a file that is there to keep; None to begin a new one.

    Raises:
        CommandError: with code 1 if it cannot be written: what a command line can have wrong was checked before.
    """
    if options.out is None:
        yield None
        return
    try:
        # With --resume there may be an empty file.
        replaced = options.overwrite or options.resume
        file = SampleFile(options.out, header, overwrite=replaced, resume_at=resume_at)
    except (OSError, ValueError) as error:
        raise CommandError(f"--out {options.out} could not be written. {describe(error)}", FAILURE) from error
    with file:
        yield file


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
