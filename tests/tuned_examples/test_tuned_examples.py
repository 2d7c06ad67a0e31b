import json
import sys

import gymnasium
import pytest

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.config_recipes import V1, V2
from prorl_rllib.algorithms.prorl.stages import stage_config
from prorl_rllib.cli.examples import example_file, packaged_examples
from prorl_rllib.cli.experiment.config_check import check_config
from prorl_rllib.cli.experiment.experiment_file import load_experiment
from prorl_rllib.engines.selection import vllm_is_installed

PAPER_ROWS = {
    "DeepScaleR-Preview-Dataset/deepscaler.json": [
        {"problem": f"What is {n} + {n}?", "answer": str(2 * n), "solution": ""} for n in range(40)
    ],
    "Eurus-2-RL-Data/train.jsonl": [
        {
            "prompt": [{"role": "user", "content": f"Add {n}."}],
            "ability": "code",
            "reward_model": {"ground_truth": json.dumps({"inputs": ["1"], "outputs": [str(1 + n)]})},
        }
        for n in range(40)
    ],
    "SCP-116K/train.jsonl": [
        {"domain": "Physics", "problem": f"How fast is {n}?", "matched_solution": f"So $v = {n}$ m/s."}
        for n in range(40)
    ],
    "Llama-Nemotron-Post-Training-Dataset/instruction_following.jsonl": [
        {"input": f"Say {n}.", "instruction_id": "punctuation:no_comma", "kwargs": {}} for n in range(40)
    ],
}


def load(example):
    """The experiment; skips the test where its engine is not installed."""
    experiment = load_experiment(example)
    if getattr(experiment.config, "engine", "auto") == "vllm" and not vllm_is_installed():
        pytest.skip("vLLM is not installed")
    return experiment


@pytest.mark.parametrize("example", packaged_examples())
def test_each_example_is_valid_and_says_when_it_ends_and_how_it_is_run(example, monkeypatch):
    # The data of the large ones is not here, and they are not looked at for it.
    monkeypatch.setattr("prorl_rllib.cli.experiment.config_check.check_environment", lambda config: None)
    experiment = load(example)
    assert check_config(experiment.config, example)
    assert experiment.stop["training_iteration"] > 0
    assert f"rllib train file tuned_examples/{example}.py" in example_file(example).read_text()


def test_the_quick_start_with_vllm_is_the_quick_start_but_for_its_engine():
    plain, with_vllm = (load(f"prorl/{name}").config.to_plain() for name in ("quickstart", "quickstart_vllm"))
    different = {key for key in plain.keys() | with_vllm.keys() if plain.get(key) != with_vllm.get(key)}
    assert different == {"engine", "engine_config"}


@pytest.mark.parametrize(
    ("example", "recipe", "own"),
    [
        ("prorl/prorl_v1_1_5b", V1, {"old_logprobs": "learner"}),
        ("prorl/prorl_staged_runs_1_to_8", V1, {"old_logprobs": "learner"}),
        ("prorl/prorl_v2_1_5b", V2, {"truncation_coefficient": 0.0}),
    ],
)
def test_the_papers_examples_have_the_papers_recipes(example, recipe, own):
    config = load(example).config
    assert {key: getattr(config, key) for key in recipe} == {**recipe, **own}
    paper = ProRLConfig()
    for key in ("prompts_per_step", "prompts_per_optimizer_step", "group_size", "temperature", "max_completion_length"):
        assert getattr(config, key) == getattr(paper, key)
    assert config.engine_config["max_model_len"] > stage_config(config, config.training_stages).max_completion_length


def test_brorl_takes_as_many_optimizer_steps_with_a_rate_that_grows_with_the_root_of_the_batch():
    broad, before = load("prorl/brorl_n512").config, load("prorl/prorl_v2_1_5b").config
    assert broad.group_size == 512
    steps = [config.prompts_per_step / config.prompts_per_optimizer_step for config in (broad, before)]
    assert steps[0] == steps[1]
    batches = [config.prompts_per_step * config.group_size for config in (broad, before)]
    assert broad.lr == pytest.approx(before.lr * (batches[0] / batches[1]) ** 0.5)
    assert {key: getattr(broad, key) for key in V2} == {
        **V2,
        "mismatch_correction": "tis",
        "truncation_coefficient": 0.0,
    }


def test_the_papers_data_sets_are_read_in_the_form_they_are_published_in(tmp_path, monkeypatch):
    for name, rows in PAPER_ROWS.items():
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(json.dumps(rows) if path.suffix == ".json" else "\n".join(map(json.dumps, rows)))
    monkeypatch.setenv("PRORL_RLLIB_DATA", str(tmp_path))
    monkeypatch.delitem(sys.modules, "prorl_rllib.tuned_examples.prorl.prorl_v1_1_5b", raising=False)
    config = load("prorl/prorl_staged_runs_1_to_8").config
    for weights in (config.env_config["weights"], config.training_stages[1]["env_config"]["weights"]):
        env = gymnasium.make(config.env, **{**config.env_config, "weights": weights})
        drawn = {env.reset(options={"task_index": index})[1]["domain"] for index in range(100)}
        assert drawn == {name for name, weight in weights.items() if weight}
        env.close()
