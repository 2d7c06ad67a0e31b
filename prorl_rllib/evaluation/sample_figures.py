"""What samples amount to: pass@k, reward and length, by domain and over all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from prorl_rllib.evaluation.pass_at_k import pass_at_k
from prorl_rllib.evaluation.sample_records import SampleRecord

ALL = "all"
"""Name of the figures over all domains."""


@dataclass(frozen=True)
class SampleFigures:
    """Figures of some samples. Samples whose verification failed are in none of them but `num_failed`.

    Attributes:
        num_tasks: Prompts with at least one judged sample.
        num_samples: Judged samples.
        num_failed: Samples whose verification failed.
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
    pass_at: dict[int, float]
    num_left_out: dict[int, int]
    reward_mean: float
    tokens_mean: float
    truncated_share: float


@dataclass
class _Sums:
    """Sums over the samples of one domain."""

    outcomes: dict[int, list[int]] = field(default_factory=dict)
    """Index of the prompt -> number of judged samples, number of right ones."""
    num_failed: int = 0
    reward: float = 0.0
    tokens: int = 0
    truncated: int = 0

    def add(self, record: SampleRecord) -> None:
        """Count a sample."""
        if not record.judged:
            self.num_failed += 1
            return
        counts = self.outcomes.setdefault(record.prompt_index, [0, 0])
        counts[0] += 1
        counts[1] += record.correct
        self.reward += record.reward or 0.0
        self.tokens += record.num_tokens
        self.truncated += record.finish_reason == "length"

    def figures(self, ks: Sequence[int]) -> SampleFigures:
        """Return the figures; at least one sample is judged."""
        counts = list(self.outcomes.values())
        estimates = {k: [pass_at_k(n, c, k) for n, c in counts if n >= k] for k in ks}
        num_samples = sum(n for n, _ in counts)
        return SampleFigures(
            num_tasks=len(counts),
            num_samples=num_samples,
            num_failed=self.num_failed,
            pass_at={k: sum(values) / len(values) for k, values in estimates.items() if values},
            num_left_out={k: len(counts) - len(values) for k, values in estimates.items()},
            reward_mean=self.reward / num_samples,
            tokens_mean=self.tokens / num_samples,
            truncated_share=self.truncated / num_samples,
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
            for name in (ALL, record.domain):
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
        names = [ALL, *sorted(self._sums.keys() - {ALL})]
        return {name: self._sums[name].figures(ks) for name in names if self._sums[name].outcomes}
