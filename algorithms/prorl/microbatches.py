"""Cut the sequences of an optimizer step into micro-batches by a token budget."""

from collections.abc import Sequence


def token_budget_microbatches(lengths: Sequence[int], max_tokens: int) -> list[list[int]]:
    """Group sequences of like length so that no micro-batch exceeds the budget, padding included.

    Args:
        lengths: Tokens of each sequence (prompt and completion).
        max_tokens: Budget of a micro-batch: rows times the longest row. A single longer sequence gets its own.

    Returns:
        Indices of the sequences of each micro-batch; every index occurs once. The cut depends on the lengths alone.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    microbatches: list[list[int]] = []
    for index in order:
        # Sorted from long to short, a micro-batch is as wide as its first row.
        if microbatches and lengths[microbatches[-1][0]] * (len(microbatches[-1]) + 1) <= max_tokens:
            microbatches[-1].append(index)
        else:
            microbatches.append([index])
    return microbatches
