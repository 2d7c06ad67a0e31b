import json

import pytest

from prorl_rllib.engines.chat_tokenizer import ChatTokenizer

USER = [{"role": "user", "content": "Reverse: añb"}]
NUMBERED_TEMPLATE = (
    "{{ messages|length }} messages\n{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
THINKING_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
)
STRICT_TEMPLATE = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
DOUBLE_BOS_TEMPLATE = (
    "<|endoftext|><|endoftext|>{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module")
def tokenizer(tiny_model_path):
    return ChatTokenizer(tiny_model_path)


@pytest.fixture
def saved(tmp_path, make_tokenizer):
    """Save a changed tokenizer; returns its folder."""

    def save(bos_token=None, **changes):
        hf = make_tokenizer(**changes)
        if bos_token:
            hf.bos_token = bos_token
        hf.save_pretrained(tmp_path)
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "qwen2"}))
        return str(tmp_path)

    return save


def test_the_prompt_is_the_rendered_template(tokenizer):
    text = "<|im_start|>user\nReverse: añb<|im_end|>\n<|im_start|>assistant\n"
    assert tokenizer.hf.decode(tokenizer.encode_chat(USER)) == text


def test_decode_gives_back_the_text_without_special_tokens(tokenizer):
    ids = tokenizer.hf.encode("bña  x .", add_special_tokens=False)
    assert tokenizer.decode([*ids, tokenizer.hf.eos_token_id]) == "bña  x ."


def test_appending_tokens_equals_rendering_the_whole_conversation(tokenizer):
    prompt = tokenizer.encode_chat(USER)
    sampled = [*tokenizer.hf.encode("bña", add_special_tokens=False), tokenizer.hf.eos_token_id]
    appended = [*prompt, *sampled, *tokenizer.encode_observation("Again: xy")]
    conversation = [*USER, {"role": "assistant", "content": "bña"}, {"role": "user", "content": "Again: xy"}]
    assert appended == tokenizer.encode_chat(conversation)


def test_ids_of_padding_stops_and_vocabulary(tokenizer):
    assert (tokenizer.pad_token_id, tokenizer.stop_token_ids, tokenizer.vocab_size) == (0, (2,), 259)


def test_stops_of_the_generation_config_count_too(saved, tmp_path):
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": [0, 2]}))
    assert ChatTokenizer(saved()).stop_token_ids == (0, 2)


def test_a_generation_prompt_may_open_thinking(saved):
    tokenizer = ChatTokenizer(saved(chat_template=THINKING_TEMPLATE))
    assert tokenizer.hf.decode(tokenizer.encode_chat(USER)).endswith("assistant\n<think>\n")


def test_no_end_of_sequence_token_is_refused(saved):
    with pytest.raises(ValueError, match=r"no end-of-sequence token.*`model`"):
        ChatTokenizer(saved(eos_token=None))


def test_no_chat_template_is_refused_with_what_to_do(saved):
    with pytest.raises(ValueError, match=r"no chat template.*chat_template\.jinja"):
        ChatTokenizer(saved(chat_template=None))


def test_a_template_that_rewrites_the_beginning_is_refused(saved):
    with pytest.raises(ValueError, match=r"not append-only.*changes the prompt's text"):
        ChatTokenizer(saved(chat_template=NUMBERED_TEMPLATE))


def test_two_beginnings_of_sequence_are_refused(saved):
    with pytest.raises(ValueError, match="more than one beginning-of-sequence"):
        ChatTokenizer(saved(chat_template=DOUBLE_BOS_TEMPLATE, bos_token="<|endoftext|>"))


def test_messages_that_the_template_refuses_are_named(saved):
    tokenizer = ChatTokenizer(saved(chat_template=STRICT_TEMPLATE))
    with pytest.raises(ValueError, match=r"refuses messages of roles \['system'\].*no system role"):
        tokenizer.encode_chat([{"role": "system", "content": "x"}])


def test_a_missing_folder_is_named():
    with pytest.raises(FileNotFoundError, match=r"\./nowhere.*key `model`"):
        ChatTokenizer("./nowhere")


def test_a_folder_without_a_tokenizer_is_named(tmp_path):
    with pytest.raises(OSError, match="could not load the tokenizer of model="):
        ChatTokenizer(str(tmp_path))
