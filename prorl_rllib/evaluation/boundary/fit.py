"""Whether files of samples can be compared: the same tasks, sampled in the same way."""

from collections.abc import Mapping, Sequence

from prorl_rllib.evaluation.boundary.model_samples import ModelSamples
from prorl_rllib.evaluation.boundary.report import Role

SAMPLING = ("samples_per_prompt", "temperature", "top_p", "max_completion_length", "seed")
"""Settings that are one in the whole report."""
_OF_A_FAMILY = ("env", "env_config", "num_prompts", *SAMPLING)
_OF_A_MODEL = ("model", "training_iteration", "weights_sha256", *SAMPLING)


def check_family(name: str, samples: Mapping[Role, ModelSamples]) -> None:
    """Refuse samples of models that had other tasks or another sampling.

    Args:
        name: The family's name, for the message.
        samples: By role, the base's among them.

    Raises:
        ValueError: naming what differs, with both values and files.
    """
    base = samples["base"]
    for role, other in samples.items():
        _check_settings(f"The family {name!r}", base, other, _OF_A_FAMILY)
        for index, task in other.tasks.items():
            asked = base.tasks.get(index)
            if asked is not None and (task.task_id, task.prompt) != (asked.task_id, asked.prompt):
                raise ValueError(
                    f"The family {name!r} has other tasks: prompt {index} is {asked.task_id} in {base.path}, and in "
                    f"{other.path}, the {role} model's, it is {task.task_id} or differs in its text."
                )


def check_families(families: Sequence[Mapping[Role, ModelSamples]]) -> None:
    """Refuse families that were sampled from other models or in another way.

    Args:
        families: Samples of each family, by role.

    Raises:
        ValueError: naming what differs, with both values and files.
    """
    first = families[0]
    for family in families[1:]:
        if family.keys() != first.keys():
            raise ValueError(f"The families have samples of other models: {sorted(first)} and {sorted(family)}.")
        for role, samples in family.items():
            _check_settings(f"The {role} model", first[role], samples, _OF_A_MODEL)


def common_prompts(samples: Mapping[Role, ModelSamples]) -> list[int]:
    """Return the prompts that all models have samples of: one with another tokenizer may fit one context alone.

    Args:
        samples: By role.

    Returns:
        Their indices, ascending.
    """
    return sorted(set.intersection(*(set(each.tasks) for each in samples.values())))


def _check_settings(what: str, one: ModelSamples, other: ModelSamples, keys: Sequence[str]) -> None:
    """Refuse two files whose headers differ in one of the keys."""
    differing = [key for key in keys if one.header.get(key) != other.header.get(key)]
    if differing:
        values = "; ".join(
            f"{key}: {one.header.get(key)!r} in {one.path}, {other.header.get(key)!r} in {other.path}"
            for key in differing
        )
        raise ValueError(f"{what} was not sampled alike, so it cannot be compared. {values}")
