import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_rllib.algorithms.warm_start.solutions import worked_solution
from prorl_rllib.algorithms.warm_start.tokenizer import build_tokenizer, shared_fragments
from prorl_rllib.algorithms.warm_start.training_data import vocabulary_texts
from prorl_rllib.engines.chat_tokenizer import ChatTokenizer
from prorl_rllib.envs import CodeEnv

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


def test_a_tokenizer_trained_on_solutions_writes_programs_in_fewer_tokens(small_config, tmp_path):
    env = CodeEnv(datasets={"list_pipeline": {"forms": ["fn"]}})
    program = worked_solution(env.task(0), random.Random(0), 0.0)
    lengths = []
    for of_solutions in (False, True):
        config = small_config.copy().vocabulary(vocabulary_prompts=60, fragments_of_solutions=of_solutions)
        texts = vocabulary_texts(env, config)
        assert len(texts) == 60 * (1 + of_solutions)
        tokenizer = build_tokenizer(shared_fragments(texts, min_share=0.05, max_fragments=256), model_max_length=256)
        assert tokenizer.decode(tokenizer.encode(program)) == program
        lengths.append(len(tokenizer.encode(program)))
    assert lengths[1] < 0.7 * lengths[0]
