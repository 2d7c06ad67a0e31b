"""The boundary reports on both arms of one seed of `boundary/ladder`: base, middle and final checkpoint."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from prorl_rllib.algorithms.warm_start import ensure_warm_start
from prorl_rllib.cli.boundary.boundary import boundary
from prorl_rllib.cli.boundary.families import read_families
from prorl_rllib.cli.boundary.options import PAPER_KS, BoundaryOptions, boundary_ks
from prorl_rllib.cli.boundary.out_folder import SAMPLES
from prorl_rllib.evaluation.boundary.report import Role
from prorl_rllib.sweeps.arms import Arm, arm_of
from prorl_rllib.tuned_examples.boundary.base import config as base_config

FAMILIES = Path(__file__).with_name("_families.yaml")
TASKS = 50
"""Held-out tasks of a family."""


def evaluate(folder: Path, arms: Sequence[tuple[Arm, str]]) -> None:
    """Sample and report on each arm of a seed; what was sampled before is kept.

    Args:
        folder: results of `boundary/ladder` with a checkpoint in the middle.
        arms: each arm with the name of the folder that its report goes to, within `folder`.

    Raises:
        FileNotFoundError: if an arm has no trial with two checkpoints.
        ValueError: if it has several.
        CommandError: if sampling fails, or what is there was sampled otherwise.
    """
    seed, checkpoints = trials_of(folder, [arm for arm, _ in arms])
    base = ensure_warm_start(base_config.copy(copy_frozen=False).debugging(seed=seed)).path
    places = {arm.name: folder / name for arm, name in arms}
    for name, place in places.items():
        middle, final = checkpoints[name]
        options = BoundaryOptions(
            models={"base": base, "mid": str(middle), "trained": str(final)},
            families=read_families(None, None, [], str(FAMILIES)),
            ks=boundary_ks(PAPER_KS),
            episodes=TASKS,
            out=place,
            resume=True,
            labels=_labels(name, seed),
            sampling={"engine": "transformers"},
        )
        boundary(options, None, 0)
        _share_base_samples(place, [other for other in places.values() if other != place])


def trials_of(folder: Path, arms: Sequence[Arm]) -> tuple[int, dict[str, tuple[Path, Path]]]:
    """Find the seed, and the middle and the final checkpoint of each arm.

    Args:
        folder: results of `boundary/ladder`.
        arms: the arms.

    Returns:
        The seed; name of the arm -> the two checkpoints.

    Raises:
        FileNotFoundError: if an arm has no trial with two checkpoints.
        ValueError: if it has several.
    """
    seed = 0
    found: dict[str, tuple[Path, Path]] = {}
    for file in sorted(folder.glob("*/params.json")):
        parameters = json.loads(file.read_text())
        arm, checkpoints = arm_of(parameters, arms), sorted(file.parent.glob("checkpoint_*"))
        if arm is not None and len(checkpoints) > 1:
            if arm.name in found:
                raise ValueError(
                    f"{folder} has two trials of {arm.name!r} with two checkpoints, {found[arm.name][1].parent.name} "
                    f"and {file.parent.name}: which one is meant? Move the other one away."
                )
            seed, found[arm.name] = int(parameters["seed"]), (checkpoints[(len(checkpoints) - 1) // 2], checkpoints[-1])
    missing = [arm.name for arm in arms if arm.name not in found]
    if missing:
        raise FileNotFoundError(
            f"{folder} has no trial with two checkpoints of: {', '.join(missing)}. Train with "
            "--checkpoint-freq of half the iterations."
        )
    return seed, found


def _labels(arm: str, seed: int) -> dict[Role, str]:
    """Return what a report calls the models: not the paths of the machine that made them."""
    trained = f"boundary/ladder ({arm}), seed {seed}"
    return {"base": f"boundary/base, seed {seed}", "mid": trained, "trained": trained}


def _share_base_samples(source: Path, others: list[Path]) -> None:
    """Copy the base's samples to the other arms' folders: it is the same base."""
    for other in others:
        (other / SAMPLES).mkdir(parents=True, exist_ok=True)
        for file in (source / SAMPLES).glob("base-*"):
            shutil.copy2(file, other / SAMPLES / file.name)
