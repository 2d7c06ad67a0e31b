"""The text within a pickle, read without unpickling it: `pickle.loads` runs whatever code a data file holds."""

import base64
import binascii
import zlib

from prorl_rllib.envs.datasets.rows import RowRejected

MAX_BYTES = 2**29
"""Cap on the unpacked data: a few kilobytes can unpack to terabytes."""
TEXT = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"})
HARMLESS = frozenset({"PROTO", "FRAME", "MEMOIZE", "BINPUT", "LONG_BINPUT", "PUT", "STOP"})
"""All that a pickle of one text is made of, beside the text."""


def unpack_text(packed: str) -> str:
    """Return the text that was pickled, compressed with zlib and written in base64.

    Raises:
        RowRejected: when it is packed otherwise, is larger than `MAX_BYTES`, or holds anything but one text.
    """
    try:
        compressed = base64.b64decode(packed, validate=True)
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(compressed, MAX_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise RowRejected("packed data are damaged", f"{error}"[:200]) from None
    if not unpacker.eof:
        raise RowRejected("packed data are damaged", f"cut short, or more than {MAX_BYTES} bytes")
    return text_of_pickle(data)


def text_of_pickle(data: bytes) -> str:
    """Return the text that a pickle holds; its instructions are listed, never run.

    Raises:
        RowRejected: when it has an instruction that a pickle of one text does not need.
    """
    import pickletools

    texts: list[str] = []
    try:
        for instruction, argument, _ in pickletools.genops(data):
            if instruction.name in TEXT:
                texts.append(str(argument))
            elif instruction.name not in HARMLESS:
                raise RowRejected("a pickle holds more than one text", f"instruction {instruction.name}")
    except RowRejected:
        raise
    except (ValueError, IndexError) as error:
        raise RowRejected("packed data are damaged", f"{error}"[:200]) from None
    if len(texts) != 1:
        raise RowRejected("a pickle holds more than one text", f"{len(texts)} texts")
    return texts[0]
