"""`rllib evaluate --resume`: an evaluation that was cut off goes on as if it had not been."""

import json
from pathlib import Path

import pytest

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.evaluate.resume import find_beginning
from prorl_rllib.evaluation.bootstrap import share_interval
from prorl_rllib.evaluation.sample_file import SampleFile

ENVIRONMENT = """
import gymnasium as gym
from ray.tune import register_env
from prorl_rllib.envs import TextSpace, Verdict


class Letters(gym.Env):
    observation_space = action_space = TextSpace()
    steps = 0
    change = ""

    def __init__(self, config):
        self.breaks_after = config.get("breaks_after")

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        number = self.np_random.integers(8)
        # Every eighth prompt does not fit the model's context.
        return "Write " + ("!" * 400 if number == 0 else str(number)) + Letters.change, {}

    def step(self, action):
        Letters.steps += 1
        if Letters.steps == self.breaks_after:
            raise RuntimeError("the simulator is gone")
        reward = float(bool(action) and ord(action[0]) % 2 == 0)
        return "", reward, True, False, {"verdict": Verdict(reward=reward, status="scored", answer=action[:1])}


register_env("resumed_letters", Letters)
from ray.rllib.algorithms.ppo import PPOConfig
config = PPOConfig()
"""
# Two prompts a batch, three answers each.
OPTIONS = ("--env", "resumed_letters", "--k", "1,3", "--episodes", "11", "--max-completion-length", "8")
ENGINE = ("--engine-config", '{"max_num_seqs": 7}')


@pytest.fixture
def letters(tmp_path):
    """The file that registers the environment, and the environment's class."""
    file = tmp_path / "letters.py"
    file.write_text(ENVIRONMENT)
    return file


@pytest.fixture
def evaluate(rllib, tiny_model_path, letters):
    """Evaluate the tiny model; the values are exit code and output."""
    return lambda *options: rllib("evaluate", tiny_model_path, "--file", letters, *OPTIONS, *ENGINE, *options)


@pytest.fixture
def whole(evaluate, tmp_path):
    """The file of an evaluation that was not interrupted, and what it printed."""
    path = tmp_path / "whole.jsonl"
    result = evaluate("--out", path)
    assert result.exit_code == 0, result.output
    return path, result.output


def tables(output):
    """What was printed from the table on."""
    return output[output.index("DOMAIN") : output.index("Samples: ")]


def test_an_evaluation_that_goes_on_equals_one_that_was_not_interrupted(evaluate, whole, tmp_path):
    path, printed = whole
    lines = path.read_bytes().splitlines(keepends=True)
    prompts = {json.loads(line)["prompt_index"] for line in lines[1:]}
    assert 0 < len(prompts) < 11
    cut = tmp_path / "cut.jsonl"
    for kept in (b"".join(lines[:9]) + lines[9][:50], b"".join(lines[:-1]), lines[0], b""):
        cut.write_bytes(kept)
        result = evaluate("--out", cut, "--resume")
        assert result.exit_code == 0, result.output
        assert cut.read_bytes() == path.read_bytes()
        assert tables(result.output) == tables(printed)
        assert f"\n{11 - len(prompts)} prompts are in no figure" in result.output


def test_a_finished_evaluation_has_nothing_left_to_do(evaluate, whole):
    path, printed = whole
    before = path.read_bytes()
    result = evaluate("--out", path, "--resume")
    assert result.exit_code == 0, result.output
    assert f"Nothing left to do: {path} holds all 11 prompts." in result.output
    assert tables(result.output) == tables(printed)
    assert path.read_bytes() == before
    # Of the same samples other k may be shown.
    other = evaluate("--out", path, "--resume", "--k", "2,3")
    assert "PASS@2" in other.output and "MEAN@3" in other.output
    assert path.read_bytes() == before


def test_every_setting_that_changed_is_named(evaluate, whole):
    path, _ = whole
    before = path.read_bytes()
    result = evaluate(
        *("--out", path, "--resume", "--temperature", "1", "--seed", "5", "--k", "1,4"),
        *("--env-config", '{"breaks_after": 3}', "--episodes", "12"),
    )
    assert result.exit_code == 2
    assert "settings have changed since it was begun" in result.output
    for line in ("temperature: 0.6 -> 1.0", "-> 5", "samples_per_prompt: 3 -> 4", "num_prompts: 11 -> 12"):
        assert line in result.output
    assert "env_config.breaks_after: (absent) -> 3" in result.output
    assert "top_p" not in result.output.split("since it was begun")[1]
    assert path.read_bytes() == before


