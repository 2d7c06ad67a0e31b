import collections

import pytest
import torch

from prorl_rllib.engines.chat_tokenizer import ChatTokenizer
from prorl_rllib.engines.model_loading import load_causal_lm
from prorl_rllib.engines.named_weights import named_weights
from prorl_rllib.engines.transformers_engine import TransformersEngine
from prorl_rllib.rl_modules import export
from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule
from prorl_rllib.rl_modules.export import export_hugging_face


@pytest.fixture
def module(tiny_model_path):
    module = CausalLMModule(model_config={"model": tiny_model_path})
    with torch.no_grad():
        for weight in module.lm.parameters():
            weight.add_(0.01)
    return module


def test_an_export_reads_back_as_the_policy(module, tiny_model_path, tmp_path):
    folder = export_hugging_face(module, tiny_model_path, tmp_path / "deep" / "policy")
    assert folder == tmp_path / "deep" / "policy"
    for name, weight in named_weights(load_causal_lm(str(folder))).items():
        assert torch.equal(weight, named_weights(module.lm)[name])
    assert ChatTokenizer(str(folder)).stop_token_ids == (2,)
    assert TransformersEngine(str(folder)).vocab_size == 300
    assert [path.name for path in folder.parent.iterdir()] == ["policy"]


def test_a_bfloat16_policy_is_exported_as_it_is(tiny_model_path, tmp_path):
    module = CausalLMModule(model_config={"model": tiny_model_path, "dtype": "bfloat16"})
    folder = export_hugging_face(module, tiny_model_path, tmp_path / "policy")
    assert load_causal_lm(str(folder), "bfloat16").dtype == torch.bfloat16


def test_an_existing_folder_is_refused_unless_told(module, tiny_model_path, tmp_path):
    folder = tmp_path / "policy"
    folder.mkdir()
    (folder / "mine").write_text("keep")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        export_hugging_face(module, tiny_model_path, folder)
    assert (folder / "mine").read_text() == "keep"
    export_hugging_face(module, tiny_model_path, folder, overwrite=True)
    assert not (folder / "mine").exists() and (folder / "model.safetensors").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["policy"]


def test_too_little_room_is_an_error_before_anything_is_written(module, tiny_model_path, tmp_path, monkeypatch):
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(export.shutil, "disk_usage", lambda path: usage(10, 9, 1))
    with pytest.raises(OSError, match="MiB free"):
        export_hugging_face(module, tiny_model_path, tmp_path / "policy")
    assert list(tmp_path.iterdir()) == []


def test_what_reads_back_differently_is_not_exported(module, tiny_model_path, tmp_path, monkeypatch):
    def damaged(*args):
        lm = load_causal_lm(*args)
        with torch.no_grad():
            lm.model.norm.weight[3] += 1e-3
        return lm

    monkeypatch.setattr(export, "load_causal_lm", damaged)
    with pytest.raises(RuntimeError, match=r"model\.norm\.weight.*reads back differently"):
        export_hugging_face(module, tiny_model_path, tmp_path / "policy")
    assert list(tmp_path.iterdir()) == []
