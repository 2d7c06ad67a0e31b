"""The boundary report as data: what is compared, and all figures of the comparison; it goes to JSON and back."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

FORMAT: Final = "prorl_rllib.boundary_report"
FORMAT_VERSION: Final = 1

Role = Literal["base", "mid", "trained"]
"""The model training started from, a checkpoint on the way (optional), and what came out."""
ROLES: tuple[Role, ...] = ("base", "mid", "trained")
Outcome = Literal["gained", "lost", "kept", "unsolved"]
OUTCOMES: tuple[Outcome, ...] = ("gained", "lost", "kept", "unsolved")
RegimeName = Literal["diminish", "plateau", "sustained", "undetermined"]


class Record(BaseModel):
    """A frozen record that takes no unknown keys, and no NaN: JSON has none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Interval(Record):
    """An estimate and its interval at the level of `Settings.interval_level`.

    Attributes:
        mean: The estimate.
        low: Lower end.
        high: Upper end.
    """

    mean: float
    low: float
    high: float


class ModelFacts(Record):
    """A model that is compared.

    Attributes:
        role: What it is in the comparison.
        label: What the report calls it: the path of the checkpoint or Hugging Face folder, if nothing else was given.
        kind: "checkpoint" or "hugging_face".
        training_iteration: Iterations it was trained for; None where that is not known.
        weights_sha256: Hash of its weights.
        same_tokenizer: Whether its tokenizer is the base's; None where the sample files do not say.
        same_chat_template: Whether its chat template is the base's; None where the sample files do not say.
    """

    role: Role
    label: str
    kind: str
    training_iteration: int | None
    weights_sha256: str
    same_tokenizer: bool | None
    same_chat_template: bool | None


class Settings(Record):
    """How was sampled, and how the figures are made.

    Attributes:
        samples_per_task: n, answers a task.
        temperature: Sampling temperature.
        top_p: Nucleus probability.
        max_completion_length: Most tokens an answer may have, a turn.
        seed: Seed of the sampling.
        ks: The k of pass@k, ascending.
        boundary_k: K, the k of the regime and of the gain.
        tolerance: What pass@K may differ by and still count as equal, in the rule of the regime.
        interval_level: Level of all intervals, such as 0.95.
        resamples: Bootstrap resamples.
        bootstrap_seed: Seed of the bootstrap.
    """

    samples_per_task: int
    temperature: float
    top_p: float
    max_completion_length: int
    seed: int
    ks: tuple[int, ...]
    boundary_k: int
    tolerance: float
    interval_level: float
    resamples: int
    bootstrap_seed: int


class HistogramBin(Record):
    """Tasks whose share of right samples is in `(low, high]`; where `low == high`, exactly there.

    The first bin is exactly 0, the last exactly 1, those between are `(0, 0.1] ... (0.9, 1)`.
    """

    low: float
    high: float
    count: int


class Novelty(Record):
    """How much of a model's answers is in a reference; see `evaluation.boundary.novelty` for the definition.

    Attributes:
        reference: What is compared with: the "corpus" of the user, or the "base_samples" of the same task.
        num_solutions: Answers that are compared.
        correct_only: Whether these are the right answers alone.
        longest_overlap: Mean length in words of the longest run of words that the reference holds too.
        uniqueness: L -> mean share of words in [0, 1] that are in no run of at least L words that the reference holds.
        index: Sum of the uniqueness over L; the higher, the less was copied.
    """

    reference: Literal["corpus", "base_samples"]
    num_solutions: int
    correct_only: bool
    longest_overlap: Interval
    uniqueness: dict[int, Interval]
    index: Interval


class ModelFigures(Record):
    """Figures of one model on one family. Intervals are by bootstrap over tasks.

    Samples whose verification failed are in none of them but `num_failed`.

    Attributes:
        role: Which model.
        num_samples: Judged samples.
        num_failed: Samples whose verification failed.
        pass_at: k -> mean pass@k over tasks; tasks with fewer than k judged samples are left out of it.
        pass_at_bound: k (of at least 2) -> the highest mean pass@k that the mean and the variance of pass@1 over tasks
            allow (ProRL, eq. 5).
        pass_at_1_variance: Variance of pass@1 over tasks, as in that bound.
        mean_at_n: Mean share of right samples, mean@n.
        majority_at_n: Share of tasks whose most frequent answer is right, maj@n; None where verifiers name no answers.
        solved_share: Share of tasks with at least one right sample; the interval is Clopper-Pearson's. If none is
            solved, `high` is the upper bound of the share of such tasks that the model solves with n samples.
        reward: Mean reward.
        histogram: Tasks by their share of right samples.
        entropy: Estimate of the entropy in nats a token of the distribution that was sampled from: after temperature
            and top_p. None where no token was sampled.
        tokens: Mean length of an answer in tokens.
        characters: Mean length of an answer in characters.
        truncated_share: Share of answers that ran into the length limit.
        duplicate_share: Share of answers whose text equals an earlier answer to the same task.
        novelty: Where it was asked for; over all answers and over the right ones alone.
    """

    role: Role
    num_samples: int
    num_failed: int
    pass_at: dict[int, Interval]
    pass_at_bound: dict[int, float]
    pass_at_1_variance: float
    mean_at_n: Interval
    majority_at_n: Interval | None
    solved_share: Interval
    reward: Interval
    histogram: tuple[HistogramBin, ...]
    entropy: Interval | None
    tokens: Interval
    characters: Interval
    truncated_share: Interval
    duplicate_share: Interval
    novelty: tuple[Novelty, ...]