def test_changed_versions_are_said_and_changed_tasks_refused(evaluate, whole, letters):
    path, _ = whole
    header, *samples = path.read_text().splitlines(keepends=True)
    old = json.loads(header)
    old["versions"]["torch"] = "1.0"
    path.write_text(json.dumps(old) + "\n" + "".join(samples[:-1]))
    result = evaluate("--out", path, "--resume")
    assert result.exit_code == 0, result.output
    assert 'torch: "1.0" -> ' in result.output
    assert path.read_text().splitlines()[1:] == "".join(samples).splitlines()
    letters.write_text(ENVIRONMENT.replace('change = ""', 'change = "?"'))
    result = evaluate("--out", path, "--resume")
    assert result.exit_code == 2
    assert "prompt 0 of the environment is another one" in result.output


@pytest.mark.parametrize("versions", [None, [1], "x", {"torch": 1}])
def test_versions_that_are_none_are_refused_with_the_name_of_the_file(tmp_path, versions):
    path = tmp_path / "a.jsonl"
    header = {"model": "m", "kind": "checkpoint", "training_iteration": 1, "weights_sha256": "ab", "env": "e"}
    header |= {"env_config": {}, "num_prompts": 3, "samples_per_prompt": 2, "temperature": 1.0, "top_p": 1.0}
    header |= {"max_completion_length": 8, "seed": 1, "prompts_per_batch": 2}
    SampleFile(path, {**header, "versions": versions}).close()
    with pytest.raises(CommandError, match=r"--resume cannot go on with .*a\.jsonl has a wrong header: versions"):
        find_beginning(path, {**header, "versions": {"torch": "2"}}, [], None)


@pytest.mark.parametrize("how", ["--resume", "--overwrite"])
def test_a_file_that_another_evaluation_writes_is_not_touched(evaluate, tmp_path, how):
    path = tmp_path / "busy.jsonl"
    with SampleFile(path, {"seed": 1}):
        before = path.read_bytes()
        result = evaluate("--out", path, how)
        assert result.exit_code == 2, result.output
        assert f"--out {path}: another evaluation writes this file" in result.output
        # Before a model is loaded, which may take minutes.
        assert "Environment" not in result.output
        assert path.read_bytes() == before


def test_another_tokenizer_is_another_setting(rllib, whole, letters, tiny_model_path):
    template = Path(tiny_model_path) / "chat_template.jinja"
    before = template.read_text()
    try:
        template.write_text(before + "{# another #}")
        result = rllib("evaluate", tiny_model_path, "--file", letters, *OPTIONS, *ENGINE, "--out", whole[0], "--resume")
    finally:
        template.write_text(before)
    assert result.exit_code == 2
    assert "tokenizer_sha256: " in result.output
    assert "config_sha256: " not in result.output.replace("tokenizer_sha256", "")


def test_a_disk_that_fills_on_the_way_is_one_message_and_can_be_gone_on_from(evaluate, whole, tmp_path):
    import resource

    path, _ = whole
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    out = tmp_path / "full.jsonl"
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size * 2 // 3, hard))
        result = evaluate("--out", out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert result.exit_code == 1, result.output
    assert f"--out {out} could not be written after" in result.output
    assert "Traceback" not in result.output
    assert evaluate("--out", out, "--resume").exit_code == 0
    assert out.read_bytes() == path.read_bytes()


def test_what_is_no_file_of_samples_is_not_touched(evaluate, tmp_path):
    other = tmp_path / "other.jsonl"
    other.write_text("precious\n")
    result = evaluate("--out", other, "--resume")
    assert result.exit_code == 2
    assert "line 1 is no JSON" in result.output
    assert other.read_text() == "precious\n"


def test_tasks_that_all_have_one_value_have_the_interval_of_a_share_of_none(evaluate, letters):
    letters.write_text(ENVIRONMENT.replace("float(bool(action)", "0 * float(bool(action)"))
    result = evaluate()
    assert result.exit_code == 0, result.output
    first = result.output.split("95 % intervals over tasks:\n")[1].splitlines()[1].split()
    # Nothing is right: that is no certainty that nothing ever is.
    total = int(result.output.split("DOMAIN")[1].splitlines()[1].split()[1])
    assert first == ["all", *[f"0.000-{share_interval(0, total).high:.3f}"] * 3]
