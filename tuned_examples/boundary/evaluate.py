"""The boundary reports on both arms of one seed of `boundary/ladder`: base, middle and final checkpoint.

    python -m prorl_rllib.tuned_examples.boundary.evaluate results/ladder-0

It runs `rllib boundary` for each arm with the base of PRORL_RLLIB_SEED, 50 tasks a family, 256 answers a task and the
sampling of the paper; run again it goes on where it was cut off.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from prorl_rllib.algorithms.warm_start import ensure_warm_start
from prorl_rllib.cli.main import main
from prorl_rllib.sweeps.arms import arm_of
from prorl_rllib.tuned_examples.boundary._ladder import NO_RESETS_FOLDER, RESETS_FOLDER
from prorl_rllib.tuned_examples.boundary.base import config as base_config
from prorl_rllib.tuned_examples.boundary.ladder import ARMS, RESETS

FAMILIES = Path(__file__).with_name("families.yaml")
TASKS = 50
"""Held-out tasks of a family."""
KS = "1,2,4,8,16,32,64,128,256"


def checkpoints_by_arm(folder: Path) -> dict[str, tuple[Path, Path]]:
    """Find the middle and the final checkpoint of each arm.

    Args:
        folder: results of `boundary/ladder` with `--checkpoint-freq` of half its iterations.

    Returns:
        Name of the arm -> the two folders.

    Raises:
        FileNotFoundError: if an arm has no trial with two checkpoints.
    """
    found: dict[str, tuple[Path, Path]] = {}
    for parameters in sorted(folder.glob("*/params.json")):
        arm = arm_of(json.loads(parameters.read_text()), ARMS)
        checkpoints = sorted(parameters.parent.glob("checkpoint_*"))
        if arm is not None and len(checkpoints) > 1:
            found[arm.name] = (checkpoints[0], checkpoints[-1])
    missing = [arm.name for arm in ARMS if arm.name not in found]
    if missing:
        raise FileNotFoundError(f"{folder} has no trial with two checkpoints of: {', '.join(missing)}.")
    return found


def evaluate_arm(folder: Path, base: str, checkpoints: tuple[Path, Path]) -> int:
    """Sample and report on one arm.

    Args:
        folder: where samples and report go; what is there is gone on with.
        base: Hugging Face folder of the base.
        checkpoints: the middle one and the final one.

    Returns:
        The exit code of `rllib boundary`.
    """
    models = ["--base", base, "--mid", str(checkpoints[0]), "--trained", str(checkpoints[1])]
    tasks = ["--families", str(FAMILIES), "--episodes", str(TASKS), "--k", KS]
    sys.argv = ["rllib", "boundary", *models, *tasks, "--engine", "transformers", "--out", str(folder), "--resume"]
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def share_base_samples(folders: Mapping[str, Path]) -> None:
    """Copy the base's samples from the first arm's folder to the others': it is the same base.

    Args:
        folders: folder by arm.
    """
    first, *others = folders.values()
    for other in others:
        (other / "samples").mkdir(parents=True, exist_ok=True)
        for file in (first / "samples").glob("base-*"):
            shutil.copy2(file, other / "samples" / file.name)


def evaluate(folder: Path) -> int:
    """Report on both arms of a seed.

    Args:
        folder: results of `boundary/ladder`.

    Returns:
        0, or the exit code of what failed.
    """
    base = ensure_warm_start(base_config).path
    checkpoints = checkpoints_by_arm(folder)
    names = {arm.name: RESETS_FOLDER if arm is RESETS else NO_RESETS_FOLDER for arm in ARMS}
    folders = {arm: folder / name for arm, name in names.items()}
    for arm, place in folders.items():
        if code := evaluate_arm(place, base, checkpoints[arm]):
            return code
        share_base_samples(folders)
    return 0


if __name__ == "__main__":
    sys.exit(evaluate(Path(sys.argv[1])))
