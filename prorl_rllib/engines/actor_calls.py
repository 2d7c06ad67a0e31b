"""Call a method of several Ray actors at once, each with its own arguments and all with one deadline."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayActorError


@dataclass
class Answers:
    """What came of calls.

    Attributes:
        answers: id of the actor -> what it returned.
        lost: id of the actor -> why there is no answer and never will be.
        silent: ids of the actors that had not answered in time.
    """

    answers: dict[int, Any] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)


class ActorCalls:
    """Some actors.

    Args:
        actors: id -> handle.
        timeout_s: seconds that a call may take.
    """

    def __init__(self, actors: Mapping[int, Any], timeout_s: float) -> None:
        self._actors, self.timeout_s = dict(actors), timeout_s

    @property
    def ids(self) -> list[int]:
        """Ids of the actors, in order."""
        return sorted(self._actors)

    def call(
        self,
        method: str,
        arguments: Mapping[int, tuple[Any, ...]],
        *,
        give_up: Callable[[Any], bool] | None = None,
    ) -> Answers:
        """Call a method, and return when all have answered or time is up.

        Args:
            method: its name.
            arguments: id of the actor -> positional arguments; the others are not called.
            give_up: for actors that wait for each other in this call: tells by an answer that the others wait in vain.
                The call then returns at once, as when an actor is lost. None waits for all in any case.

        Returns:
            The answers; those that were not waited for are in none of the three.

        Raises:
            Exception: what the method raised.
        """
        found = Answers()
        pending = {getattr(self._actors[number], method).remote(*given): number for number, given in arguments.items()}
        deadline = time.monotonic() + self.timeout_s
        while pending:
            ready, _ = ray.wait(list(pending), timeout=max(0.0, deadline - time.monotonic()))
            if not ready:
                found.silent = set(pending.values())
                break
            number = pending.pop(ready[0])
            try:
                found.answers[number] = ray.get(ready[0])
            except RayActorError as error:
                found.lost[number] = f"env runner {number}: {error}"
            if give_up is not None and (number in found.lost or give_up(found.answers[number])):
                break
        return found
