"""`rllib boundary` on real models: sampled, interrupted, gone on with, compared."""

import json
from types import SimpleNamespace

import pytest

LETTERS = """
import os
import gymnasium as gym
from ray.tune import register_env
from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.envs import TextSpace, Verdict


class Letters(gym.Env):
    observation_space = action_space = TextSpace()

    def __init__(self, config):
        self.divisor = config.get("divisor", 2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return f"Write {self.np_random.integers(10)}", {}

    def step(self, action):
        left = int(os.environ.get("STEPS_UNTIL_INTERRUPT", 0))
        os.environ["STEPS_UNTIL_INTERRUPT"] = str(left - 1)
        if left == 1:
            raise KeyboardInterrupt
        reward = float((ord(action[0]) if action else 1) % self.divisor == 0)
        return "", reward, True, False, {"verdict": Verdict(reward=reward, status="scored", answer=action[:1])}


register_env("boundary_letters", Letters)
config = ProRLConfig().environment("boundary_letters").training(model="unused")
"""
FAMILIES = """
even: {env: boundary_letters, difficulty: 2, training: trained}
thirds: {env: boundary_letters, env_config: {divisor: 3}, difficulty: 3, training: unseen, episodes: 10}
"""


LABEL = ("--label", "base=a tiny one")


@pytest.fixture(scope="module")
def models(tmp_path_factory, save_tiny_model):
    folder = tmp_path_factory.mktemp("models")
    (folder / "letters.py").write_text(LETTERS)
    (folder / "families.yaml").write_text(FAMILIES)
    return SimpleNamespace(
        **{role: save_tiny_model(folder / role, seed=seed) for seed, role in enumerate(("base", "mid", "trained"))},
        file=folder / "letters.py",
        families=folder / "families.yaml",
    )


def command(models, out, *further):
    """A command on two families and two models."""
    return (
        *("boundary", "--base", models.base, "--trained", models.trained, "--file", models.file),
        *("--families", models.families, "--k", "1,2,...,8", "--episodes", 12, "--temperature", 1.0),
        *("--max-completion-length", 12, "--out", out, *further),
    )


@pytest.fixture(scope="module")
def finished(models, tmp_path_factory):
    """The folder of a report on three models, and what was printed."""
    from typer.testing import CliRunner

    from prorl_rllib.cli.app import app

    out = tmp_path_factory.mktemp("boundary") / "report"
    arguments = command(models, out, "--mid", models.mid, "--corpus", models.file)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return SimpleNamespace(out=out, output=result.output)


def test_report_is_that_of_the_samples_that_are_written_down(finished):
    from prorl_rllib.evaluation.boundary.report import BoundaryReport
    from prorl_rllib.evaluation.sample_file import read_samples

    report = BoundaryReport.model_validate_json((finished.out / "report.json").read_text())
    assert list(report.models) == ["base", "mid", "trained"]
    assert [(each.name, each.difficulty, each.training) for each in report.families] == [
        ("even", 2, "trained"),
        ("thirds", 3, "unseen"),
    ]
    assert report.difficulty_curves[0].families == ("even", "thirds")
    assert (report.settings.ks, report.settings.boundary_k) == ((1, 2, 4, 8), 4)
    for family in report.families:
        for role, figures in family.models.items():
            records = list(read_samples(finished.out / "samples" / f"{role}-{family.name}.jsonl"))
            assert figures.mean_at_n.mean == pytest.approx(sum(record.correct for record in records) / len(records))
    assert report.family("thirds").num_tasks == 10
    # Something was solved and something was not, else the test would say little.
    assert 0 < report.family("even").models["base"].mean_at_n.mean < 1
    assert (report.models["trained"].same_tokenizer, report.models["trained"].same_chat_template) == (True, True)


def test_report_is_written_for_people_too_and_summed_up(finished):
    assert (finished.out / "report.md").stat().st_size and (finished.out / "report.html").stat().st_size
    assert "[6/6] trained model, family thirds" in finished.output
    assert "TRAINED PASS@4" in finished.output and "GAINED" in finished.output
    assert str(finished.out / "report.html") in finished.output


def test_interrupted_and_gone_on_with_equals_one_go(finished, models, rllib, tmp_path, monkeypatch):
    # In the second family of the base: the first has 12 tasks with 8 samples each.
    monkeypatch.setenv("STEPS_UNTIL_INTERRUPT", str(12 * 8 + 40))
    interrupted = rllib(*command(models, tmp_path / "again"))
    assert interrupted.exit_code == 130
    assert "--resume goes on" in interrupted.output
    assert (tmp_path / "again" / "samples" / "base-even.jsonl").is_file()
    assert not (tmp_path / "again" / "samples" / "trained-even.jsonl").exists()
    result = rllib(*command(models, tmp_path / "again", "--resume", "--boundary-k", 8, "--no-novelty", *LABEL))
    assert result.exit_code == 0, result.output
    # The first family of the base was finished; its engine is not even started.
    assert result.output.count("Nothing left to do") == 1
    for name in ("base-even", "base-thirds", "trained-even", "trained-thirds"):
        one, other = (folder / "samples" / f"{name}.jsonl" for folder in (finished.out, tmp_path / "again"))
        assert one.read_text() == other.read_text()
    assert json.loads((tmp_path / "again" / "report.json").read_text())["settings"]["boundary_k"] == 8
    assert "a tiny one" in (tmp_path / "again" / "report.md").read_text()


def test_other_settings_are_named_and_nothing_is_changed(finished, models, rllib):
    path = finished.out / "samples" / "base-even.jsonl"
    before = path.read_bytes()
    result = rllib(*command(models, finished.out, "--resume", "--top-p", 0.5))
    assert result.exit_code == 2
    assert "top_p: 0.95 -> 0.5" in result.output
    assert path.read_bytes() == before


def test_samples_that_are_there_are_not_replaced_unasked(finished, models, rllib):
    result = rllib(*command(models, finished.out))
    assert result.exit_code == 2
    assert "--resume" in result.output and "--overwrite" in result.output


def test_what_is_overwritten_is_gone_at_once_so_that_nothing_old_is_gone_on_with(models, rllib, tmp_path, monkeypatch):
    assert rllib(*command(models, tmp_path / "report")).exit_code == 0
    monkeypatch.setenv("STEPS_UNTIL_INTERRUPT", "40")
    interrupted = rllib(*command(models, tmp_path / "report", "--overwrite", "--seed", 5))
    assert interrupted.exit_code == 130
    assert "with --resume in place of --overwrite goes on" in interrupted.output
    left = [path.name for path in (tmp_path / "report").rglob("[!.]*.[jmh]*")]
    assert left == ["base-even.jsonl"]
    assert rllib(*command(models, tmp_path / "report", "--resume", "--seed", 5)).exit_code == 0


def test_a_wrong_place_of_the_last_file_is_found_before_any_is_sampled(models, rllib, tmp_path):
    (tmp_path / "report" / "samples" / "trained-thirds.jsonl").mkdir(parents=True)
    result = rllib(*command(models, tmp_path / "report", "--resume"))
    assert result.exit_code == 2
    assert "trained-thirds.jsonl" in result.output and "[1/4]" not in result.output


def test_a_file_in_place_of_the_folder_of_samples_is_named(models, rllib, tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "samples").write_text("")
    result = rllib(*command(models, tmp_path / "report"))
    assert result.exit_code == 2
    assert "report" in result.output and isinstance(result.exception, SystemExit)
