import json
from types import SimpleNamespace

import pytest

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.training.after_training import MODULE, finish_trial


@pytest.fixture
def trial(tmp_path, prorl_rows):
    """A ProRL trial that ended: its folder with result.json, and a checkpoint still empty."""
    checkpoint = tmp_path / "checkpoint_000000"
    checkpoint.mkdir()
    (tmp_path / "result.json").write_text("".join(json.dumps(row) + "\n" for row in prorl_rows))
    place = SimpleNamespace(path=str(checkpoint))
    return SimpleNamespace(path=str(tmp_path), checkpoint=place, metrics=prorl_rows[-1], error=None)


@pytest.fixture
def saved_module(trial, tiny_model_path):
    """The policy of the trial's checkpoint, other than the model it started from."""
    import torch

    from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule

    module = CausalLMModule(model_config={"model": tiny_model_path})
    module.make_target_networks()
    with torch.no_grad():
        for parameter in module.lm.parameters():
            parameter.add_(0.01)
    module.save_to_path(f"{trial.checkpoint.path}/{MODULE}")
    return module


def test_the_trained_model_is_exported_and_not_the_one_it_started_from(trial, saved_module, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    finish_trial(trial, 0.0)
    exported = AutoModelForCausalLM.from_pretrained(tmp_path / "hugging_face")
    for name, weight in saved_module.lm.named_parameters():
        assert torch.equal(weight, exported.get_parameter(name)), name
    assert AutoTokenizer.from_pretrained(tmp_path / "hugging_face").chat_template


def test_the_summary_says_where_everything_is(trial, saved_module, tmp_path, capsys):
    assert finish_trial(trial, 12.5) == trial.checkpoint.path
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["hugging_face"] == str(tmp_path / "hugging_face")
    assert summary["checkpoint"] == trial.checkpoint.path
    assert summary["seconds"]["warm_start"] == 12.5
    printed = capsys.readouterr().out
    for name in ("hugging_face", "learning_curve.png", "summary.json", "checkpoint_000000"):
        assert f"{tmp_path}/{name}" in printed
    assert "Held-out pass@1, all: 0.260 -> " in printed


def test_a_failing_export_keeps_the_figures_and_fails_the_command(trial, tmp_path):
    with pytest.raises(CommandError, match="could not be exported") as caught:
        finish_trial(trial, 0.0)
    assert caught.value.exit_code == 1
    assert json.loads((tmp_path / "summary.json").read_text())["hugging_face"] == ""
    assert (tmp_path / "learning_curve.png").is_file()
    assert not (tmp_path / "hugging_face").exists()


def test_without_a_checkpoint_there_is_none_to_evaluate(trial, capsys):
    trial.checkpoint = None
    assert finish_trial(trial, 0.0) == ""
    printed = capsys.readouterr().out
    assert "--no-checkpoint-at-end" in printed


def test_a_missing_checkpoint_of_an_interrupted_run_has_its_true_reason(trial, capsys):
    trial.checkpoint = None
    finish_trial(trial, 0.0, interrupted=True)
    printed = capsys.readouterr().out
    assert "--no-checkpoint-at-end" not in printed
    assert "--checkpoint-freq" in printed


def test_the_batch_sizes_are_multiplied_out():
    from prorl_rllib.cli.training.train import batch_arithmetic

    sizes = SimpleNamespace(prompts_per_step=256, prompts_per_optimizer_step=64, group_size=16)
    expected = "Each iteration: 256 prompts x 16 = 4096 completions -> 4 optimizer steps of 64 prompts"
    assert batch_arithmetic(sizes) == expected
    assert batch_arithmetic(SimpleNamespace(lr=1.0)) == ""
