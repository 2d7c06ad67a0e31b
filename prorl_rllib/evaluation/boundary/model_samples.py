"""What a file of samples says of each task: counts and sums, read in one pass that keeps no texts."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any

from prorl_rllib.evaluation.majority import Votes
from prorl_rllib.evaluation.sample_file import read_samples
from prorl_rllib.evaluation.sample_header import checked_header
from prorl_rllib.evaluation.sample_order import SampleOrder
from prorl_rllib.evaluation.sample_records import SampleRecord
from prorl_rllib.evaluation.text_digest import text_digest


@dataclass(frozen=True)
class TaskSamples:
    """One model's samples of one task. Sums are over the judged samples, which the verifier could score.

    Attributes:
        task_id: The task's id; where the environment names none, "prompt-" and its index.
        prompt_index: Its place in the evaluation.
        prompt: Digest of what was asked, as text.
        prompt_tokens: Length of the rendered prompt in tokens.
        samples: Judged samples: with even `sample_index`, and with odd.
        correct: Right ones among them, likewise.
        failed: Samples whose verification failed.
        majority: maj@n; None if no answer was extracted from any sample.
        reward: Sum of rewards.
        tokens: Sum of lengths in tokens.
        logprobs: Sum of log-probabilities in nats.
        characters: Sum of lengths in characters.
        truncated: Samples that ran into the length limit.
        duplicates: Samples whose text equals an earlier one.
    """

    task_id: str
    prompt_index: int
    prompt: bytes
    prompt_tokens: int
    samples: tuple[int, int]
    correct: tuple[int, int]
    failed: int
    majority: float | None
    reward: float
    tokens: int
    logprobs: float
    characters: int
    truncated: int
    duplicates: int

    @property
    def num_samples(self) -> int:
        """Judged samples."""
        return sum(self.samples)

    @property
    def num_correct(self) -> int:
        """Right samples."""
        return sum(self.correct)


@dataclass(frozen=True)
class ModelSamples:
    """One model's samples of one family.

    Attributes:
        path: The file.
        header: Its settings, see `cli.evaluate.header`; what `SampleHeader` names is checked.
        tasks: By the index of the prompt.
    """

    path: Path
    header: dict[str, Any]
    tasks: dict[int, TaskSamples]


@dataclass
class _Sums:
    """Sums over the samples of one task."""

    first: SampleRecord
    samples: list[int] = field(default_factory=lambda: [0, 0])
    correct: list[int] = field(default_factory=lambda: [0, 0])
    failed: int = 0
    votes: Votes = field(default_factory=Votes)
    texts: set[bytes] = field(default_factory=set)
    reward: float = 0.0
    tokens: int = 0
    logprobs: float = 0.0
    characters: int = 0
    truncated: int = 0

    def add(self, record: SampleRecord) -> None:
        """Count a sample."""
        if not record.judged:
            self.failed += 1
            return
        half, text = record.sample_index % 2, answer_text(record)
        self.samples[half] += 1
        self.correct[half] += record.correct
        self.texts.add(text_digest(text))
        self.reward += record.reward or 0.0
        self.tokens += record.num_tokens
        self.logprobs += record.logprob_sum
        self.characters += len(text)
        self.truncated += record.finish_reason == "length"
        self.votes.add(None if record.answer is None else text_digest(record.answer), record.correct)

    def task(self) -> TaskSamples:
        """Return what they come to."""
        first = self.first
        return TaskSamples(
            task_id=_writable(first.task_id) if first.task_id is not None else f"prompt-{first.prompt_index}",
            prompt_index=first.prompt_index,
            prompt=text_digest(first.prompt),
            prompt_tokens=first.prompt_tokens,
            samples=(self.samples[0], self.samples[1]),
            correct=(self.correct[0], self.correct[1]),
            failed=self.failed,
            majority=self.votes.right_share() if self.votes else None,
            reward=self.reward,
            tokens=self.tokens,
            logprobs=self.logprobs,
            characters=self.characters,
            truncated=self.truncated,
            duplicates=sum(self.samples) - len(self.texts),
        )


def read_model_samples(path: str | Path, *, finished: bool = False) -> ModelSamples:
    """Read a file of samples; what stays in memory is a few numbers a task.

    Args:
        path: What `rllib evaluate --out` wrote.
        finished: Whether the evaluation is known to have come to its end, so that prompts that are missing at the end
            of the file are those that did not fit.

    Returns:
        Its tasks; those whose prompt did not fit the model's context are not in the file, and so not here.

    Raises:
        ValueError: if it is no such file, its settings or their order are wrong, or a task in it has fewer samples
            than its settings say.
        OSError: if it cannot be read.
    """
    header = checked_header(path)
    wanted = header["samples_per_prompt"]
    tasks = {}
    for index, records in by_prompt(path):
        sums = _Sums(records[0])
        for record in records:
            sums.add(record)
        if len(records) != wanted:
            raise ValueError(
                f"{path} has {len(records)} samples of prompt {index}, and {wanted} were to be drawn: its writing was "
                "cut off. Go on with it (`rllib evaluate ... --resume`)."
            )
        tasks[index] = sums.task()
    if not tasks:
        raise ValueError(f"{path} has no samples.")
    if not finished and (end := max(tasks) + 1) < header["num_prompts"]:
        raise ValueError(
            f"{path} has samples of the first {end} of {header['num_prompts']} prompts: it was cut off, or the last "
            "ones did not fit the model's context. Go on with it (`rllib evaluate ... --resume`)."
        )
    return ModelSamples(Path(path), header, tasks)


def by_prompt(path: str | Path) -> Iterator[tuple[int, list[SampleRecord]]]:
    """Read the samples of a file prompt by prompt.

    Args:
        path: What `rllib evaluate --out` wrote: the samples of a prompt are behind each other in it.

    Yields:
        The index of a prompt and its samples, indices ascending.

    Raises:
        ValueError: if it is no such file, or its samples are in another order.
        OSError: if it cannot be read.
    """
    for index, records in itertools.groupby(_in_order(path), attrgetter("prompt_index")):
        yield index, list(records)


def _in_order(path: str | Path) -> Iterator[SampleRecord]:
    """Read samples, and refuse those that do not follow on each other."""
    header = checked_header(path)
    order = SampleOrder(path, header["num_prompts"], header["samples_per_prompt"])
    for number, record in enumerate(read_samples(path), start=2):
        order.check(number, record)
        yield record


def answer_text(record: SampleRecord) -> str:
    """Return all that the model wrote in an episode: its answer, of several turns one a line.

    Args:
        record: A sample.
    """
    if record.later_turns is None:
        return record.response
    return "\n".join(turn["content"] for turn in record.later_turns if turn["role"] == "assistant")


def _writable(text: str) -> str:
    """Return a text that UTF-8 can hold: JSON lines may have halves of characters, which a report cannot."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
