"""A key-value cache that writes into buffers with room to spare instead of concatenating at every token."""

import torch
from transformers.cache_utils import Cache, DynamicLayer

ROOM = 64
"""Positions a buffer has beyond what it is first asked to hold; afterwards it doubles."""


class BufferedLayer(DynamicLayer):
    """One layer's keys and values, each (rows, heads, positions, head size), as views into larger buffers.

    The buffers are (rows, positions, heads, head size): decoding is bound by reading them, and on CPU a row's
    positions are read faster in this order (8 % more tokens a second at 256 rows of a small model).
    """

    keys: torch.Tensor
    values: torch.Tensor
    is_initialized: bool

    def __init__(self) -> None:
        super().__init__()
        self._key_buffer = torch.empty(0)
        self._value_buffer = torch.empty(0)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: object, **kwargs: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append positions.

        Args:
            key_states: (rows, heads, new positions, head size).
            value_states: as `key_states`.
            *args: ignored, as in the base class.
            **kwargs: ignored, as in the base class.

        Returns:
            Views of all keys and all values so far.
        """
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        if not self.is_initialized:
            self.dtype, self.device = key_states.dtype, key_states.device
            self.is_initialized = True
            self._key_buffer, self._value_buffer = _buffer(key_states, end + ROOM), _buffer(value_states, end + ROOM)
        elif end > self._key_buffer.shape[1]:
            self._key_buffer, self._value_buffer = _grown(self.keys, 2 * end), _grown(self.values, 2 * end)
        self._key_buffer[:, start:end] = key_states.transpose(1, 2)
        self._value_buffer[:, start:end] = value_states.transpose(1, 2)
        self._set_views(end)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Keep the rows at `indices`; a row may be taken more than once.

        Args:
            indices: (rows,) int64.
        """
        length = self.get_seq_length()
        self._key_buffer = _selected(self._key_buffer, indices, length)
        self._value_buffer = _selected(self._value_buffer, indices, length)
        self._set_views(length)

    def _set_views(self, length: int) -> None:
        """Let `keys` and `values` show the first positions of the buffers."""
        self.keys = self._key_buffer[:, :length].transpose(1, 2)
        self.values = self._value_buffer[:, :length].transpose(1, 2)


def buffered_cache(num_layers: int) -> Cache:
    """An empty cache for a model whose layers all use full attention.

    Args:
        num_layers: the model's number of layers.

    Returns:
        The cache, to be passed as `past_key_values`.
    """
    return Cache(layers=[BufferedLayer() for _ in range(num_layers)])


def _buffer(states: torch.Tensor, capacity: int) -> torch.Tensor:
    """An empty buffer for the rows of `states` with room for `capacity` positions."""
    rows, heads, _, size = states.shape
    return torch.empty(rows, capacity, heads, size, dtype=states.dtype, device=states.device)


def _grown(states: torch.Tensor, capacity: int) -> torch.Tensor:
    """A larger buffer that begins with `states`."""
    buffer = _buffer(states, capacity)
    buffer[:, : states.shape[-2]] = states.transpose(1, 2)
    return buffer


def _selected(buffer: torch.Tensor, indices: torch.Tensor, length: int) -> torch.Tensor:
    """A buffer of the same capacity that holds the rows at `indices`, `length` positions of each."""
    chosen = torch.empty(len(indices), *buffer.shape[1:], dtype=buffer.dtype, device=buffer.device)
    torch.index_select(buffer[:, :length], 0, indices, out=chosen[:, :length])
    return chosen
