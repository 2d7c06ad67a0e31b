"""The space of texts."""

import string
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.error import CustomSpaceError
from gymnasium.vector.utils import create_shared_memory

SAMPLE_LENGTH = 64
"""Longest text that `TextSpace.sample` draws, in characters."""


class TextSpace(spaces.Text):
    r"""Any `str`, of any alphabet, whose length lies within bounds.

    `gymnasium.spaces.Text` checks every character against a charset; a charset of all of unicode weighs 50 MB. Here
    only the length is checked; samples are short and printable.

    Example:
        >>> space = TextSpace(max_length=100)
        >>> "½ of a line\n" in space
        True
    """

    def __init__(self, max_length: int = 1_000_000, *, min_length: int = 0, seed: int | None = None) -> None:
        """Make the space.

        Args:
            max_length: longest text, in characters.
            min_length: shortest text, in characters.
            seed: seed of `sample`.
        """
        super().__init__(max_length, min_length=min_length, charset=string.printable, seed=seed)

    def contains(self, x: Any) -> bool:
        """Tell whether `x` is a `str` within the bounds of length."""
        return isinstance(x, str) and self.min_length <= len(x) <= self.max_length

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """Draw a short printable text.

        Args:
            mask: as in `gymnasium.spaces.Text.sample`.
            probability: as in `gymnasium.spaces.Text.sample`.

        Returns:
            A text of at most `SAMPLE_LENGTH` characters (or `min_length`, if that is more).
        """
        if mask is not None or probability is not None:
            return super().sample(mask=mask, probability=probability)
        longest = max(self.min_length, min(self.max_length, SAMPLE_LENGTH))
        length = int(self.np_random.integers(self.min_length, longest + 1))
        return "".join(np.asarray(self.character_list)[self.np_random.integers(0, len(self.character_list), length)])

    def __repr__(self) -> str:
        return f"TextSpace(max_length={self.max_length}, min_length={self.min_length})"


@create_shared_memory.register(TextSpace)
def _refuse_shared_memory(space: TextSpace, n: int = 1, ctx: Any = None) -> Any:
    """Refuse what Gymnasium's asynchronous vector environment does by default: it would return texts of zeros.

    Raises:
        CustomSpaceError: always, which Gymnasium turns into an error that names `shared_memory=False`.
    """
    raise CustomSpaceError("texts have no fixed size: make the vector environment with shared_memory=False")