class Difference(Record):
    """Mean over tasks of pass@k of `first` minus that of `second`, paired by task; `num_tasks` had both."""

    first: Role
    second: Role
    num_tasks: dict[int, int]
    pass_at: dict[int, Interval]


class Counts(Record):
    """Judged samples of one task by one model, and how many are right."""

    samples: int
    correct: int


class TaskOutcome(Record):
    """One task.

    Attributes:
        task_id: Its id; where the environment names none, "prompt-" and its index.
        prompt_index: Its place in the evaluation.
        counts: By role.
        outcome: gained: none of the base's samples is right, at least one of the trained model's is; lost: the other
            way round; kept: both have right ones; unsolved: neither has.
    """

    task_id: str
    prompt_index: int
    counts: dict[Role, Counts]
    outcome: Outcome


class Regime(Record):
    """What the curve of a family looks like (ProRL, section 4), by a rule of ours.

    Attributes:
        name: The regime.
        rule: The rule.
        reason: What decided it, with the intervals.
        pass_at_1: Trained - base at k = 1.
        trained_minus_base: At K; None if no task has K judged samples of both.
        trained_minus_mid: At K; None also without a middle model.
    """

    name: RegimeName
    rule: str
    reason: str
    pass_at_1: Interval | None
    trained_minus_base: Interval | None
    trained_minus_mid: Interval | None


class FamilyReport(Record):
    """One family of tasks: an environment with its config.

    Attributes:
        name: As given.
        env: Id of the environment.
        env_config: Its config.
        training: Whether the family was trained on; None where that was not said.
        difficulty: A number that orders families of one environment; None where none was given.
        num_tasks: Tasks that are compared.
        models: Figures by role, in the order base, mid, trained.
        differences: trained - base, and with a middle model mid - base and trained - mid.
        outcome_counts: Tasks by outcome.
        tasks: All tasks, in the order of the evaluation.
        regime: Diminish, plateau, sustained, or undetermined.
    """

    name: str
    env: str
    env_config: dict[str, Any]
    training: Literal["trained", "unseen"] | None
    difficulty: float | None
    num_tasks: int
    models: dict[Role, ModelFigures]
    differences: tuple[Difference, ...]
    outcome_counts: dict[Outcome, int]
    tasks: tuple[TaskOutcome, ...]
    regime: Regime

    def difference(self, first: Role, second: Role) -> Difference | None:
        """Return the difference of two models; None if it was not made.

        Args:
            first: What is subtracted from.
            second: What is subtracted.
        """
        return next((found for found in self.differences if (found.first, found.second) == (first, second)), None)


class GainPoint(Record):
    """A family or a task in a plot of gain against base strength: pass@k of base, and what the trained has more."""

    label: str
    family: str
    base: float
    gain: float


class GainCorrelation(Record):
    """How the gain goes with the strength of the base.

    Attributes:
        over: What a point is.
        method: "all_samples": base strength and gain share the base's samples, so that luck of the base alone makes
            the correlation negative (regression to the mean); "split_half": the base's strength is from one half of
            its samples (even `sample_index`), and the gain is over the other half, so that it does not.
        k: The k of pass@k.
        points: All points.
        pearson: With a bootstrap interval over points; None with fewer than 3 points or without spread.
        pearson_p: Two-sided p-value of no correlation.
        spearman: Of ranks, likewise.
        spearman_p: Likewise.
    """

    over: Literal["families", "tasks"]
    method: Literal["all_samples", "split_half"]
    k: int
    points: tuple[GainPoint, ...]
    pearson: Interval | None
    pearson_p: float | None
    spearman: Interval | None
    spearman_p: float | None


class DifficultyCurve(Record):
    """Families of one environment in the order of their difficulty, at least two.

    Attributes:
        env: Id of the environment.
        difficulties: Ascending.
        families: Their names.
    """

    env: str
    difficulties: tuple[float, ...]
    families: tuple[str, ...]


class BoundaryReport(Record):
    """All of it.

    Attributes:
        format: Name of the format.
        version: Version of the format.
        models: By role, in the order base, mid, trained; without mid if there is none.
        settings: How was sampled and computed.
        families: In the order given.
        correlations: Gain against base strength, over families (with 3 or more) and over all tasks.
        difficulty_curves: Where families carry a difficulty.
        versions: Packages that sampled and computed.
        notes: What a reader has to know, as sentences.
    """

    format: Literal["prorl_rllib.boundary_report"] = FORMAT
    version: Literal[1] = FORMAT_VERSION
    models: dict[Role, ModelFacts]
    settings: Settings
    families: tuple[FamilyReport, ...]
    correlations: tuple[GainCorrelation, ...]
    difficulty_curves: tuple[DifficultyCurve, ...]
    versions: Mapping[str, str]
    notes: tuple[str, ...]

    def family(self, name: str) -> FamilyReport:
        """Return a family by its name.

        Args:
            name: The name.

        Raises:
            KeyError: if there is none of that name.
        """
        for family in self.families:
            if family.name == name:
                return family
        raise KeyError(f"There is no family {name!r}; there are {[family.name for family in self.families]}.")
