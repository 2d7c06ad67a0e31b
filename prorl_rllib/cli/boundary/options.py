"""The options of `rllib boundary`, checked."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prorl_rllib.cli.boundary.families import FamilyOptions, sample_path
from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.evaluate.options import EvaluateOptions, parse_ks
from prorl_rllib.evaluation.boundary.report import ROLES, Role

PAPER_KS = "1,2,4,...,256"
"""Those of ProRL (arXiv 2505.24864), section 4."""


@dataclass(frozen=True)
class BoundaryOptions:
    """What the command line says.

    Attributes:
        models: paths of checkpoints or Hugging Face folders by role.
        families: the families of tasks by name.
        ks: the k of pass@k, ascending; the largest is the number of samples of a task.
        episodes: held-out tasks of a family.
        out: folder of samples and report.
        boundary_k: K of the regime; None for the default.
        tolerance: what pass@K may differ by and still count as equal.
        novelty: whether answers are compared with the base's.
        corpus: file or folder that answers are compared with; None for none.
        labels: what the report calls a model in place of its path, by role.
        resume: go on with the samples in `out`.
        overwrite: replace them.
        sampling: further options of `rllib evaluate`.
    """

    models: Mapping[Role, str]
    families: Mapping[str, FamilyOptions]
    ks: tuple[int, ...]
    episodes: int
    out: Path
    boundary_k: int | None = None
    tolerance: float = 0.02
    novelty: bool = True
    corpus: Path | None = None
    labels: Mapping[Role, str] = field(default_factory=dict)
    resume: bool = False
    overwrite: bool = False
    sampling: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            CommandError: naming the option, its value and what is allowed.
        """
        n = self.ks[-1]
        if self.boundary_k is not None and not 1 <= self.boundary_k <= n:
            raise CommandError(f"--boundary-k {self.boundary_k} must be in 1..{n}, the largest of --k.")
        if not 0.0 <= self.tolerance < 1.0:
            raise CommandError(f"--tolerance {self.tolerance} is out of range: it must be in [0, 1).")
        if self.corpus is not None and not self.novelty:
            raise CommandError("--corpus is what the novelty is measured against: leave out --no-novelty.")
        if self.corpus is not None and not self.corpus.exists():
            raise CommandError(f"--corpus {self.corpus}: there is no such file or folder.")
        if unknown := self.labels.keys() - self.models.keys():
            raise CommandError(
                f"--label {min(unknown)}=...: there is no such model here, only {', '.join(self.models)}."
            )
        if self.resume and self.overwrite:
            raise CommandError(f"The samples in --out {self.out} are either replaced (--overwrite) or kept (--resume).")
        _check_folder(self.out)
        if not (self.resume or self.overwrite):
            self._refuse_samples()
        EvaluateOptions(ks=self.ks, **self.sampling)

    def _refuse_samples(self) -> None:
        """Refuse a folder with samples, if it was not said what to do with them."""
        for role in self.models:
            for name in self.families:
                if (path := sample_path(self.out, role, name)).exists():
                    raise CommandError(
                        f"--out {self.out} holds samples of an earlier call ({path}): add --resume to keep what is "
                        "finished and go on, or --overwrite to replace them, or choose another folder."
                    )

    def evaluation(self, role: Role, name: str, max_completion_length: int) -> EvaluateOptions:
        """Return the options of the evaluation of one model on one family.

        Args:
            role: base, mid or trained.
            name: the family's name.
            max_completion_length: tokens an answer may have.
        """
        family = self.families[name]
        return EvaluateOptions(
            env=family.env,
            env_config=family.env_config,
            ks=self.ks,
            episodes=family.episodes or self.episodes,
            out=sample_path(self.out, role, name),
            resume=self.resume,
            overwrite=self.overwrite,
            **{**self.sampling, "max_completion_length": max_completion_length},
        )


def boundary_ks(text: str) -> tuple[int, ...]:
    """Parse `--k` as `rllib evaluate` does.

    Args:
        text: such as "1,2,4,...,256".

    Raises:
        CommandError: see `parse_ks`.
    """
    return parse_ks(text) or ()


def parse_labels(given: Sequence[str]) -> dict[Role, str]:
    """Parse `--label`.

    Args:
        given: each as ROLE=TEXT.

    Returns:
        Texts by role.

    Raises:
        CommandError: if one is not of that form, its role is unknown, or it is given twice.
    """
    labels: dict[Role, str] = {}
    for each in given:
        name, equals, text = each.partition("=")
        role = next((role for role in ROLES if role == name), None)
        if role is None or not equals or not text.strip() or not text.isprintable():
            raise CommandError(
                f"--label {each!r} must be ROLE=TEXT, ROLE one of {', '.join(ROLES)}, such as 'base=Qwen 1.5B'."
            )
        if role in labels:
            raise CommandError(f"--label {role}=... is given twice: a model has one label.")
        labels[role] = text.strip()
    return labels


def _check_folder(out: Path) -> None:
    """Refuse a folder that cannot be written to."""
    if out.exists() and not out.is_dir():
        raise CommandError(f"--out {out} is a file: name a folder, which is made if it is not there.")
    parent = next((folder for folder in (out, *out.absolute().parents) if folder.exists()), None)
    if parent is None or not parent.is_dir() or not os.access(parent, os.W_OK):
        raise CommandError(f"--out {out} cannot be written: choose another place.")
