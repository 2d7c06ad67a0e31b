"""`rllib evaluate` on real checkpoints and models."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

LETTERS = """
import gymnasium as gym
from ray.tune import register_env
from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.envs import TextSpace, Verdict


class Letters(gym.Env):
    observation_space = action_space = TextSpace()
    steps = 0

    def __init__(self, config):
        self.failing, self.breaks_after = config.get("failing", 10**9), config.get("breaks_after", 10**9)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return f"Write {self.np_random.integers(10)}", {}

    def step(self, action):
        Letters.steps += 1
        if Letters.steps > self.breaks_after:
            raise RuntimeError("the simulator is gone")
        code = ord(action[0]) if action else 1
        if code % self.failing == 0:
            return "", 0.0, True, False, {"verdict": Verdict(reward=0.0, status="error", detail="a worker died")}
        reward = float(code % 2 == 0)
        return "", reward, True, False, {"verdict": Verdict(reward=reward, status="scored", answer=action[:1])}


register_env("evaluated_letters", Letters)
config = (
    ProRLConfig()
    .environment("evaluated_letters")
    .training(model=MODEL, lora=LORA, prompts_per_step=4, prompts_per_optimizer_step=2, group_size=4, lr=1e-3)
    .generation(max_completion_length=8, engine_config={"max_num_seqs": 8})
    .env_runners(num_env_runners=0)
    .evaluation(evaluation_interval=1, evaluation_duration=30)
    .reporting_samples(interval=None)
    .debugging(seed=0)
)
"""


def train(folder, model, lora):
    """Train one iteration; the checkpoint, its file, and pass@1 of the evaluation that followed."""
    from prorl_rllib.cli.experiment.experiment_file import load_experiment

    file = folder / "letters.py"
    file.write_text(f"MODEL, LORA = {model!r}, {lora!r}\n{LETTERS}")
    algorithm = load_experiment(str(file)).config.build_algo()
    evaluated = algorithm.train()["evaluation"]["env_runners"]
    algorithm.save_to_path(folder / "checkpoint")
    algorithm.stop()
    return SimpleNamespace(path=folder / "checkpoint", file=file, evaluated=evaluated)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tiny_model_path, ray_cluster):
    return train(tmp_path_factory.mktemp("prorl"), tiny_model_path, None)


@pytest.fixture(scope="module")
def ppo(tmp_path_factory, ray_cluster):
    """A checkpoint of PPO on CartPole."""
    from ray.rllib.algorithms.ppo import PPOConfig

    config = PPOConfig().environment("CartPole-v1").env_runners(num_env_runners=0, rollout_fragment_length=64)
    algorithm = config.training(train_batch_size_per_learner=64, minibatch_size=64, num_epochs=1).build_algo()
    path = algorithm.save_to_path(tmp_path_factory.mktemp("ppo") / "checkpoint")
    algorithm.stop()
    return Path(path)


@pytest.fixture
def evaluate(rllib, trained):
    """Evaluate the ProRL checkpoint; the value is the result."""
    return lambda *options: rllib("evaluate", trained.path, "--file", trained.file, *options)


def table(output):
    """The printed table: a dict by domain of dicts by column."""
    lines = [line.split() for line in output.splitlines()]
    start = next(number for number, words in enumerate(lines) if words and words[0] == "DOMAIN")
    rows = [words for words in lines[start + 1 :] if len(words) == len(lines[start])]
    return {row[0]: dict(zip(lines[start], row, strict=True)) for row in rows}


AS_IN_TRAINING = ("--temperature", "1.2", "--top-p", "1")


def test_a_checkpoint_gives_the_figures_that_its_training_reported(evaluate, trained):
    result = evaluate(*AS_IN_TRAINING)
    assert result.exit_code == 0, result.output
    assert 0 < trained.evaluated["pass@1"] < 1
    found = table(result.output)["all"]
    assert found["PASS@1"] == f"{trained.evaluated['pass@1']:.3f}"
    assert found["TASKS"] == str(trained.evaluated["num_tasks"])
    assert found["TOKENS"] == f"{trained.evaluated['completion_tokens_mean']:.1f}"


@pytest.mark.slow
def test_an_adapter_is_evaluated_merged_into_its_model(rllib, tmp_path, tiny_model_path, ray_cluster):
    adapted = train(tmp_path, tiny_model_path, {"rank": 4})
    result = rllib("evaluate", adapted.path, "--file", adapted.file, *AS_IN_TRAINING)
    assert result.exit_code == 0, result.output
    assert table(result.output)["all"]["PASS@1"] == f"{adapted.evaluated['pass@1']:.3f}"


def test_equal_calls_write_equal_samples_and_another_seed_others(evaluate, tmp_path):
    calls = {"one": (), "two": (), "other": ("--seed", "5")}
    outputs = {}
    for name, options in calls.items():
        result = evaluate("--k", "1,3", "--episodes", "10", "--out", tmp_path / name, *options)
        assert result.exit_code == 0, result.output
        outputs[name] = table(result.output)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert outputs["one"] == outputs["two"]
    answers = [[json.loads(line)["response"] for line in (tmp_path / name).open().readlines()[1:]] for name in calls]
    assert answers[0] != answers[2]


def test_the_samples_file_holds_the_settings_and_what_the_figures_come_from(evaluate, trained, tmp_path):
    from prorl_rllib.evaluation.sample_figures import SampleTally
    from prorl_rllib.evaluation.sample_file import read_header, read_samples

    out = tmp_path / "samples.jsonl"
    result = evaluate("--k", "1,2,4", "--episodes", "9", "--out", out)
    assert result.exit_code == 0, result.output
    header, records, tally = read_header(out), list(read_samples(out)), SampleTally()
    assert header["model"] == str(trained.path)
    assert header["training_iteration"] == 1
    assert (header["env"], header["num_prompts"], header["samples_per_prompt"]) == ("evaluated_letters", 9, 4)
    assert (header["temperature"], header["top_p"], header["max_completion_length"]) == (0.6, 0.95, 8)
    assert len(records) == 36
    tally.add(records)
    figures = tally.figures((1, 2, 4))["all"]
    found = table(result.output)["all"]
    assert [found[f"PASS@{k}"] for k in (1, 2, 4)] == [f"{figures.pass_at[k]:.3f}" for k in (1, 2, 4)]
    assert figures.pass_at[1] < figures.pass_at[4]
    assert found["MAJ@4"] == f"{figures.majority_at_n:.3f}"
    intervals = tally.intervals((1, 2, 4))["all"]
    shown = [intervals.pass_at[1], intervals.pass_at[2], intervals.pass_at[4], intervals.majority_at_n]
    bounds = result.output.split("95 % intervals over tasks:\n")[1].splitlines()[1].split()
    # Tasks that all have one value have no interval that says something.
    assert bounds == [
        "all",
        *("-" if each.low == each.high else f"{each.low:.3f}-{each.high:.3f}" for each in shown),
    ]


def test_verifications_that_failed_are_left_out_and_counted(evaluate, tmp_path):
    out = tmp_path / "samples.jsonl"
    some = evaluate(*AS_IN_TRAINING, "--k", "1,4", "--env-config", '{"failing": 5}', "--out", out)
    assert some.exit_code == 0, some.output
    failed = sum(json.loads(line)["status"] == "error" for line in out.open().readlines()[1:])
    assert failed
    assert f"{failed} samples are in no figure" in some.output
    assert "fewer than 4 of their samples were verified" in some.output
    none = evaluate("--episodes", "3", "--env-config", '{"failing": 1}')
    assert none.exit_code == 1
    assert "the verification of all 3 samples failed" in none.output


def test_an_environment_that_breaks_down_is_a_failed_run_that_keeps_its_samples(evaluate, tmp_path):
    out = tmp_path / "samples.jsonl"
    result = evaluate("--env-config", '{"breaks_after": 20}', "--out", out)
    assert result.exit_code == 1
    # Eight sequences are sampled side by side, and with them eight prompts.
    assert "Sampling failed after 16 of 30 prompts. RuntimeError: the simulator is gone" in result.output
    assert f"Their samples are in {out}" in result.output
    assert len(out.read_text().splitlines()) == 1 + 16


def test_a_full_disk_is_a_failed_run_with_one_message(evaluate, tmp_path):
    full = Path("/dev/full")
    result = evaluate("--episodes", "3", "--out", full, "--overwrite")
    assert result.exit_code == 1
    assert "--out /dev/full could not be written. OSError: [Errno 28]" in result.output
    assert "Traceback" not in result.output


def test_an_environment_only_a_file_knows_needs_that_file(rllib, trained, monkeypatch):
    from ray.tune import registry

    monkeypatch.setattr(registry._global_registry, "contains", lambda *arguments: False)
    result = rllib("evaluate", trained.path)
    assert result.exit_code == 2
    assert "There is no environment 'evaluated_letters'" in result.output
    assert "--file" in result.output


def test_the_environment_can_be_another_one(evaluate):
    result = evaluate("--env", "prorl/Math-v0", "--env-config", '{"size": 4}')
    assert result.exit_code == 0, result.output
    assert "has 4 held-out tasks, fewer than the 30 asked for" in result.output
    assert "'split': 'heldout'" in result.output
    assert set(table(result.output)) == {"all", "math"}
    assert "temperature 0.6, top_p 0.95" in result.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--env", "prorl/Maths-v0"), "(did you mean 'prorl/Math-v0'?)"),
        (("--env", "no.such.module.Env"), "There is no environment 'no.such.module.Env'"),
        (("--env", "CartPole-v1"), "a language model needs text"),
        (("--env", "prorl/Math-v0", "--env-config", '{"dificulty": 3}'), "did you mean 'difficulty'?"),
        (("--engine", "vlm"), "did you mean 'vllm'?"),
        (("--engine-config", '{"max_num_seq": 4}'), "did you mean 'max_num_seqs'?"),
        (("--engine-config", '{"max_num_seqs": 0}'), "max_num_seqs"),
        (
            ("--max-completion-length", "5000", "--episodes", "3"),
            "None of the 3 prompts fits the model's context of 256 tokens",
        ),
        (("--ray-address", "auto"), "without Ray"),
        (("--ray-num-cpus", "2"), "without Ray"),
    ],
)
def test_what_does_not_go_with_a_language_model_is_refused(evaluate, options, said):
    result = evaluate(*options)
    assert result.exit_code == 2, result.output
    assert said in result.output


def test_a_checkpoint_that_is_not_whole_is_refused(rllib, trained, tmp_path):
    import shutil

    half = shutil.copytree(trained.path, tmp_path / "half")
    next(half.rglob("module_state.pkl")).unlink()
    result = rllib("evaluate", half, "--file", trained.file)
    assert result.exit_code == 2
    assert "not a complete ProRL checkpoint" in result.output


def test_a_model_folder_is_evaluated_by_the_command_without_ray(tiny_model_path, tmp_path):
    rllib = Path(sys.executable).with_name("rllib")
    options = ("--env", "prorl/Math-v0", "--k", "1,2", "--episodes", "3", "--out", "samples.jsonl")
    # A Ray that started would want to join this cluster, which does not exist.
    environment = {**os.environ, "RAY_ADDRESS": "127.0.0.1:1"}
    done = subprocess.run(
        [rllib, "evaluate", tiny_model_path, *options],
        capture_output=True,
        text=True,
        timeout=150,
        cwd=tmp_path,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    found = table(done.stdout)["math"]
    assert (found["TASKS"], "PASS@2" in found) == ("3", True)
    # The model reads 256 tokens: half of them are left to the prompt.
    assert "at most 128 tokens" in done.stdout
    assert len((tmp_path / "samples.jsonl").read_text().splitlines()) == 1 + 3 * 2


def test_a_model_folder_needs_an_environment(rllib, tiny_model_path):
    result = rllib("evaluate", tiny_model_path)
    assert result.exit_code == 2
    assert "add --env" in result.output


def test_a_model_without_chat_template_is_refused(rllib, tiny_model_path, tmp_path, make_tokenizer):
    import shutil

    folder = shutil.copytree(tiny_model_path, tmp_path / "model")
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    make_tokenizer(chat_template=None).save_pretrained(folder)
    result = rllib("evaluate", folder, "--env", "prorl/Math-v0")
    assert result.exit_code == 2
    assert "no chat template" in result.output


def test_another_algorithm_is_evaluated_for_as_many_episodes_as_asked(rllib, ppo):
    result = rllib("evaluate", ppo, "--episodes", "3")
    assert result.exit_code == 0, result.output
    assert "over 3 episodes" in result.output


def test_another_algorithm_acts_in_another_environment_if_the_spaces_match(rllib, ppo):
    config = '{"sutton_barto_reward": true}'
    result = rllib("evaluate", ppo, "--episodes", "2", "--env", "CartPole-v1", "--env-config", config)
    assert result.exit_code == 0, result.output
    # One point off for a fall, nothing for a step.
    assert "Mean return: -1.00 over 2 episodes" in result.output
    other = rllib("evaluate", ppo, "--env", "MountainCar-v0")
    assert other.exit_code == 2
    assert "its observations are" in other.output


@pytest.mark.parametrize(
    "options", [("--k", "1,8"), ("--temperature", "1"), ("--seed", "3"), ("--engine", "vllm"), ("--out", "x.jsonl")]
)
def test_another_algorithm_refuses_what_is_for_language_models(rllib, ppo, options):
    result = rllib("evaluate", ppo, *options)
    assert result.exit_code == 2
    assert f"PPO, and {options[0]} is for language models" in result.output
