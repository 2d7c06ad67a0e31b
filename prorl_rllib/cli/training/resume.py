"""`--resume`: find the run that was cut off."""

from pathlib import Path

from prorl_rllib.cli.errors import CommandError
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
    found = [folder / name] if name else sorted(folder.glob(f"{experiment}_*"), key=lambda path: path.stat().st_mtime)
    runs = [path for path in found if (path / TUNERS_FILE).is_file()]
    if not runs:
        wanted = repr(name) if name else f"a name that begins with '{experiment}_'"
        raise CommandError(
            f"There is no run to resume: {folder} has no experiment of {wanted}. Name the folder with "
            "--experiment-name and its place with --storage-path, or leave --resume out to begin anew."
        )
    return runs[-1]
