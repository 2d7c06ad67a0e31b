"""Tasks written in the project's own form, to be read without loading the data set again."""

import gzip
import json
import os
from collections.abc import Iterable
from pathlib import Path

from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.task import Task


def save_tasks(tasks: Iterable[Task], path: str | Path) -> None:
    """Write tasks to a `.jsonl` or `.jsonl.gz` file, one a line, as `env_config={"tasks": path}` reads them.

    The file appears whole or not at all.

    Args:
        tasks: at least one.
        path: of the file; an existing one is replaced.

    Raises:
        EnvConfigError: when there is no task, or the path ends otherwise.
    """
    path = Path(path)
    if not path.name.endswith((".jsonl", ".jsonl.gz")):
        raise EnvConfigError(f"path = {str(path)!r}: must end in .jsonl or .jsonl.gz")
    tasks = list(tasks)
    if not tasks:
        raise EnvConfigError(f"there is no task to write to {path}")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    opener = gzip.open if path.name.endswith(".gz") else open
    try:
        with opener(unfinished, "wt", encoding="ascii", newline="\n") as stream:
            for task in tasks:
                stream.write(json.dumps(task.model_dump(mode="python")) + "\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
