"""What the driver asks of all learners at once; an exception in one of them is raised here, never passed over."""

from collections.abc import Callable, Mapping
from typing import Any

import ray
import torch
from ray.rllib.core import COMPONENT_LEARNER, COMPONENT_RL_MODULE, DEFAULT_MODULE_ID
from ray.rllib.core.learner.learner_group import LearnerGroup


def on_every_learner(learner_group: LearnerGroup, call: Callable[[Any], Any]) -> list[Any]:
    """Call a function with each learner and return what it returned.

    RLlib marks a failing learner unhealthy and goes on; something done on some learners only is a broken run.

    Args:
        learner_group: The learners.
        call: A function of a learner.
    """
    answers = []
    for result in learner_group.foreach_learner(call):
        answer = result.get()
        if not result.ok:
            raise answer
        answers.append(answer)
    return answers


def publish_policy(learner_group: LearnerGroup, *, in_object_store: bool) -> tuple[int, Any]:
    """Return what env runners need to sample with the present policy.

    A remote learner puts the weights into the object store itself, and they never pass through this process.

    Args:
        learner_group: The learners.
        in_object_store: Return an object reference; else the state itself.

    Returns:
        The version, and the state that `TextEnvRunner.sync` takes: weights, version and canary.
    """
    put_there = in_object_store and learner_group.is_remote
    answers = on_every_learner(learner_group, lambda learner: learner.policy_for_sampling(in_object_store=put_there))
    version, (state,) = next(answer for answer in answers if answer is not None)
    return version, ray.put(state) if in_object_store and not put_there else state


def policy_weights(learner_group: LearnerGroup, *, adapter: bool) -> dict[str, torch.Tensor]:
    """Return the policy's weights by name, as `load_policy` takes them.

    Args:
        learner_group: The learners.
        adapter: Return those of the adapter alone, which is what changes where an adapter is trained.
    """
    component = f"{COMPONENT_LEARNER}/{COMPONENT_RL_MODULE}"
    state = learner_group.get_state(components=component, inference_only=not adapter)[COMPONENT_LEARNER]
    weights: dict[str, torch.Tensor] = state[COMPONENT_RL_MODULE][DEFAULT_MODULE_ID]
    return {name: weight for name, weight in weights.items() if not name.startswith("ref.")}


def reset_reference(learner_group: LearnerGroup, weights: Mapping[str, torch.Tensor] | None) -> None:
    """Copy the policy into the reference, in place; with weights, set the policy to them first.

    Args:
        learner_group: The learners.
        weights: What `policy_weights` returned earlier in the run; None leaves the policy as it is.

    Raises:
        RuntimeError: if a reference differs from its policy afterwards.
    """
    if weights is not None:
        load_policy(learner_group, weights)
    for difference in on_every_learner(learner_group, lambda learner: learner.reset_reference()):
        if difference != 0.0:
            raise RuntimeError(f"after a reset the reference differs from the policy by {difference}.")


def load_policy(learner_group: LearnerGroup, weights: Mapping[str, torch.Tensor]) -> None:
    """Set the policy's weights, in place; references and optimizers stay.

    Args:
        learner_group: The learners.
        weights: What `policy_weights` returned earlier in the run.
    """
    given: Any = dict(weights) if learner_group.is_local else ray.put(dict(weights))

    def load(learner: Any) -> None:
        learner.policy_module().set_state(ray.get(given) if isinstance(given, ray.ObjectRef) else given)
        learner.reload_master_weights()

    on_every_learner(learner_group, load)


def apply_settings(learner_group: LearnerGroup, settings: Mapping[str, Any]) -> None:
    """Let the learners go on under the settings of a stage.

    Args:
        learner_group: The learners.
        settings: All attributes of the config that differ from the run's own; empty for the run's own.
    """
    given = dict(settings)
    on_every_learner(learner_group, lambda learner: learner.apply_settings(given))
