"""maj@n: whether the answer that most of n samples give is right."""

from collections import Counter
from collections.abc import Hashable, Sequence


def maj_at_n(answers: Sequence[Hashable | None], correct: Sequence[bool]) -> float:
    """Let the samples of one task vote, and say how right the answer is that wins (self-consistency, arXiv 2203.11171).

    Answers are one if they are equal as they stand: `1/2` and `0.5` are two. A sample of which no answer was extracted
    (None) has no vote. Where several answers have the most votes, one of them is drawn: what counts is their mean, so
    that the order of the samples decides nothing. An answer is as right as the samples that give it are on average,
    which is 0 or 1 wherever the verifier judges the answer alone.

    Args:
        answers: The extracted answer of each sample.
        correct: Whether the sample is right, in the same order.

    Returns:
        The chance in [0, 1] that the vote is right; 0 where nobody votes.

    Raises:
        ValueError: if the two are not equally long.
    """
    if len(answers) != len(correct):
        raise ValueError(f"each sample needs an answer and a verdict, got {len(answers)} and {len(correct)}.")
    votes = Votes()
    for answer, is_right in zip(answers, correct, strict=True):
        votes.add(answer, is_right)
    return votes.right_share()


class Votes:
    """The votes of one task's samples, counted as they come; as `maj_at_n` in all else."""

    def __init__(self) -> None:
        self._votes: Counter[Hashable] = Counter()
        self._right: Counter[Hashable] = Counter()

    def __bool__(self) -> bool:
        """Whether anybody voted."""
        return bool(self._votes)

    def add(self, answer: Hashable | None, correct: bool) -> None:
        """Count a sample.

        Args:
            answer: The extracted answer, or a digest of it; None has no vote.
            correct: Whether the sample is right.
        """
        if answer is not None:
            self._votes[answer] += 1
            self._right[answer] += correct

    def right_share(self) -> float:
        """Return how right the answers with the most votes are, in [0, 1]; 0 where nobody votes."""
        most = max(self._votes.values(), default=0)
        winners = [answer for answer, count in self._votes.items() if count == most]
        return sum(self._right[answer] / most for answer in winners) / len(winners) if winners else 0.0
