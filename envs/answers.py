"""What of a response counts: shared by the domains that look for a marked answer in it."""

from prorl_rllib.envs.errors import UnparseableAnswer

MAX_VISIBLE_CHARS = 100_000
"""How much of a response's end is searched for an answer."""
THINK_OPEN, THINK_CLOSE = "<think>", "</think>"


def visible_text(response: str) -> str:
    """Return the part of a response after its thinking: what follows the last `</think>`, its end if that is long.

    Raises:
        UnparseableAnswer: when thinking was opened and never closed.
    """
    closed = response.rfind(THINK_CLOSE)
    if response.rfind(THINK_OPEN) > closed:
        raise UnparseableAnswer("thinking was opened and never closed")
    visible = response if closed < 0 else response[closed + len(THINK_CLOSE) :]
    return visible[-MAX_VISIBLE_CHARS:]


def check_length(answer: str, max_chars: int) -> str:
    """Return the answer when it is neither empty nor longer than a cap.

    Args:
        answer: the extracted text.
        max_chars: the cap, in characters.

    Raises:
        UnparseableAnswer: otherwise.
    """
    if not answer:
        raise UnparseableAnswer("the answer is empty")
    if len(answer) > max_chars:
        raise UnparseableAnswer(f"the answer has {len(answer)} characters, more than {max_chars}")
    return answer
