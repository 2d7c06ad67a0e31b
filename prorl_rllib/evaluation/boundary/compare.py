"""Compare base, middle and trained model on files of their samples."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prorl_rllib.evaluation.boundary.corpus import read_corpus
from prorl_rllib.evaluation.boundary.estimator import LEAST_TASKS, Estimator
from prorl_rllib.evaluation.boundary.family import Family, Tasks, family_report
from prorl_rllib.evaluation.boundary.family_novelty import family_novelty
from prorl_rllib.evaluation.boundary.fit import check_families, check_family, common_prompts
from prorl_rllib.evaluation.boundary.gain import gain_correlations
from prorl_rllib.evaluation.boundary.model_samples import ModelSamples, read_model_samples
from prorl_rllib.evaluation.boundary.models import model_facts
from prorl_rllib.evaluation.boundary.notes import notes
from prorl_rllib.evaluation.boundary.novelty import Reference
from prorl_rllib.evaluation.boundary.regime import TOLERANCE
from prorl_rllib.evaluation.boundary.report import (
    ROLES,
    BoundaryReport,
    DifficultyCurve,
    FamilyReport,
    Role,
    Settings,
)

PAPER_K = 128
"""K of the boundary in ProRL (arXiv 2505.24864), section 4, from 256 samples."""


class VerificationsFailedError(ValueError):
    """So many verifications failed that too few tasks can be compared: the machinery's fault, not the models'."""


@dataclass(frozen=True)
class CompareSettings:
    """How samples are compared.

    Attributes:
        ks: The k of pass@k; None for 1, 2, 4, ... up to the number of samples.
        boundary_k: K of the regime and of the gain; None for 128, or with fewer than 256 samples for the largest k of
            at most half of them.
        tolerance: What pass@K may differ by and still count as equal, at least 0.
        interval_level: Level of the intervals, in (0, 1).
        resamples: Bootstrap resamples, at least 100.
        seed: Seed of the bootstrap.
        novelty: Whether the models' answers are compared with the base's.
        corpus: File or folder of texts that answers are compared with too; None for none. See `read_corpus`.
        labels: What the report calls a model in place of its path, by role.

    Raises:
        ValueError: for values out of range.
    """

    ks: tuple[int, ...] | None = None
    boundary_k: int | None = None
    tolerance: float = TOLERANCE
    interval_level: float = 0.95
    resamples: int = 10_000
    seed: int = 0
    novelty: bool = True
    corpus: str | Path | None = None
    labels: Mapping[Role, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the values."""
        if self.ks is not None and (not self.ks or min(self.ks) < 1):
            raise ValueError(f"ks={list(self.ks)} must be positive integers.")
        if self.boundary_k is not None and self.boundary_k < 1:
            raise ValueError(f"boundary_k={self.boundary_k} must be at least 1.")
        if not (math.isfinite(self.tolerance) and 0.0 <= self.tolerance < 1.0):
            raise ValueError(f"tolerance={self.tolerance} must be in [0, 1).")
        if not 0.0 < self.interval_level < 1.0:
            raise ValueError(f"interval_level={self.interval_level} must be in (0, 1).")
        if self.resamples < 100:
            raise ValueError(f"resamples={self.resamples} must be at least 100.")
        if self.seed < 0:
            raise ValueError(f"seed={self.seed} must be at least 0.")
        if self.corpus is not None and not self.novelty:
            raise ValueError(f"corpus={self.corpus} is for the novelty, which is switched off.")


def compare(families: Sequence[Family], settings: CompareSettings | None = None) -> BoundaryReport:
    """Make the boundary report from files of samples.

    Equal files and settings give equal reports.

    Args:
        families: At least one, names differing.
        settings: How they are compared; None for the defaults.

    Returns:
        The report; `model_dump_json` writes it, and `evaluation.boundary.render` shows it.

    Raises:
        VerificationsFailedError: if too few tasks are left because their verification failed.
        ValueError: if the files do not fit each other, naming what differs, or have too few samples.
        OSError: if one cannot be read.
    """
    chosen = settings or CompareSettings()
    _check_names(families)
    corpus = None if chosen.corpus is None else read_corpus(chosen.corpus)
    samples = [_read(family) for family in families]
    check_families(samples)
    used = used_settings(samples[0]["base"].header, chosen)
    tasks = [_tasks(family.name, of_family) for family, of_family in zip(families, samples, strict=True)]
    reports = [_family_report(*each, corpus, chosen, used) for each in zip(families, samples, tasks, strict=True)]
    models = model_facts(samples, chosen.labels)
    by_name = {family.name: of_family for family, of_family in zip(families, tasks, strict=True)}
    return BoundaryReport(
        models=models,
        settings=used,
        families=tuple(reports),
        correlations=gain_correlations(by_name, used.boundary_k, _estimator(used)),
        difficulty_curves=difficulty_curves(reports),
        versions=samples[0]["trained"].header.get("versions", {}),
        notes=tuple(notes(models, used, reports, samples, corpus)),
    )


