"""What is compared: the models' facts, from the settings of their samples."""

from collections.abc import Mapping, Sequence

from prorl_rllib.evaluation.boundary.model_samples import ModelSamples
from prorl_rllib.evaluation.boundary.report import ModelFacts, Role

VOCABULARY, CHAT_TEMPLATE = "vocabulary_sha256", "chat_template_sha256"
"""Keys of the header that say with which vocabulary and template a model was asked."""


def model_facts(families: Sequence[Mapping[Role, ModelSamples]], labels: Mapping[Role, str]) -> dict[Role, ModelFacts]:
    """Return the facts of each model.

    Args:
        families: Samples of each family, by role; the models are the same in all of them.
        labels: What the report calls a model in place of its path, by role.
    """
    first = families[0]
    return {
        role: ModelFacts(
            role=role,
            label=labels.get(role, str(samples.header["model"])),
            kind=samples.header["kind"],
            training_iteration=samples.header["training_iteration"],
            weights_sha256=samples.header["weights_sha256"],
            same_tokenizer=_same(first["base"], samples, VOCABULARY),
            same_chat_template=_same(first["base"], samples, CHAT_TEMPLATE),
        )
        for role, samples in first.items()
    }


def prompts_differ(samples: Mapping[Role, ModelSamples], role: Role) -> bool:
    """Return whether a model was asked in another number of tokens than the base, in any task.

    Args:
        samples: Of one family, by role.
        role: The model.
    """
    base, other = samples["base"].tasks, samples[role].tasks
    return any(base[index].prompt_tokens != other[index].prompt_tokens for index in base.keys() & other.keys())


def _same(base: ModelSamples, other: ModelSamples, key: str) -> bool | None:
    """Return whether two files say the same under a key; None if one of them says nothing."""
    if key not in base.header or key not in other.header:
        return None
    return bool(base.header[key] == other.header[key])
