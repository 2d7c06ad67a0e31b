"""The order of prompts and their seeds, kept on the driver so that it does not depend on the number of runners."""

from collections.abc import Collection
from typing import Any

import numpy as np
from ray.rllib.utils.annotations import override
from ray.rllib.utils.checkpoints import Checkpointable

from prorl_rllib.env_runners.prompt_request import PromptRequest

# Shuffling needs an array of this length; a larger (generated) task space is drawn in its own order, random already.
_MAX_SHUFFLED = 10_000_000


class PromptStream(Checkpointable):
    """An endless stream of prompts: every task once an epoch, in an order given by the seed.

    Args:
        num_tasks: Number of tasks of the environment; None if its tasks have no index.
        seed: Seed of the order and of the groups' sampling.
    """

    def __init__(self, *, num_tasks: int | None, seed: int) -> None:
        if num_tasks is not None and num_tasks < 1:
            raise ValueError(f"the environment has {num_tasks} tasks: at least 1 is needed (key env_config['tasks']).")
        self._num_tasks = num_tasks
        self._seed = seed
        self._position = 0
        self._epoch_order: tuple[int, np.ndarray] | None = None

    def take(self, count: int) -> list[PromptRequest]:
        """Return the next `count` prompts and move on.

        Args:
            count: Number of prompts.

        Returns:
            `count` requests whose group ids and seeds are functions of the stream's seed and position alone.
        """
        requests = [self._request(self._position + offset) for offset in range(count)]
        self._position += count
        return requests

    def _request(self, position: int) -> PromptRequest:
        seed = int(np.random.SeedSequence([self._seed, position]).generate_state(1, np.uint64)[0] >> 1)
        return PromptRequest(group_id=f"{position:09d}", task_index=self._task_index(position), seed=seed)

    def _task_index(self, position: int) -> int | None:
        if self._num_tasks is None:
            return None
        epoch, offset = divmod(position, self._num_tasks)
        if self._num_tasks > _MAX_SHUFFLED:
            return offset
        if self._epoch_order is None or self._epoch_order[0] != epoch:
            order = np.random.default_rng([self._seed, epoch]).permutation(self._num_tasks)
            self._epoch_order = (epoch, order)
        return int(self._epoch_order[1][offset])

    @override(Checkpointable)
    def get_state(
        self,
        components: str | Collection[str] | None = None,
        *,
        not_components: str | Collection[str] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return the position, all that the order depends on besides the config."""
        return {"position": self._position}

    @override(Checkpointable)
    def set_state(self, state: dict[str, Any]) -> None:
        """Continue from a position.

        Args:
            state: What `get_state` returned.
        """
        self._position = state["position"]

    @override(Checkpointable)
    def get_ctor_args_and_kwargs(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what rebuilds the stream before its state is set."""
        return (), {"num_tasks": self._num_tasks, "seed": self._seed}
