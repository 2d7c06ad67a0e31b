"""A few known tokens whose log-probabilities tell whether an engine computes with the weights it was handed."""

from dataclasses import dataclass

import numpy as np

from prorl_rllib.engines.errors import CanaryError
from prorl_rllib.engines.text_engine import TextEngine


@dataclass(frozen=True, eq=False)
class Canary:
    """Tokens, and what the trained model itself says about them.

    Attributes:
        token_ids: the tokens.
        logprobs: (len - 1,) float32: the log-probability, at temperature 1, of each token but the first.
    """

    token_ids: tuple[int, ...]
    logprobs: np.ndarray

    def __post_init__(self) -> None:
        """Check that the two belong together.

        Raises:
            ValueError: if there are not two tokens, or not one log-probability for each token but the first.
        """
        if len(self.token_ids) < 2 or np.shape(self.logprobs) != (len(self.token_ids) - 1,):
            raise ValueError(
                f"a canary of {len(self.token_ids)} tokens with log-probabilities of shape {np.shape(self.logprobs)}; "
                "there must be at least 2 tokens and one log-probability for each but the first"
            )


def make_canary_token_ids(vocab_size: int, length: int = 16, seed: int = 0) -> tuple[int, ...]:
    """Draw tokens for a canary.

    Args:
        vocab_size: the model's number of token ids.
        length: how many tokens, at least 2.
        seed: of the draw.

    Returns:
        Token ids, evenly spread over the vocabulary.

    Raises:
        ValueError: if `vocab_size` is below 1 or `length` below 2.
    """
    if vocab_size < 1 or length < 2:
        raise ValueError(f"vocab_size={vocab_size}, length={length}; they must be at least 1 and at least 2")
    drawn = np.random.Generator(np.random.PCG64(seed)).integers(vocab_size, size=length)
    return tuple(int(token_id) for token_id in drawn)


def check_canary(engine: TextEngine, canary: Canary, tolerance: float) -> float:
    """Compare an engine with what the trained model says.

    Args:
        engine: the engine, with the weights that made the canary.
        canary: tokens and expected log-probabilities.
        tolerance: largest difference allowed, in nats.

    Returns:
        The largest difference, in nats.

    Raises:
        CanaryError: if the difference is larger than `tolerance`, or not a number.
        ValueError: if `tolerance` is not positive, or the engine cannot read the tokens.
    """
    if not tolerance > 0:
        raise ValueError(f"canary_tolerance={tolerance}; canary_tolerance must be above 0 (nats)")
    # An engine may read fewer tokens than the model; the log-probabilities of the first ones are the same.
    token_ids = canary.token_ids[: engine.max_model_len - 1]
    found = engine.token_logprobs(token_ids)
    difference = float(np.max(np.abs(found.astype(np.float64) - canary.logprobs[: len(found)])))
    # The form of the comparison lets a difference that is not a number fail.
    if not difference <= tolerance:
        raise CanaryError(
            f"the engine does not compute with the weights it was handed as version {engine.weights_version}: of "
            f"{len(found)} known tokens one's log-probability differs by {difference:.3g} nats, more than "
            f"canary_tolerance={tolerance}. Where the model's dtype is coarser than the learner's, raise "
            "canary_tolerance; otherwise the engine's weights are wrong: set engine='transformers'"
        )
    return difference
