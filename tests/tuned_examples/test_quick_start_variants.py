"""The examples that change one thing of the quick start: they run, and do what they are there to show."""

import json
from pathlib import Path

import pytest


def trained(config, iterations=2):
    """Results of a few iterations, and what `look` sees of the algorithm before it stops."""
    algorithm = config.build_algo()
    try:
        return [algorithm.train() for _ in range(iterations)], algorithm.learner_group
    finally:
        algorithm.stop()


def evaluated(results):
    return results[-1]["evaluation"]["env_runners"]


def test_the_quick_start_trains_and_is_evaluated_on_both_domains(shortened):
    results, _ = trained(shortened("quickstart"))
    assert evaluated(results)["num_tasks"] == 4
    assert results[-1]["prorl"]["groups_sampled"] >= 2


def test_the_rows_of_own_jsonl_are_right_and_both_splits_have_some(shortened):
    from prorl_rllib.envs import Task, verify
    from prorl_rllib.envs.datasets import load_tasks
    from prorl_rllib.tuned_examples.prorl import own_jsonl

    path = Path(own_jsonl.ROWS)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    tasks = load_tasks("deepscaler", path)
    assert len(tasks) == len(rows) == 600
    assert verify(Task.model_validate(tasks[0].model_dump()), f"\\boxed{{{rows[0]['answer']}}}").reward == 1.0
    results, _ = trained(shortened("own_jsonl"))
    assert evaluated(results)["num_tasks"] == 4
    assert set(results[-1]["env_runners"]["domains"]) == {"math"}


def test_rows_of_ones_own_take_the_place_of_those_of_the_example(tmp_path, monkeypatch):
    import importlib

    import prorl_rllib.tuned_examples.prorl.own_jsonl as example

    monkeypatch.setenv("PRORL_RLLIB_ROWS", str(tmp_path / "mine.jsonl"))
    assert importlib.reload(example).config.env_config["tasks"] == f"deepscaler:{tmp_path / 'mine.jsonl'}"
    monkeypatch.delenv("PRORL_RLLIB_ROWS")
    importlib.reload(example)


def test_lora_trains_an_adapter_alone(shortened):
    config = shortened("lora")
    algorithm = config.build_algo()
    try:
        algorithm.train()
        module = algorithm.learner_group._learner.module["default_policy"].unwrapped()
        trainable = {name for name, parameter in module.named_parameters() if parameter.requires_grad}
    finally:
        algorithm.stop()
    assert trainable
    assert all("lora_" in name for name in trainable)


@pytest.mark.slow
@pytest.mark.parametrize("example", ["multi_learner", "fsdp2"])
def test_two_learners_train_the_quick_start(shortened, example):
    config = shortened(example).resources(num_cpus_for_main_process=0.5)
    assert config.num_learners == 2
    assert config.learner_sharding == ("fsdp2" if example == "fsdp2" else "ddp")
    results, group = trained(config)
    assert evaluated(results)["num_tasks"] == 4
    assert len(group) == 2
