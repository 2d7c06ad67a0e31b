"""A text as a few bytes, for counts of texts that are too many to keep."""

from hashlib import blake2b

# Enough that two texts of an evaluation never share one.
_BYTES = 16


def text_digest(text: str) -> bytes:
    """Return a short digest of a text, half characters included; equal texts have equal ones.

    Args:
        text: any text.
    """
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
