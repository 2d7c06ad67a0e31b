import pytest
import torch
from transformers.utils import logging

from prorl_rllib.engines.model_loading import load_causal_lm, random_causal_lm, resolve_model, torch_dtype
from prorl_rllib.engines.named_weights import copy_weights, named_weights, tied_names


def test_a_loaded_model_and_a_refilled_one_agree_to_the_last_bit(tiny_model_path):
    loaded = load_causal_lm(tiny_model_path)
    refilled = random_causal_lm(loaded.config)
    copy_weights(refilled, named_weights(loaded).items())
    tokens = torch.randint(3, 300, (5, 40), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(loaded(input_ids=tokens).logits, refilled(input_ids=tokens).logits)


def test_loading_keeps_ties_and_eval_mode(tiny_model_path):
    lm = load_causal_lm(tiny_model_path, "bfloat16")
    assert lm.dtype == torch.bfloat16
    assert tied_names(lm) == {"lm_head.weight": "model.embed_tokens.weight"}
    assert not any(part.training for part in lm.modules())


def test_loading_restores_the_verbosity_and_prints_nothing(tiny_model_path, capfd):
    before = logging.get_verbosity()
    load_causal_lm(tiny_model_path)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
    assert logging.get_verbosity() == before


def test_ids_and_folders_are_told_apart(tmp_path, tiny_model_path):
    assert resolve_model(tiny_model_path) == (tiny_model_path, True)
    assert resolve_model("Qwen/Qwen2.5-0.5B") == ("Qwen/Qwen2.5-0.5B", False)
    for path in ("./x", "../x", "~/x", "/x", "a/b/c", str(tmp_path / "x"), ""):
        with pytest.raises(FileNotFoundError, match="key `model`"):
            resolve_model(path)


def test_an_unknown_dtype_is_named():
    assert torch_dtype("bfloat16") == torch.bfloat16 == torch_dtype(torch.bfloat16)
    with pytest.raises(ValueError, match="dtype='int4' is unknown"):
        torch_dtype("int4")
