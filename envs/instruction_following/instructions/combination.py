"""Instructions that ask for two responses, or for the request before the response."""

from typing import Annotated

from pydantic import AfterValidator, Field

from prorl_rllib.envs.instruction_following.instructions.instruction import (
    Instruction,
    Kwargs,
    NoKwargs,
    not_blank,
)

SEPARATOR = "******"
MAX_PROMPT_CHARS = 50_000


class RepeatPromptKwargs(Kwargs):
    """Kwargs of `combination:repeat_prompt`."""

    prompt_to_repeat: Annotated[str, Field(max_length=MAX_PROMPT_CHARS), AfterValidator(not_blank)]


def has_two_responses(response: str, kwargs: NoKwargs) -> bool:
    """Tell whether six asterisks separate two different texts; only before and after them may be blank parts."""
    parts = [part.strip() for part in response.split(SEPARATOR)]
    given = [part for part in parts if part]
    return all(parts[1:-1]) and len(given) == 2 and given[0] != given[1]


def repeats_prompt(response: str, kwargs: RepeatPromptKwargs) -> bool:
    """Tell whether the response starts with the prompt, in any case."""
    return response.strip().lower().startswith(kwargs.prompt_to_repeat.strip().lower())


def describe_two_responses(kwargs: NoKwargs) -> tuple[str, ...]:
    """Return wordings of `combination:two_responses`."""
    return (
        f"Give two different responses. Responses and only responses should be separated by 6 asterisk symbols: "
        f"{SEPARATOR}.",
        f"Write two different versions, with {SEPARATOR} between them and nowhere else.",
        f"Provide exactly two responses that differ, separated by six asterisks: {SEPARATOR}",
    )


def describe_repeat_prompt(kwargs: RepeatPromptKwargs) -> tuple[str, ...]:
    """Return wordings of `combination:repeat_prompt`."""
    prompt = kwargs.prompt_to_repeat
    return (
        f'First repeat the request "{prompt}" word for word without change, then give your answer. Do not say any '
        f"words or characters before repeating the request.",
        f'Before you answer, copy this sentence exactly as the very first thing you write: "{prompt}" Leave out its '
        f"quotation marks.",
        f'Start with the request itself, "{prompt}", repeated without change and without quotation marks. Then answer.',
    )


INSTRUCTIONS = {
    "combination:two_responses": Instruction(NoKwargs, has_two_responses, describe_two_responses),
    "combination:repeat_prompt": Instruction(RepeatPromptKwargs, repeats_prompt, describe_repeat_prompt),
}