def used_settings(header: Mapping[str, Any], chosen: CompareSettings) -> Settings:
    """Return the settings of a report.

    Args:
        header: Settings of the samples.
        chosen: How they are to be compared.

    Raises:
        ValueError: if a k is more than there are samples of a task.
    """
    n = int(header["samples_per_prompt"])
    ks = set(chosen.ks or (2**power for power in range(n.bit_length())))
    boundary_k = chosen.boundary_k or max((k for k in ks if k <= min(PAPER_K, max(1, n // 2))), default=1)
    if (most := max(boundary_k, *ks)) > n:
        raise ValueError(f"k={most} is more than the {n} samples of a task: pass@k needs at least k of them.")
    return Settings(
        samples_per_task=n,
        **{key: header[key] for key in ("temperature", "top_p", "max_completion_length", "seed")},
        ks=tuple(sorted({1, *ks, boundary_k})),
        boundary_k=boundary_k,
        tolerance=chosen.tolerance,
        interval_level=chosen.interval_level,
        resamples=chosen.resamples,
        bootstrap_seed=chosen.seed,
    )


def difficulty_curves(families: Sequence[FamilyReport]) -> tuple[DifficultyCurve, ...]:
    """Return the environments that have two or more families with a difficulty.

    Args:
        families: All families.
    """
    curves = []
    for env in dict.fromkeys(family.env for family in families):
        own = [(each.difficulty, each.name) for each in families if each.env == env and each.difficulty is not None]
        if len(own) >= 2:
            difficulties, names = zip(*sorted(own), strict=True)
            curves.append(DifficultyCurve(env=env, difficulties=difficulties, families=names))
    return tuple(curves)


def _check_names(families: Sequence[Family]) -> None:
    """Refuse families that could not be told apart, or lack a model."""
    names = [family.name for family in families]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"A report needs families of differing names, at least one; got {names}.")
    for family in families:
        if missing := {"base", "trained"} - family.files.keys():
            raise ValueError(f"The family {family.name!r} has no samples of the {' and the '.join(sorted(missing))}.")


def _read(family: Family) -> dict[Role, ModelSamples]:
    """Read a family's files, in the order base, mid, trained."""
    samples = {
        role: read_model_samples(family.files[role], finished=family.finished) for role in ROLES if role in family.files
    }
    check_family(family.name, samples)
    return samples


def _tasks(name: str, samples: Mapping[Role, ModelSamples]) -> Tasks:
    """Return the tasks that every model has a judged sample of."""
    common = common_prompts(samples)
    prompts = [index for index in common if all(each.tasks[index].num_samples for each in samples.values())]
    if len(prompts) < LEAST_TASKS:
        message = (
            f"The family {name!r} has {len(prompts)} tasks with judged samples of all models: intervals over tasks "
            f"need at least {LEAST_TASKS}."
        )
        if len(common) < LEAST_TASKS:
            raise ValueError(message)
        raise VerificationsFailedError(f"{message} Of {len(common) - len(prompts)} others all verifications failed.")
    return {role: [each.tasks[index] for index in prompts] for role, each in samples.items()}


def _family_report(
    family: Family,
    samples: Mapping[Role, ModelSamples],
    tasks: Tasks,
    corpus: Reference | None,
    chosen: CompareSettings,
    used: Settings,
) -> FamilyReport:
    """Compare the models on one family."""
    estimator = _estimator(used)
    prompts = [task.prompt_index for task in tasks["base"]]
    paths = {role: each.path for role, each in samples.items()}
    novelty = family_novelty(paths, prompts, corpus, estimator) if chosen.novelty else {}
    return family_report(
        family, samples["base"].header, tasks, used.ks, used.boundary_k, used.tolerance, estimator, novelty
    )


def _estimator(used: Settings) -> Estimator:
    """Return what makes the intervals."""
    return Estimator(used.interval_level, used.resamples, used.bootstrap_seed)
