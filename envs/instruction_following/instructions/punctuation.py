"""The instruction on punctuation."""

from prorl_rllib.envs.instruction_following.instructions.instruction import Instruction, NoKwargs


def has_no_comma(response: str, kwargs: NoKwargs) -> bool:
    """Tell whether there is no comma."""
    return "," not in response


def describe_no_comma(kwargs: NoKwargs) -> tuple[str, ...]:
    """Return wordings of `punctuation:no_comma`."""
    return (
        "In your entire response, refrain from the use of any commas.",
        "Do not use any commas.",
        "There must be no comma in your response.",
    )


INSTRUCTIONS = {"punctuation:no_comma": Instruction(NoKwargs, has_no_comma, describe_no_comma)}
