"""Command lines that are refused before anything is loaded."""

import pytest

from prorl_rllib.cli.evaluate.options import parse_ks


@pytest.fixture
def model_folder(tmp_path):
    """A folder that looks like a Hugging Face model."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (folder / name).write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--k", "8,1"], "has 1 after 8: put them in ascending order"),
        (["--k", "1,8,8"], "holds 8 twice"),
        (["--k", "0"], "'0': it must be positive integers"),
        (["--k", "1,"], "'': it must be positive integers"),
        (["--k", "-4"], "'-4': it must be positive integers"),
        (["--k", "1.5"], "'1.5': it must be positive integers"),
        (["--k", "all"], "'all': it must be positive integers"),
        (["--k", "1" * 5000], "it must be positive integers of at most 9 digits"),
        (["--k", "1,...,6"], "doubling from 1 does not lead to 6"),
        (["--k", "...,6"], "needs a number on either side"),
        (["--k", "1,..."], "needs a number on either side"),
        (["--k", "2,1,...,4"], "has 1 after 2"),
        (["--temperature", "-0.1"], "--temperature -0.1 is out of range"),
        (["--temperature", "nan"], "--temperature nan is out of range"),
        (["--temperature", "0", "--k", "1,8"], "pass@8 would be pass@1"),
        (["--top-p", "0"], "--top-p 0.0 is out of range: it must be in (0, 1]"),
        (["--top-p", "1.5"], "--top-p 1.5 is out of range"),
        (["--env-config", "{difficulty: 3}"], "--env-config is not valid JSON"),
        (["--env-config", "3"], "--env-config must be a JSON object"),
        (["--env-config", "[" * 100_000], "--env-config is not valid JSON"),
        (["--env-config", '{"a": [NaN]}'], "--env-config: a = [nan] cannot be written down"),
        (["--env-config", '{"a": 1e999}'], "--env-config: a = inf cannot be written down"),
        (["--engine-config", "[]"], "--engine-config must be a JSON object"),
        (["--overwrite"], "--overwrite is about the file of --out, which is not given"),
        (["--resume"], "--resume is about the file of --out, which is not given"),
        (["--resume", "--overwrite", "--out", "new.jsonl"], "either replaced (--overwrite) or gone on with (--resume)"),
        (["--episodes", "0"], "--episodes"),
        (["--max-completion-length", "0"], "--max-completion-length"),
        (["--seed", "-1"], "--seed"),
    ],
)
def test_a_wrong_option_is_refused_with_its_name_and_what_is_allowed(rllib, model_folder, options, said):
    result = rllib("evaluate", model_folder, "--env", "prorl/Math-v0", *options)
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("text", "ks"),
    [
        ("1,2,4,...,16", (1, 2, 4, 8, 16)),
        ("1, ..., 4", (1, 2, 4)),
        ("3,...,12,20", (3, 6, 12, 20)),
        ("1,2,...,2", (1, 2)),
        ("1,8", (1, 8)),
        ("007", (7,)),
        (None, None),
    ],
)
def test_dots_double(text, ks):
    assert parse_ks(text) == ks


def test_samples_are_not_written_over_a_file_nor_into_nowhere(rllib, model_folder, tmp_path):
    there = tmp_path / "there.jsonl"
    there.write_text("precious")
    for out, said in (
        (there, "exists: choose another name, or add --overwrite"),
        (tmp_path, "is a folder"),
        (tmp_path / "none" / "samples.jsonl", "there is no folder"),
        (there / "samples.jsonl", "there is no folder"),
    ):
        result = rllib("evaluate", model_folder, "--env", "prorl/Math-v0", "--out", out)
        assert result.exit_code == 2, result.output
        assert said in result.output
    assert there.read_text() == "precious"


@pytest.mark.parametrize(("missing", "said"), [("model.safetensors", "no weights"), ("tokenizer.json", "no tokenizer")])
def test_a_model_folder_must_be_whole(rllib, model_folder, missing, said):
    (model_folder / missing).unlink()
    result = rllib("evaluate", model_folder, "--env", "prorl/Math-v0")
    assert result.exit_code == 2
    assert said in result.output


def test_a_folder_of_neither_kind_is_refused_with_what_is_in_it(rllib, tmp_path):
    missing = rllib("evaluate", tmp_path / "none")
    assert missing.exit_code == 2
    assert str(tmp_path / "none") in missing.output
    for number in (3, 12):
        checkpoint = tmp_path / f"trial/checkpoint_{number:06d}"
        checkpoint.mkdir(parents=True)
        (checkpoint / "rllib_checkpoint.json").write_text("{}")
    above = rllib("evaluate", tmp_path)
    assert above.exit_code == 2
    assert "no rllib_checkpoint.json" in above.output
    assert "no config.json" in above.output
    assert f"The newest checkpoint in it is {tmp_path / 'trial/checkpoint_000012'}" in above.output


def test_a_file_is_neither_kind(rllib, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_text("")
    result = rllib("evaluate", path)
    assert result.exit_code == 2
    assert "is not a checkpoint" in result.output


def test_the_help_names_both_kinds_and_shows_an_example(rllib):
    result = rllib("evaluate", "--help")
    assert result.exit_code == 0
    for text in ("HF_FOLDER", "--k 1,8", "--overwrite", "--resume", "prorl/Math-v0"):
        assert text in result.output
