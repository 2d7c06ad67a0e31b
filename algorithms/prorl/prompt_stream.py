"""The order of prompts, their seeds and difficulties, kept on the driver: the number of runners changes none of it."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from prorl_rllib.algorithms.prorl.curriculum import Curriculum, Outcome
from prorl_rllib.env_runners.prompt_request import PromptRequest

# Shuffling needs an array of this length; a larger (generated) task space is drawn in its own order, random already.
_MAX_SHUFFLED = 10_000_000


class PromptStream:
    """An endless stream of prompts: every task once an epoch, in an order given by the seed.

    Args:
        num_tasks: Number of tasks of the environment; None if its tasks have no index.
        seed: Seed of the order and of the groups' sampling.
        curriculum: Chooses the difficulty of the tasks; None leaves it to the environment.
    """

    def __init__(self, *, num_tasks: int | None, seed: int, curriculum: Curriculum | None = None) -> None:
        self._num_tasks = _checked(num_tasks)
        self._seed = seed
        self.curriculum = curriculum
        self._position = 0
        # Where the first epoch of the present tasks began.
        self._start = 0
        self._epoch_order: tuple[int, np.ndarray] | None = None

    def change_tasks(self, *, num_tasks: int | None, curriculum: Curriculum | None) -> None:
        """Begin an epoch of other tasks; group ids and seeds count on.

        Args:
            num_tasks: As in the constructor.
            curriculum: As in the constructor; it takes over the levels of the data sets it knows.
        """
        self._num_tasks = _checked(num_tasks)
        self._start = self._position
        self._epoch_order = None
        if curriculum is not None and self.curriculum is not None:
            curriculum.set_state(self.curriculum.get_state())
        self.curriculum = curriculum

    def take(self, count: int) -> list[PromptRequest]:
        """Return the next `count` prompts and move on.

        Args:
            count: Number of prompts.

        Returns:
            `count` requests whose group ids and seeds are functions of the stream's seed and position alone; all have
            the curriculum's present levels.
        """
        difficulty = self.difficulties or None
        requests = [self._request(self._position + offset, difficulty) for offset in range(count)]
        self._position += count
        return requests

    def observe(self, outcomes: Iterable[Outcome]) -> dict[str, int]:
        """Let the curriculum see what became of groups.

        Args:
            outcomes: As in `Curriculum.observe`.

        Returns:
            The new difficulty of each data set whose difficulty changed.
        """
        return {} if self.curriculum is None else self.curriculum.observe(outcomes)

    @property
    def difficulties(self) -> dict[str, int]:
        """Difficulty by data set; empty where the environment chooses."""
        return {} if self.curriculum is None else self.curriculum.levels

    def _request(self, position: int, difficulty: dict[str, int] | None) -> PromptRequest:
        seed = int(np.random.SeedSequence([self._seed, position]).generate_state(1, np.uint64)[0] >> 1)
        index = self._task_index(position - self._start)
        return PromptRequest(group_id=f"{position:09d}", task_index=index, seed=seed, difficulty=difficulty)

    def _task_index(self, position: int) -> int | None:
        if self._num_tasks is None:
            return None
        epoch, offset = divmod(position, self._num_tasks)
        if self._num_tasks > _MAX_SHUFFLED:
            return offset
        if self._epoch_order is None or self._epoch_order[0] != epoch:
            parts = [self._seed, self._start, epoch] if self._start else [self._seed, epoch]
            self._epoch_order = (epoch, np.random.default_rng(parts).permutation(self._num_tasks))
        return int(self._epoch_order[1][offset])

    def get_state(self) -> dict[str, Any]:
        """Return all that the prompts depend on besides the config."""
        state: dict[str, Any] = {"position": self._position, "start": self._start}
        if self.curriculum is not None:
            state["curriculum"] = self.curriculum.get_state()
        return state

    def set_state(self, state: dict[str, Any]) -> None:
        """Continue from a position.

        Args:
            state: What `get_state` returned.
        """
        self._position, self._start = state["position"], state["start"]
        self._epoch_order = None
        if self.curriculum is not None and "curriculum" in state:
            self.curriculum.set_state(state["curriculum"])


def _checked(num_tasks: int | None) -> int | None:
    if num_tasks is not None and num_tasks < 1:
        raise ValueError(f"the environment has {num_tasks} tasks: at least 1 is needed (key env_config['tasks']).")
    return num_tasks
