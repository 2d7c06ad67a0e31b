"""How a model reads text: hashes of its vocabulary and of its chat template, by which models are told apart."""

import hashlib
import json
from pathlib import Path
from typing import Any

from prorl_rllib.engines.chat_tokenizer import ChatTokenizer


def text_form(model: Path) -> dict[str, str]:
    """Return hashes of what a tokenizer does, whatever its files look like: saving one again may change these.

    Args:
        model: a Hugging Face folder.

    Returns:
        "vocabulary_sha256" (tokens and their ids) and "chat_template_sha256".
    """
    tokenizer = ChatTokenizer(str(model)).hf
    return {
        "vocabulary_sha256": _sha256(sorted(tokenizer.get_vocab().items())),
        "chat_template_sha256": _sha256(tokenizer.chat_template),
    }


def _sha256(value: Any) -> str:
    """Return a hash of a plain value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
