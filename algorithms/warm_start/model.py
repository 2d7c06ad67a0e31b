"""The model that a warm start begins with: random weights, a fresh tokenizer, saved as a Hugging Face folder."""

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase, Qwen2Config

from prorl_rllib.algorithms.warm_start.config import WarmStartConfig
from prorl_rllib.algorithms.warm_start.tokenizer import build_tokenizer, shared_fragments
from prorl_rllib.engines.model_loading import quiet_transformers, random_causal_lm


def create_initial_model(config: WarmStartConfig, texts: Sequence[str], folder: Path) -> Path:
    """Train the tokenizer, draw the weights from the config's seed, and save both.

    Args:
        config: Architecture, vocabulary settings and seed.
        texts: What the tokenizer is trained on.
        folder: Where to save; made if need be.

    Returns:
        The folder.
    """
    fragments = shared_fragments(texts, min_share=config.min_fragment_share, max_fragments=config.max_fragments)
    tokenizer = build_tokenizer(fragments, model_max_length=config.max_position_embeddings)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = random_causal_lm(qwen2_config(config, tokenizer))
    with quiet_transformers():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder


def qwen2_config(config: WarmStartConfig, tokenizer: PreTrainedTokenizerBase) -> Qwen2Config:
    """Return the model's Hugging Face config, input and output embeddings tied.

    Args:
        config: The architecture.
        tokenizer: Gives the size of the vocabulary and the special tokens.
    """
    return Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=config.hidden_size,
        num_hidden_layers=config.num_layers,
        num_attention_heads=config.num_heads,
        num_key_value_heads=config.num_heads,
        intermediate_size=config.intermediate_size,
        max_position_embeddings=config.max_position_embeddings,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
