"""Answers that are a sentence with its words unscrambled (letter_jumble)."""

from typing import Any


def score_jumbled_words(answer: str, entry: dict[str, Any]) -> float:
    """Score a sentence: 1 when all words are right, else the share of the scrambled words that are.

    Upstream rewards a sentence that stops half way, and the words that were not scrambled at all.
    """
    words, expected = answer.lower().split(), str(entry["answer"]).lower().split()
    if words == expected:
        return 1.0
    shown = [word.lower() for word in entry["metadata"]["scrambled_words"]]
    if not len(words) == len(expected) == len(shown):
        return 0.0
    triples = list(zip(words, expected, shown, strict=True))
    if any(sorted(word) != sorted(scrambled) for word, _, scrambled in triples):
        return 0.0
    changed = [word == right for word, right, scrambled in triples if right != scrambled]
    return sum(changed) / len(changed) if changed and not all(changed) else 0.0
