"""Numbers and foreign texts as a report shows them."""

import math
import unicodedata

from prorl_rllib.evaluation.boundary.report import Interval

NONE = "n/a"
"""Stands where there is no figure."""
MAX_LENGTH = 120
"""Characters of a foreign text that are shown, unless said otherwise."""

# Control characters, formats (which can turn the direction of writing), halves of surrogate pairs, private characters,
# and separators of lines and paragraphs: drawn as themselves they are invisible or change what stands around them.
HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def visible(text: str, max_length: int = MAX_LENGTH) -> str:
    r"""Return a foreign text so that all of it can be seen: hidden characters as `\xNN` or `\uNNNN`, in one line.

    It is not escaped for any format.

    Args:
        text: Any text, such as a task's id.
        max_length: Most characters that are shown.

    Returns:
        The text; of a longer one the beginning and how many characters were left out.
    """
    shown = "".join(_visible_character(character) for character in text[:max_length])
    left_out = len(text) - max_length
    return f"{shown}… ({left_out:,} more characters)" if left_out > 0 else shown


def _visible_character(character: str) -> str:
    """Return a character, or its code if it is hidden."""
    if unicodedata.category(character) not in HIDDEN_CATEGORIES:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def share(value: float | None) -> str:
    """Write a share in [0, 1] with three decimals; one that would be rounded to 0 or 1 without being it as `<0.001`.

    Args:
        value: The share; None or NaN where there is none.
    """
    if value is None or math.isnan(value):
        return NONE
    if 0.0 < value < 0.0005:
        return "<0.001"
    return ">0.999" if 0.9995 <= value < 1.0 else f"{value:.3f}"


def share_interval(estimate: Interval | None) -> str:
    """Write a share with its interval, as `0.812 [0.790, 0.834]`.

    Args:
        estimate: The share; None where there is none.
    """
    if estimate is None:
        return NONE
    return f"{share(estimate.mean)} [{share(estimate.low)}, {share(estimate.high)}]"


def interval(estimate: Interval | None, form: str = ".3f") -> str:
    """Write an estimate with its interval.

    Args:
        estimate: The estimate; None where there is none.
        form: How each number is written, such as `+.3f`.
    """
    if estimate is None:
        return NONE
    return f"{number(estimate.mean, form)} [{number(estimate.low, form)}, {number(estimate.high, form)}]"


def number(value: float | None, form: str = ".3f") -> str:
    """Write a number; a zero has no sign.

    Args:
        value: The number; None or NaN where there is none.
        form: How it is written.
    """
    if value is None or math.isnan(value):
        return NONE
    written = format(value, form)
    return written.lstrip("+-") if float(written.replace(",", "")) == 0.0 else written


def p_value(value: float | None) -> str:
    """Write a p-value with three decimals; a smaller one as `<0.001`.

    Args:
        value: The p-value; None where there is none.
    """
    return "<0.001" if value is not None and value < 0.001 else number(value)


def yes_or_no(value: bool | None) -> str:
    """Write a truth value; `not known` for None.

    Args:
        value: The value.
    """
    return "not known" if value is None else "yes" if value else "no"
