"""The settings at the head of a file of samples, as far as a report or `--resume` computes with them: checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, PositiveInt, ValidationError

from prorl_rllib.envs.settings import describe
from prorl_rllib.evaluation.sample_file import read_header


class SampleHeader(BaseModel):
    """The keys that figures come from; a header has others besides.

    Attributes:
        model: Path of the checkpoint or Hugging Face folder.
        kind: "checkpoint" or "hugging_face".
        training_iteration: Of a checkpoint; None of a Hugging Face folder.
        weights_sha256: Hash of the weights.
        env: Id of the environment.
        env_config: Its config.
        num_prompts: Prompts of the whole evaluation.
        samples_per_prompt: Samples of each.
        temperature: Of the sampling, at least 0.
        top_p: Nucleus probability in (0, 1].
        max_completion_length: Tokens a turn.
        seed: Of the sampling.
        versions: Package -> version.
        vocabulary_sha256: Hash of the tokenizer's vocabulary; None where the file does not say.
        chat_template_sha256: Hash of its chat template, likewise.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    model: str
    kind: str
    training_iteration: int | None
    weights_sha256: str
    env: str
    env_config: dict[str, Any]
    num_prompts: PositiveInt
    samples_per_prompt: PositiveInt
    temperature: FiniteFloat = Field(ge=0)
    top_p: float = Field(gt=0, le=1)
    max_completion_length: PositiveInt
    seed: int
    versions: dict[str, str] = Field(default_factory=dict)
    vocabulary_sha256: str | None = None
    chat_template_sha256: str | None = None


def check_header(path: str | Path, header: Mapping[str, Any]) -> None:
    """Check the settings of a file of samples.

    Args:
        path: The file, for the message.
        header: Its header.

    Raises:
        ValueError: naming the file, and the keys that are missing or have a wrong value.
    """
    try:
        SampleHeader.model_validate(header)
    except ValidationError as error:
        missing = [str(item["loc"][0]) for item in error.errors() if item["type"] == "missing"]
        wrong = f"a header without {', '.join(missing)}" if missing else f"a wrong header: {describe(error)}"
        raise ValueError(f"{path} has {wrong}; `rllib evaluate` writes none like it.") from None


def checked_header(path: str | Path) -> dict[str, Any]:
    """Read the settings of a file of samples.

    Args:
        path: What `rllib evaluate --out` wrote.

    Returns:
        The header, all of its keys.

    Raises:
        ValueError: if it is no such file, or a setting is missing or wrong.
        OSError: if it cannot be read.
    """
    header = read_header(path)
    check_header(path, header)
    return header
