"""Instructions on how the response starts and ends."""

from prorl_rllib.envs.instruction_following.instructions.instruction import Instruction, Kwargs, NoKwargs, Phrase


class EndCheckerKwargs(Kwargs):
    """Kwargs of `startend:end_checker`."""

    end_phrase: Phrase


def has_end_phrase(response: str, kwargs: EndCheckerKwargs) -> bool:
    """Tell whether the response ends with the phrase, in any case; double quotes around the response do not count."""
    return response.strip().strip('"').lower().endswith(kwargs.end_phrase.strip().lower())


def is_quotation(response: str, kwargs: NoKwargs) -> bool:
    """Tell whether double quotation marks stand first and last."""
    text = response.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def describe_end_phrase(kwargs: EndCheckerKwargs) -> tuple[str, ...]:
    """Return wordings of `startend:end_checker`."""
    phrase = kwargs.end_phrase
    return (
        f'Finish your response with this exact phrase: "{phrase}" No other words should follow this phrase.',
        f'The very last words of your response must be "{phrase}"',
        f'End with the phrase "{phrase}" and write nothing after it.',
    )


def describe_quotation(kwargs: NoKwargs) -> tuple[str, ...]:
    """Return wordings of `startend:quotation`."""
    return (
        "Wrap your entire response with double quotation marks.",
        "Put your whole response inside double quotation marks.",
        'The first and the last character of your response must be a double quotation mark (").',
    )


INSTRUCTIONS = {
    "startend:end_checker": Instruction(EndCheckerKwargs, has_end_phrase, describe_end_phrase),
    "startend:quotation": Instruction(NoKwargs, is_quotation, describe_quotation),
}
