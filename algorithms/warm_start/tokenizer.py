r"""A byte-level tokenizer trained on the environments' own prompts and, if asked, on worked solutions.

Every byte is a token, and so are the fragments that the prompts share ("Compute ", "Spell this word backward (example:
sun -> nus): "): prompts become short, while what varies between tasks, words and numbers, stays spelled out, one letter
or digit a token.
The fragments are added tokens of a `Qwen2Tokenizer`, because transformers gives that class, with its own
pre-tokenizer, to every model of the Qwen2 architecture whatever the saved tokenizer says.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tokenizers import AddedToken
from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerBase, Qwen2Tokenizer

TURN_START, TURN_END, PAD = "<|im_start|>", "<|im_end|>", "<|pad|>"
ANSWER_MARKUP = ("<answer>", "</answer>", "\\boxed{", " + ", " - ", " * ", " -> ")
"""What worked solutions use; always in the vocabulary."""
TURN_MARKUP = ("user\n", "assistant\n")
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""ChatML, append-only: what a conversation was rendered as stays a prefix of its continuation."""

Pair = tuple[str, str]
"""Two neighbouring units of a text."""

_UNITS = re.compile(r"[A-Za-z]+|\d|\s|[^\w\s]|\w")


def shared_fragments(texts: Sequence[str], *, min_share: float, max_fragments: int) -> list[str]:
    """Find the longest pieces that many texts have in common.

    Words, digits, blanks and punctuation marks are merged pairwise, the most frequent pair first, as byte-pair
    encoding merges characters; digits are never merged.

    Args:
        texts: Prompts, and worked solutions where these have fragments of their own.
        min_share: Share of the texts that a pair, and in the end a fragment, occurs in at least, in (0, 1].
        max_fragments: Fragments at most.

    Returns:
        The fragments, the most frequent first; ASCII, at least 2 characters each.
    """
    threshold = min_share * len(texts)
    counts = Counter(texts)
    fragments: Counter[str] = Counter()
    for text, units in _merged_units(counts, threshold).items():
        fragments.update(dict.fromkeys(units, counts[text]))
    ranked = sorted(fragments, key=lambda text: (-fragments[text], text))
    return [text for text in ranked if fragments[text] >= threshold and len(text) > 1 and text.isascii()][
        :max_fragments
    ]


def _merged_units(counts: Mapping[str, int], threshold: float) -> dict[str, list[str]]:
    """Merge pairs until none is frequent; only texts that hold the pair are looked at again.

    Args:
        counts: Text -> how often it occurs.
        threshold: Number of texts that a pair must occur in to be merged, above 0.

    Returns:
        Text -> its units.
    """
    units = {text: _UNITS.findall(text) for text in counts}
    pairs_of = {text: _mergeable_pairs(sequence) for text, sequence in units.items()}
    pairs: Counter[Pair] = Counter()
    for text, found in pairs_of.items():
        pairs.update(dict.fromkeys(found, counts[text]))
    while True:
        most = max(pairs.values(), default=0)
        if most < threshold:
            return units
        best = min(pair for pair, count in pairs.items() if count == most)
        for text in [text for text, found in pairs_of.items() if best in found]:
            pairs.subtract(dict.fromkeys(pairs_of[text], counts[text]))
            units[text] = _merge(units[text], best)
            pairs_of[text] = _mergeable_pairs(units[text])
            pairs.update(dict.fromkeys(pairs_of[text], counts[text]))


def _mergeable_pairs(sequence: Sequence[str]) -> set[Pair]:
    """The neighbours in a text that may become one unit."""
    plain = [unit.isascii() and not unit.isdigit() for unit in sequence]
    return {
        (left, right)
        for left, right, first, second in zip(sequence, sequence[1:], plain, plain[1:], strict=False)
        if first and second
    }


def _merge(sequence: list[str], pair: Pair) -> list[str]:
    """Replace a pair by its concatenation, from left to right."""
    merged: list[str] = []
    for unit in sequence:
        if merged and (merged[-1], unit) == pair:
            merged[-1] += unit
        else:
            merged.append(unit)
    return merged


def build_tokenizer(fragments: Iterable[str], *, model_max_length: int) -> PreTrainedTokenizerBase:
    """Build the tokenizer: 256 bytes, the fragments, the markup of answers and turns, and three special tokens.

    Args:
        fragments: ASCII texts that become one token each.
        model_max_length: The model's context, in tokens.

    Returns:
        A tokenizer with a chat template. It decodes what it encoded to the same text, up to Unicode normalisation form
        C, which Qwen2's tokenizers apply.
    """
    alphabet = {byte: index for index, byte in enumerate(sorted(ByteLevel.alphabet()))}
    tokenizer = Qwen2Tokenizer(
        vocab=alphabet,
        merges=[],
        unk_token=None,
        eos_token=TURN_END,
        pad_token=PAD,
        model_max_length=model_max_length,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.add_special_tokens({"additional_special_tokens": [TURN_START]})
    texts = dict.fromkeys([*fragments, *ANSWER_MARKUP, *TURN_MARKUP])
    tokenizer.add_tokens([_whole(text) for text in texts])
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def _whole(text: str) -> AddedToken:
    """A token that never splits a word: a word or phrase must stand between word boundaries."""
    return AddedToken(text, normalized=False, special=False, single_word=text[0].isalpha() and text[-1].isalpha())
