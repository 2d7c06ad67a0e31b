"""Rows sampled side by side: prompts prefilled once each, then one token a row and step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from transformers import PreTrainedModel

from prorl_rllib.engines.kv_cache import buffered_cache
from prorl_rllib.engines.requests import Completion, GenerationRequest
from prorl_rllib.engines.sampling import row_uniforms, sample_from_uniforms, sampling_logprobs

COMPACT_AT = 8
"""Finished rows leave the batch as soon as they are at least one in this many."""


@dataclass(frozen=True)
class Row:
    """One completion to sample: the request and the completion's index in it."""

    request: GenerationRequest
    index: int


def cut_into_batches(requests: Sequence[GenerationRequest], max_num_seqs: int) -> list[list[Row]]:
    """Cut requests, in submission order, into batches of at most `max_num_seqs` rows.

    Args:
        requests: the requests.
        max_num_seqs: most rows of a batch. A request is split over batches only when its `n` is larger.

    Returns:
        The batches; together they hold every row once, in order.
    """
    batches: list[list[Row]] = []
    for request in requests:
        if not batches or len(batches[-1]) + request.n > max_num_seqs:
            batches.append([])
        for index in range(request.n):
            if len(batches[-1]) == max_num_seqs:
                batches.append([])
            batches[-1].append(Row(request, index))
    return batches


class SamplingBatch:
    """The state of rows that are sampled together.

    Everything here follows from the rows and the weights alone: which rows leave when, in which order completions
    appear, and every random number.
    """

    def __init__(self, lm: PreTrainedModel, rows: Sequence[Row], weights_version: int) -> None:
        """Prefill the rows' prompts.

        Args:
            lm: the model.
            rows: the rows to sample.
            weights_version: stamped on the completions.
        """
        self._lm, self._rows, self._weights_version = lm, rows, weights_version
        self._step = 0
        self._settings = RowSettings.of(rows)
        longest = int(self._settings.limits.max())
        self._tokens = torch.zeros(longest, len(rows), dtype=torch.int64)
        self._logprobs = torch.zeros(longest, len(rows), dtype=torch.float32)
        self._row_ids = torch.arange(len(rows))
        self._active = torch.ones(len(rows), dtype=torch.bool)
        self._cache = buffered_cache(lm.config.get_text_config().num_hidden_layers)
        self._prefill()

    @property
    def num_rows(self) -> int:
        """Rows still in the batch, finished ones that have not left yet included."""
        return len(self._row_ids)

    @property
    def done(self) -> bool:
        """Whether all rows are finished."""
        return not bool(self._active.any())

    def step(self) -> list[Completion]:
        """Sample one token a row.

        Returns:
            The completions of the rows that finished with it, in row order.

        Raises:
            RuntimeError: if the model gave logits that are not numbers.
        """
        finished = self._sample_step()
        self._step += 1
        completions = self._completions(finished) if finished is not None else []
        if not self.done:
            self._compact()
            self._decode_step()
        return completions

    def _prefill(self) -> None:
        """Run each distinct prompt once, then give every row a copy of its prompt's cache."""
        numbers: dict[str, int] = {}
        for row in self._rows:
            numbers.setdefault(row.request.request_id, len(numbers))
        prompts = list({row.request.request_id: row.request.prompt_token_ids for row in self._rows}.values())
        lengths = torch.tensor([len(prompt) for prompt in prompts])
        width = int(lengths.max())
        padded = np.zeros((len(prompts), width), dtype=np.int64)
        for number, prompt in enumerate(prompts):
            padded[number, width - len(prompt) :] = prompt
        padding = width - lengths
        positions = (torch.arange(width) - padding[:, None]).clamp(min=0)
        mask = _prefill_mask(padding, width, self._lm.dtype) if bool(padding.any()) else None
        logits = self._forward(torch.from_numpy(padded), mask, positions)
        of_row = torch.tensor([numbers[row.request.request_id] for row in self._rows])
        self._cache.batch_select_indices(of_row)
        self._logits = logits[of_row]
        self._next_position = lengths[of_row]
        self._padding = padding[of_row] if mask is not None else None
        self._decode_mask = self._make_decode_mask(width)

    def _make_decode_mask(self, width: int) -> torch.Tensor | None:
        """The additive mask (rows, 1, 1, positions) that hides the left padding, for all steps to come."""
        if self._padding is None:
            return None
        hidden = torch.arange(width + len(self._tokens)) < self._padding[:, None]
        return _additive(hidden, self._lm.dtype)[:, None, None, :]

    def _forward(self, tokens: torch.Tensor, mask: torch.Tensor | None, positions: torch.Tensor) -> torch.Tensor:
        """Logits (rows, vocabulary) at the last position; the cache grows by `tokens`."""
        output = self._lm(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1]

    def _sample_step(self) -> torch.Tensor | None:
        """Draw one token a row; returns which active rows finished with it, None if none did."""
        settings = self._settings
        logprobs = sampling_logprobs(self._logits, settings.temperature, settings.top_p)
        self._check_numbers(logprobs)
        drawn = sample_from_uniforms(logprobs, settings.uniforms[self._step])
        if settings.greedy is not None:
            drawn = torch.where(settings.greedy, self._logits.argmax(-1), drawn)
        chosen = logprobs.gather(1, drawn[:, None]).squeeze(1)
        self._tokens[self._step, self._row_ids] = drawn
        self._logprobs[self._step, self._row_ids] = chosen
        self._stopped = (drawn[:, None] == settings.stop_token_ids).any(1)
        self._drawn = drawn
        finished = (self._stopped | (settings.limits == self._step + 1)) & self._active
        return finished if bool(finished.any()) else None

    def _check_numbers(self, logprobs: torch.Tensor) -> None:
        """Raise a RuntimeError if the model broke; a NaN anywhere in a row's logits shows in every log-probability."""
        broken = torch.isnan(logprobs[:, 0])
        if bool(broken.any()):
            rows = self._row_ids[broken].tolist()
            names = [self._rows[row].request.request_id for row in rows[:5]]
            raise RuntimeError(
                f"the model with weights version {self._weights_version} gave logits that are not numbers for "
                f"{len(rows)} of {self.num_rows} rows (requests {names}, token {self._step}): its weights are broken "
                "or overflow the key `dtype`; look at the update that produced them (learning rate, gradient norm)"
            )

    def _completions(self, finished: torch.Tensor) -> list[Completion]:
        """The completions of finished rows, which stop being active."""
        self._active &= ~finished
        stopped = self._stopped.tolist()
        completions = []
        for place in finished.nonzero().squeeze(1).tolist():
            row = self._rows[int(self._row_ids[place])]
            number = int(self._row_ids[place])
            completions.append(
                Completion(
                    request_id=row.request.request_id,
                    index=row.index,
                    token_ids=tuple(self._tokens[: self._step, number].tolist()),
                    logprobs=self._logprobs[: self._step, number].numpy().copy(),
                    finish_reason="stop" if stopped[place] else "length",
                    weights_version=self._weights_version,
                )
            )
        return completions

    def _compact(self) -> None:
        """Let finished rows leave once they are numerous enough to be worth the copy."""
        num_active = int(self._active.sum())
        if (self.num_rows - num_active) * COMPACT_AT < self.num_rows or num_active == self.num_rows:
            return
        kept = self._active.nonzero().squeeze(1)
        self._cache.batch_select_indices(kept)
        self._settings = self._settings.select(kept)
        self._row_ids, self._active, self._drawn = self._row_ids[kept], self._active[kept], self._drawn[kept]
        self._next_position = self._next_position[kept]
        if self._decode_mask is not None:
            self._decode_mask = self._decode_mask[kept]

    def _decode_step(self) -> None:
        """Feed the drawn tokens; sets the logits of the next ones."""
        mask = self._decode_mask
        if mask is not None:
            mask = mask[..., : self._cache.get_seq_length() + 1]
        self._logits = self._forward(self._drawn[:, None], mask, self._next_position[:, None])
        self._next_position = self._next_position + 1


