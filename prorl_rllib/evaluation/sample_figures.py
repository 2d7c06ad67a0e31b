"""What samples amount to: pass@k, the majority's answer, reward and length, by domain and over all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from prorl_rllib.evaluation.bootstrap import SHARE_RANGE, Interval, bootstrap_mean
from prorl_rllib.evaluation.majority import Votes
from prorl_rllib.evaluation.pass_at_k import mean_at_n, pass_at_k
from prorl_rllib.evaluation.sample_records import SampleRecord
from prorl_rllib.evaluation.text_digest import text_digest

ALL = "all"
"""Name of the figures over all domains."""


@dataclass(frozen=True)
class SampleFigures:
    """Figures of some samples. Samples whose verification failed are in none of them but `num_failed`.

    Attributes:
        num_tasks: Prompts with at least one judged sample.
        num_samples: Judged samples.
        num_failed: Samples whose verification failed.
        mean_at_n: Mean over tasks of the share of right samples, in [0, 1]: pass@1, estimated from all samples.
        majority_at_n: Mean over tasks of `maj_at_n`, in [0, 1]; None if no answer was extracted from any sample.
        pass_at: k -> mean over tasks of the unbiased estimate of pass@k, in [0, 1]; without the k for which no task has
            enough judged samples.
        num_left_out: k -> tasks that are not in the mean because fewer than k of their samples were judged.
        reward_mean: Mean reward of the samples.
        tokens_mean: Mean number of sampled tokens.
        truncated_share: Share of samples, in [0, 1], that ran into the length limit.
    """

    num_tasks: int
    num_samples: int
    num_failed: int
    mean_at_n: float
    majority_at_n: float | None
    pass_at: dict[int, float]
    num_left_out: dict[int, int]
    reward_mean: float
    tokens_mean: float
    truncated_share: float


@dataclass(frozen=True)
class FigureIntervals:
    """Bootstrap intervals over tasks of the figures of some samples.

    Attributes:
        mean_at_n: Of `SampleFigures.mean_at_n`.
        majority_at_n: Of `SampleFigures.majority_at_n`; None if there is none.
        pass_at: Of `SampleFigures.pass_at`.
    """

    mean_at_n: Interval
    majority_at_n: Interval | None
    pass_at: dict[int, Interval]


@dataclass
class _Task:
    """Sums over the judged samples of one prompt."""

    num_samples: int = 0
    num_correct: int = 0
    votes: Votes = field(default_factory=Votes)

    def add(self, record: SampleRecord) -> None:
        """Count a sample."""
        self.num_samples += 1
        self.num_correct += record.correct
        # An answer may be a whole program: the digest keeps the tally small.
        self.votes.add(None if record.answer is None else text_digest(record.answer), record.correct)


@dataclass
class _Sums:
    """Sums over the samples of one domain."""

    tasks: dict[int, _Task] = field(default_factory=dict)
    """By the index of the prompt; of prompts with a judged sample."""
    num_failed: int = 0
    reward: float = 0.0
    tokens: int = 0
    truncated: int = 0

    def add(self, record: SampleRecord) -> None:
        """Count a sample."""
        if not record.judged:
            self.num_failed += 1
            return
        self.tasks.setdefault(record.prompt_index, _Task()).add(record)
        self.reward += record.reward or 0.0
        self.tokens += record.num_tokens
        self.truncated += record.finish_reason == "length"

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return judged samples and right ones, one number a task each."""
        samples = np.array([task.num_samples for task in self.tasks.values()], dtype=np.int64)
        return samples, np.array([task.num_correct for task in self.tasks.values()], dtype=np.int64)

    def pass_at(self, ks: Sequence[int]) -> dict[int, NDArray[np.float64]]:
        """Return k -> pass@k of each task that has at least k judged samples."""
        samples, correct = self.counts()
        return {k: pass_at_k(samples[enough], correct[enough], k) for k in ks if (enough := samples >= k).any()}

    def majorities(self) -> list[float] | None:
        """Return maj@n of each task, None if nobody votes in any."""
        tasks = self.tasks.values()
        return [task.votes.right_share() for task in tasks] if any(t.votes for t in tasks) else None

    def figures(self, ks: Sequence[int]) -> SampleFigures:
        """Return the figures; at least one sample is judged."""
        samples, correct = self.counts()
        num_samples, majorities = int(samples.sum()), self.majorities()
        return SampleFigures(
            num_tasks=len(self.tasks),
            num_samples=num_samples,
            num_failed=self.num_failed,
            mean_at_n=float(mean_at_n(samples, correct).mean()),
            majority_at_n=None if majorities is None else float(np.mean(majorities)),
            pass_at={k: float(values.mean()) for k, values in self.pass_at(ks).items()},
            num_left_out={k: int((samples < k).sum()) for k in ks},
            reward_mean=self.reward / num_samples,
            tokens_mean=self.tokens / num_samples,
            truncated_share=self.truncated / num_samples,
        )

    def intervals(self, ks: Sequence[int], level: float, seed: int) -> FigureIntervals:
        """Return the intervals; at least one sample is judged."""
        majorities = self.majorities()
        interval = partial(bootstrap_mean, level=level, seed=seed, value_range=SHARE_RANGE)
        return FigureIntervals(
            mean_at_n=interval(mean_at_n(*self.counts())),
            majority_at_n=None if majorities is None else interval(majorities),
            pass_at={k: interval(values) for k, values in self.pass_at(ks).items()},
        )


class SampleTally:
    """Sums up samples as they come and keeps none of their texts."""

    def __init__(self) -> None:
        self._sums: dict[str, _Sums] = {ALL: _Sums()}

    def add(self, records: Iterable[SampleRecord]) -> None:
        """Count samples.

        Args:
            records: The samples.
        """
        for record in records:
            for name in {ALL, record.domain}:  # once each: an environment may call its domain so
                self._sums.setdefault(name, _Sums()).add(record)

    @property
    def num_failed(self) -> int:
        """Samples whose verification failed."""
        return self._sums[ALL].num_failed

    def figures(self, ks: Sequence[int]) -> dict[str, SampleFigures]:
        """Return the figures of all samples so far.

        Args:
            ks: The k of pass@k.

        Returns:
            Figures by domain, sorted by name, those over all first under "all"; of what has judged samples.
        """
        return {name: sums.figures(ks) for name, sums in self._with_tasks().items()}

    def intervals(self, ks: Sequence[int], *, level: float = 0.95, seed: int = 0) -> dict[str, FigureIntervals]:
        """Return how sure the figures are: bootstrap intervals over tasks, see `bootstrap_mean`.

        Args:
            ks: The k of pass@k.
            level: Probability with which such an interval holds the mean, in (0, 1).
            seed: Seed of the resampling.

        Returns:
            Intervals by domain, in the order of `figures`.
        """
        return {name: sums.intervals(ks, level, seed) for name, sums in self._with_tasks().items()}

    def _with_tasks(self) -> Mapping[str, _Sums]:
        """Return what has judged samples, by domain, over all first."""
        names = [ALL, *sorted(self._sums.keys() - {ALL})]
        return {name: self._sums[name] for name in names if self._sums[name].tasks}
