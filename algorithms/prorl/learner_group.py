"""All learners, of which none may fail or fall behind."""

import contextlib
import time
from collections.abc import Collection, Sequence
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.rllib.core import COMPONENT_LEARNER
from ray.rllib.core.learner.learner_group import LearnerGroup
from ray.rllib.utils.actor_manager import FaultTolerantActorManager, RemoteCallResults, ResultOrError
from ray.rllib.utils.annotations import override

# Of actors that have been killed; nothing but the console depends on it.
_SECONDS_TO_END = 5.0
_LEARNER_LOST = (
    "A learner's process, one of {count}, died or was killed, often for want of memory; the others were stopped, for "
    "learners compute one gradient together. Resume from the newest checkpoint, with another num_learners if you like."
)


class AllOrNothingActorManager(FaultTolerantActorManager):
    """Calls actors that are of use together alone: what one of them raises is raised, and ends them all.

    RLlib's manager marks an actor that raised as unhealthy and leaves it out from then on. Learners compute one
    gradient together: the others would wait for it, and what was done on some of them only is a broken run.

    Args:
        actors: The actors.
        timeout_s: Seconds that a call may take for which nothing else is said.
        **kwargs: As RLlib's.
    """

    def __init__(self, actors: Sequence[ActorHandle], *, timeout_s: float, **kwargs: Any) -> None:
        super().__init__(list(actors), **kwargs)
        self._timeout_s = timeout_s

    @override(FaultTolerantActorManager)
    def foreach_actor(
        self,
        func: Any,
        *,
        kwargs: Any = None,
        remote_actor_ids: list[int] | None = None,
        timeout_seconds: float | None = None,
        return_obj_refs: bool = False,
        **unused: Any,
    ) -> RemoteCallResults:
        """Call a function with each actor.

        Args:
            func: As RLlib's.
            kwargs: As RLlib's.
            remote_actor_ids: As RLlib's.
            timeout_seconds: Seconds until all must have answered; None for the manager's own number.
            return_obj_refs: Return references to the answers instead of the answers.
            **unused: What RLlib says of unhealthy actors; there are none.

        Returns:
            One answer an actor.

        Raises:
            Exception: what an actor raised, as soon as it has; the actors are then no more.
            TimeoutError: if an actor had not answered in time; likewise.
        """
        actor_ids = remote_actor_ids or self.actor_ids()
        calls = self._call_actors(func=func, kwargs=kwargs, remote_actor_ids=actor_ids)
        try:
            _wait_for_all(calls, self._timeout_s if timeout_seconds is None else timeout_seconds)
        except Exception as error:
            # Those that wait for the one that failed would do so until their own deadline.
            for actor in self.actors().values():
                ray.kill(actor)
            _hear_out(calls)
            if isinstance(error, ray.exceptions.RayActorError):
                error.add_note(_LEARNER_LOST.format(count=len(actor_ids)))
            raise
        results = RemoteCallResults()
        for actor_id, call in zip(actor_ids, calls, strict=True):
            results.add_result(actor_id, ResultOrError(result=call if return_obj_refs else ray.get(call)), None)
        return results


class ProRLLearnerGroup(LearnerGroup):
    """RLlib's learner group, in which a call that fails on one learner fails.

    The state of learners that hold a share of the model each is gathered from all of them.

    Args:
        **kwargs: As RLlib's.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.is_remote:
            self._worker_manager = AllOrNothingActorManager(self._workers, timeout_s=self.config.update_timeout_s)

    @property
    def _is_sharded(self) -> bool:
        return self.config.learner_sharding == "fsdp2"

    @override(LearnerGroup)
    def get_state(
        self,
        components: str | Collection[str] | None = None,
        *,
        not_components: str | Collection[str] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return the learners' state, the same however they hold it.

        Args:
            components: As RLlib's.
            not_components: As RLlib's.
            **kwargs: As RLlib's.
        """
        wanted = self._check_component(COMPONENT_LEARNER, components, not_components)
        if not self._is_sharded or not wanted:
            return super().get_state(components, not_components=not_components, **kwargs)
        some = self._get_subcomponents(COMPONENT_LEARNER, components)
        not_these = self._get_subcomponents(COMPONENT_LEARNER, not_components)
        # RLlib asks the first learner alone, which would wait for the others. What these answer holds no weights.
        answers = self.foreach_learner(lambda learner: learner.get_state(some, not_components=not_these, **kwargs))
        return {COMPONENT_LEARNER: next(iter(answers)).get()}

    @override(LearnerGroup)
    def save_to_path(self, path: Any = None, *, state: dict[str, Any] | None = None, **kwargs: Any) -> str:
        """Save the learners' state.

        Args:
            path: As RLlib's.
            state: As RLlib's.
            **kwargs: As RLlib's.

        Returns:
            Where it was saved.
        """
        if state is None and self._is_sharded:
            state = self.get_state()
        saved: str = super().save_to_path(path, state=state, **kwargs)
        return saved


def _hear_out(calls: Sequence[ray.ObjectRef]) -> None:
    """Take in how the other calls ended; Ray prints what nobody asked for, which says less than the first error."""
    ended, _ = ray.wait(list(calls), num_returns=len(calls), timeout=_SECONDS_TO_END)
    for call in ended:
        with contextlib.suppress(Exception):
            ray.get(call)


def _wait_for_all(calls: Sequence[ray.ObjectRef], timeout_s: float) -> None:
    """Wait until all calls have been answered, or one has raised."""
    deadline = time.monotonic() + timeout_s
    pending = list(calls)
    while pending:
        ready, pending = ray.wait(pending, timeout=max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(
                f"{len(pending)} of {len(calls)} learners had not answered after {timeout_s:g} s: raise "
                "learners(update_timeout_s=...), or look why they are slow."
            )
        ray.get(ready)
