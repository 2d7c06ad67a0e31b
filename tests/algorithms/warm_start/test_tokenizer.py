import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_rllib.algorithms.warm_start.tokenizer import build_tokenizer, shared_fragments
from prorl_rllib.engines.chat_tokenizer import ChatTokenizer

PROMPTS = [f"Spell this word backward: {word}\nAnswer." for word in ("tree", "house", "Wort", "wordy")] + [
    f"Compute {a} + 4.\nAnswer." for a in (1, 23, 45, 7)
]
FRAGMENTS = shared_fragments(PROMPTS, min_share=0.3, max_fragments=50)
TOKENIZER = build_tokenizer(FRAGMENTS, model_max_length=64)
WORDS = st.sampled_from(
    ["Spell this word", "word", "wordy", " ", "\n", "Compute ", "<answer>", "\\boxed{", "12", " + "]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(WORDS).map("".join)))
def test_text_comes_back_from_its_tokens(text):
    text = unicodedata.normalize("NFC", text)
    assert TOKENIZER.decode(TOKENIZER.encode(text, add_special_tokens=False)) == text


def test_shared_text_is_one_token_and_the_rest_is_spelled():
    assert TOKENIZER.tokenize("Spell this word backward: tree\nAnswer.") == [
        "Spell this word backward: ",
        *"tree",
        "\nAnswer.",
    ]
    assert TOKENIZER.tokenize("Compute 23") == ["Compute ", "2", "3"]


def test_a_frequent_word_does_not_swallow_part_of_another():
    tokenizer = build_tokenizer(["word"], model_max_length=64)
    assert tokenizer.tokenize("word sword") == ["word", "Ġ", *"sword"]


def test_digits_never_join_a_fragment():
    fragments = shared_fragments([f"a 7 b {i}" for i in range(10)], min_share=0.1, max_fragments=50)
    assert not any(character.isdigit() for fragment in fragments for character in fragment)


def test_fragments_are_limited_in_number():
    assert shared_fragments(PROMPTS, min_share=0.3, max_fragments=1) == FRAGMENTS[:1]


@pytest.mark.parametrize("order", [1, -1])
def test_fragments_do_not_depend_on_the_order_of_the_prompts(order):
    assert shared_fragments(PROMPTS[::order], min_share=0.3, max_fragments=50) == FRAGMENTS


def test_a_saved_tokenizer_passes_the_checks_of_training_and_encodes_the_same(tmp_path):
    from transformers import Qwen2Config

    TOKENIZER.save_pretrained(tmp_path)
    Qwen2Config(vocab_size=len(TOKENIZER)).save_pretrained(tmp_path)
    loaded = ChatTokenizer(str(tmp_path))
    assert loaded.vocab_size == len(TOKENIZER)
    for prompt in PROMPTS:
        assert loaded.hf.encode(prompt) == TOKENIZER.encode(prompt)
    assert loaded.stop_token_ids == (TOKENIZER.convert_tokens_to_ids("<|im_end|>"),)
