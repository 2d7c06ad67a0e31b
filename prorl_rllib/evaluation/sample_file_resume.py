"""Where an evaluation that was cut off goes on: after the last batch that its file of samples holds whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prorl_rllib.evaluation.sample_file import parse_record, read_header
from prorl_rllib.evaluation.sample_order import SampleOrder
from prorl_rllib.evaluation.sample_records import SampleRecord


@dataclass(frozen=True)
class ResumePoint:
    """How much of a file of samples is whole.

    Attributes:
        num_prompts: Prompts whose batches are whole: the `start` of `sample_held_out`.
        num_bytes: Length of the file up to there.
        num_dropped: Lines after it, a cut one included: part of a batch that is sampled again.
    """

    num_prompts: int
    num_bytes: int
    num_dropped: int


def resume_point(path: str | Path, *, num_prompts: int, samples_per_prompt: int, prompts_per_batch: int) -> ResumePoint:
    """Find the last whole batch of a file of samples.

    A prompt that does not fit the model's context has no line. A batch is therefore known to be whole only where its
    last prompt has all its samples, or where a later batch has one; any other is sampled again.

    Args:
        path: What `SampleFile` wrote.
        num_prompts: Prompts of the whole evaluation.
        samples_per_prompt: Samples of each prompt that fits.
        prompts_per_batch: Prompts that were sampled side by side, and written together.

    Returns:
        Where to go on; of a file that is complete, after all prompts.

    Raises:
        ValueError: naming the first line that is not what such an evaluation writes; only the last line may be cut.
        OSError: if the file cannot be read.
    """
    read_header(path)
    order = SampleOrder(path, num_prompts, samples_per_prompt)
    with Path(path).open("rb") as file:
        end = whole_bytes = len(file.readline())
        done, lines, whole_lines = 0, 0, 0
        for line in file:
            lines += 1
            if not line.endswith(b"\n"):
                break
            record = parse_record(path, lines + 1, line)
            order.check(lines + 1, record)
            first = record.prompt_index // prompts_per_batch * prompts_per_batch
            if first > done:
                done, whole_bytes, whole_lines = first, end, lines - 1
            end += len(line)
            last = min(first + prompts_per_batch, num_prompts)
            if (record.prompt_index, record.sample_index) == (last - 1, samples_per_prompt - 1):
                done, whole_bytes, whole_lines = last, end, lines
    return ResumePoint(done, whole_bytes, lines - whole_lines)


def samples_before(path: str | Path, point: ResumePoint) -> Iterator[SampleRecord]:
    """Read the samples that are kept.

    Args:
        path: What `SampleFile` wrote.
        point: Where the evaluation goes on.

    Yields:
        The samples of the whole batches, in the order of the file.

    Raises:
        OSError: if the file cannot be read.
    """
    with Path(path).open("rb") as file:
        file.readline()
        number = 1
        while file.tell() < point.num_bytes:
            number += 1
            yield parse_record(path, number, file.readline())
