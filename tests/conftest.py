import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import contextlib

import pytest

with contextlib.suppress(ModuleNotFoundError):  # The environments of `make test-interop` do without it.
    from hypothesis import settings

    # How long an example takes is no promise: the machine may be busy.
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable():
    """Write halves of characters out, which hostile examples have and no report can be sent with between processes."""
    return encodable((yield))


def encodable(value):
    """Return plain data whose texts UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {encodable(key): encodable(each) for key, each in value.items()}
    return type(value)(map(encodable, value)) if type(value) in (list, tuple) else value


CHATML_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_tokenizer(chat_template=CHATML_TEMPLATE, eos_token="<|im_end|>"):
    """A byte-level tokenizer without merges: 256 bytes and three special tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate([*special, *alphabet])}
    core = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    core.add_special_tokens(special)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token=eos_token, pad_token="<|endoftext|>")
    tokenizer.chat_template = chat_template
    return tokenizer


def tiny_qwen2_config(**overrides):
    """A Qwen2 architecture of some ten thousand parameters."""
    from transformers import Qwen2Config

    values = {
        "vocab_size": 300,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    return Qwen2Config(**{**values, **overrides})


def save_tiny_model(folder, *, seed=0, scale=8.0, **overrides):
    """Save a random tiny Qwen2 and its tokenizer; `scale` widens the embeddings so that the logits are not flat."""
    import torch
    from transformers import Qwen2ForCausalLM

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Qwen2ForCausalLM(tiny_qwen2_config(**overrides)).eval()
        with torch.no_grad():
            model.get_input_embeddings().weight.mul_(scale)
            for name, parameter in model.named_parameters():
                if name.endswith("bias"):
                    parameter.normal_(std=0.1)
    model.save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session", name="make_tokenizer")
def make_tokenizer_fixture():
    """The function `make_tokenizer(chat_template=..., eos_token=...)`."""
    return make_tokenizer


@pytest.fixture(scope="session", name="save_tiny_model")
def save_tiny_model_fixture():
    """The function `save_tiny_model(folder, seed=..., scale=..., **config)`, which returns the folder as text."""
    return save_tiny_model


@pytest.fixture(scope="session")
def tiny_model_path(tmp_path_factory):
    """The folder of a random Qwen2 (hidden 32, 2 layers, vocabulary 300, tied embeddings, 256 positions)."""
    return save_tiny_model(tmp_path_factory.mktemp("tiny_model"))


@pytest.fixture(scope="session")
def ray_cluster():
    """One Ray for all tests of a process that need one; the value is its number of CPUs."""
    from prorl_rllib.cli.quiet import prepare_environment

    prepare_environment()
    import ray

    ray.init(num_cpus=4, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    yield int(ray.cluster_resources()["CPU"])
    ray.shutdown()
