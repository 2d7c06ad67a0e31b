"""The instruction on the language of the response, and the detector. The detector belongs in a worker.

langdetect draws at random unless a seed is set for the whole process, reads its profiles on first use, and is not safe
to use from several threads: reasons to keep it out of the caller's process.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator

from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.instruction_following.instructions.instruction import Instruction, Kwargs
from prorl_rllib.envs.settings import did_you_mean

MAX_CHARS = 2000
"""How much of a response the detector reads: half of it from the start, half from the end."""
LANGUAGES = {
    "af": "Afrikaans", "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "gu": "Gujarati", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "kn": "Kannada", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam",
    "mr": "Marathi", "ne": "Nepali", "nl": "Dutch", "no": "Norwegian", "pa": "Punjabi", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "so": "Somali",
    "sq": "Albanian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh-cn": "Simplified Chinese", "zh-tw": "Traditional Chinese",
}  # fmt: skip
"""The codes that langdetect knows, with their names."""


def _known_language(code: str) -> str:
    """Reject a code that the detector never returns."""
    if code not in LANGUAGES:
        hint = did_you_mean(code, LANGUAGES)
        raise ValueError(f"unknown language{hint}; languages: {', '.join(LANGUAGES)}")
    return code


class ResponseLanguageKwargs(Kwargs):
    """Kwargs of `language:response_language`."""

    language: Annotated[str, AfterValidator(_known_language)]


@lru_cache(1)
def language_detector() -> Callable[[str], str]:
    """Load the detector, seeded: it returns a code of `LANGUAGES`, or "" for a text in which it finds nothing.

    Raises:
        TaskError: when langdetect is not installed.
    """
    try:
        from langdetect import DetectorFactory, LangDetectException, detect, detector_factory
    except ImportError:
        raise TaskError("instructions on the language of a response need langdetect: pip install langdetect") from None
    DetectorFactory.seed = 0
    detector_factory.init_factory()

    def detect_or_nothing(text: str) -> str:
        try:
            return str(detect(text))
        except LangDetectException:
            return ""

    return detect_or_nothing


def detect_language(text: str) -> str:
    """Return the code of a text's language, "" when nothing in it tells."""
    half = MAX_CHARS // 2
    return language_detector()(text if len(text) <= MAX_CHARS else f"{text[:half]} {text[-half:]}")


def is_in_language(response: str, kwargs: ResponseLanguageKwargs) -> bool:
    """Tell whether the response is in the language.

    A response without letters is in none; IFEval lets it pass, which would reward a model for writing "...".
    """
    return detect_language(response) == kwargs.language


def quick_language(response: str, kwargs: ResponseLanguageKwargs) -> bool | None:
    """Return False for a response without letters, None when the language has to be looked at."""
    return None if any(char.isalpha() for char in response) else False


def describe_language(kwargs: ResponseLanguageKwargs) -> tuple[str, ...]:
    """Return wordings of `language:response_language`."""
    name = LANGUAGES[kwargs.language]
    return (
        f"Your ENTIRE response should be in {name} language, no other language is allowed.",
        f"Answer in {name} only.",
        f"Write the whole response in {name}.",
    )


INSTRUCTIONS = {
    "language:response_language": Instruction(ResponseLanguageKwargs, is_in_language, describe_language, quick_language)
}
