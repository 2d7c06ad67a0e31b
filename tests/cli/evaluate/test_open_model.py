"""Evaluations of one model, one after another: what is kept between them changes no sample."""

from pathlib import Path

import pytest

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.evaluate import language_model
from prorl_rllib.cli.evaluate.language_model import evaluate_language_model
from prorl_rllib.cli.evaluate.open_model import OpenModel
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.env_runners import runner_engine


@pytest.fixture
def started(monkeypatch):
    """Engines that were started since."""
    engines, build = [], runner_engine.build_engine

    def counted(*args, **kwargs):
        engines.append(build(*args, **kwargs))
        return engines[-1]

    monkeypatch.setattr(runner_engine, "build_engine", counted)
    return engines


def options(out, extra_terms, **further):
    env_config = {"datasets": {"sum_chain": {"max_terms": 2 + extra_terms}}, "answer_instruction": ""}
    return EvaluateOptions(
        env="prorl_rllib:prorl/Math-v0",
        env_config=env_config,
        ks=(2,),
        episodes=3,
        out=out,
        engine="transformers",
        **{"max_completion_length": 6, "temperature": 1.0, **further},
    )


def test_one_engine_serves_several_evaluations_and_samples_as_new_ones_would(tiny_model_path, tmp_path, started):
    with OpenModel(Path(tiny_model_path)) as model:
        for extra_terms in (1, 2):
            evaluate_language_model(model, options(tmp_path / f"kept-{extra_terms}.jsonl", extra_terms))
        assert len(started) == 1
    for extra_terms in (1, 2):
        with OpenModel(Path(tiny_model_path)) as model:
            evaluate_language_model(model, options(tmp_path / f"new-{extra_terms}.jsonl", extra_terms))
        kept, new = ((tmp_path / f"{which}-{extra_terms}.jsonl").read_bytes() for which in ("kept", "new"))
        assert kept == new
    assert len(started) == 3


def test_an_engine_with_other_settings_is_not_kept(tiny_model_path, tmp_path, started):
    with OpenModel(Path(tiny_model_path)) as model:
        for number, size in enumerate((4, 8, 8)):
            evaluate_language_model(
                model, options(tmp_path / f"{number}.jsonl", 1, engine_config={"max_num_seqs": size})
            )
    assert len(started) == 2


def test_an_engine_is_not_kept_after_a_failure(tiny_model_path, tmp_path, started, monkeypatch):
    def full(*_):
        raise OSError("no space left on the device")

    with OpenModel(Path(tiny_model_path)) as model:
        with monkeypatch.context() as patch, pytest.raises(CommandError, match="no space left"):
            patch.setattr(language_model, "write_samples", full)
            evaluate_language_model(model, options(tmp_path / "first.jsonl", 1))
        evaluate_language_model(model, options(tmp_path / "second.jsonl", 1))
    assert len(started) == 2
