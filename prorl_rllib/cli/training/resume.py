"""`--resume`: find the run that was cut off."""

import re
from pathlib import Path

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.training.options import TrainOptions
from prorl_rllib.cli.training.storage import is_remote

TUNERS_FILE = "tuner.pkl"


def find_experiment(storage_path: str, experiment: str, name: str | None) -> Path:
    """Return the folder of the run to go on with.

    Args:
        storage_path: where results go; a local folder.
        experiment: the experiment's name.
        name: name of the run's folder; None takes the newest of those that the experiment made.

    Raises:
        CommandError: if there is none.
    """
    if is_remote(storage_path):
        raise CommandError(f"--resume looks for a run in a local folder, not under {storage_path}.")
    folder = Path(storage_path)
    found = [folder / name] if name else [path for path in folder.glob(f"{experiment}_*") if _is_of(path, experiment)]
    runs = sorted((path for path in found if _is_run(path)), key=lambda path: path.stat().st_mtime)
    if not runs:
        wanted = repr(name) if name else f"a name that begins with '{experiment}_', followed by the time"
        raise CommandError(
            f"There is no run to resume: {folder} has no experiment of {wanted}. Name the folder with "
            "--experiment-name and its place with --storage-path, or leave --resume out to begin anew."
        )
    return runs[-1]


def refuse_changes(options: TrainOptions) -> None:
    """Refuse, beside `--resume`, options that a run that goes on would not heed.

    Args:
        options: of the command line.

    Raises:
        CommandError: naming the option.
    """
    given = {
        "key=value": options.overrides,
        "--env": options.env,
        "--num-samples": options.num_samples,
        "--scheduler": options.scheduler,
        "--restore": options.restore,
    }
    for name, value in given.items():
        if value:
            raise CommandError(
                f"{name} has no effect with --resume, which goes on with the trials as they were: leave it out, or "
                "begin a new run, from a checkpoint of the old one with --restore."
            )


def _is_of(path: Path, experiment: str) -> bool:
    """Whether a folder is named after an experiment and a time, and not after a longer name."""
    return re.fullmatch(rf"{re.escape(experiment)}_\d{{4}}-\d\d-\d\d_\d\d-\d\d-\d\d(_\d+)?", path.name) is not None


def _is_run(path: Path) -> bool:
    """Whether Tune can go on with what is in a folder."""
    return (path / TUNERS_FILE).is_file() and any(path.glob("experiment_state*.json"))
