"""Problems that stand among the tasks to train on and among those held out."""

import hashlib
import unicodedata
from collections.abc import Iterable

from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.task import Task, prompt_text


def overlap(train: Iterable[Task], heldout: Iterable[Task]) -> list[Task]:
    """Return the tasks to train on whose problem is held out.

    Problems are compared without regard to case, spaces and the Unicode form of characters.

    Args:
        train: tasks to train on.
        heldout: tasks that must not be among them.
    """
    known = {_loose_hash(task) for task in heldout}
    return [task for task in train if _loose_hash(task) in known]


def check_disjoint(train: Iterable[Task], heldout: Iterable[Task]) -> None:
    """Raise when a problem to train on is held out; arguments as in `overlap`.

    Raises:
        TaskError: with the number of such tasks and the first ids.
    """
    shared = overlap(train, heldout)
    if shared:
        first = ", ".join(repr(task.task_id) for task in shared[:3])
        raise TaskError(
            f"{len(shared)} tasks to train on are held out too, the first {first}: leave them out of one of the two; "
            f"prorl_rllib.envs.datasets.overlap(train, heldout) lists them"
        )


def _loose_hash(task: Task) -> bytes:
    """Return a hash of a prompt that forgets case, spaces and the Unicode form."""
    text = " ".join(unicodedata.normalize("NFKC", prompt_text(task.prompt)).casefold().split())
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