class RowSettings(NamedTuple):
    """How each row is sampled, as tensors over rows."""

    temperature: torch.Tensor  # (rows, 1)
    top_p: torch.Tensor | float  # (rows, 1), or 1.0 when no row cuts its distribution
    greedy: torch.Tensor | None  # (rows,) bool, or None when no row is greedy
    stop_token_ids: torch.Tensor  # (rows, most stop tokens), filled up with -1
    limits: torch.Tensor  # (rows,) most new tokens
    uniforms: torch.Tensor  # (most new tokens, rows) float64

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "RowSettings":
        """Read the settings of rows.

        Args:
            rows: the rows.

        Returns:
            Their settings.
        """
        requests = [row.request for row in rows]
        temperature = torch.tensor([request.temperature for request in requests], dtype=torch.float32)
        # A greedy row reports the whole distribution, see `sampling_logprobs`.
        top_p = torch.tensor([request.top_p if request.temperature > 0 else 1.0 for request in requests])
        stops = np.full((len(rows), max(1, *(len(request.stop_token_ids) for request in requests))), -1)
        limits = torch.tensor([request.max_new_tokens for request in requests])
        uniforms = np.zeros((int(limits.max()), len(rows)))
        for number, row in enumerate(rows):
            stops[number, : len(row.request.stop_token_ids)] = row.request.stop_token_ids
            count = row.request.max_new_tokens
            uniforms[:count, number] = row_uniforms(row.request.seed, row.index, count)
        greedy = temperature == 0
        return cls(
            temperature=temperature[:, None],
            top_p=top_p[:, None] if bool((top_p < 1).any()) else 1.0,
            greedy=greedy if bool(greedy.any()) else None,
            stop_token_ids=torch.from_numpy(stops),
            limits=limits,
            uniforms=torch.from_numpy(uniforms),
        )

    def select(self, kept: torch.Tensor) -> "RowSettings":
        """The settings of some of the rows.

        Args:
            kept: (rows kept,) int64 places.

        Returns:
            Their settings.
        """
        return RowSettings(
            temperature=self.temperature[kept],
            top_p=self.top_p[kept] if isinstance(self.top_p, torch.Tensor) else self.top_p,
            greedy=self.greedy[kept] if self.greedy is not None else None,
            stop_token_ids=self.stop_token_ids[kept],
            limits=self.limits[kept],
            uniforms=self.uniforms[:, kept],
        )


def _prefill_mask(padding: torch.Tensor, width: int, dtype: torch.dtype) -> torch.Tensor:
    """The additive mask (prompts, 1, width, width) of left-padded prompts: causal, and blind to padding."""
    positions = torch.arange(width)
    future = positions[None, :] > positions[:, None]
    hidden = positions[None, :] < padding[:, None]
    return _additive(future[None] | hidden[:, None, :], dtype)[:, None]


def _additive(hidden: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """0 where a position is seen and the dtype's least number where it is hidden (minus infinity would make NaN)."""
    return torch.zeros(hidden.shape, dtype=dtype).masked_fill_(hidden, torch.finfo(dtype).min)
