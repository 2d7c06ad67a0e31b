import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs import (
    CodeEnv,
    EnvConfigError,
    InstructionFollowingEnv,
    LogicEnv,
    MathEnv,
    STEMEnv,
    Task,
)
from prorl_rllib.envs.datasets import load_tasks, save_tasks
from prorl_rllib.envs.task import split_of


@pytest.mark.parametrize("name", ["own.jsonl", "own.jsonl.gz"])
def test_saved_tasks_are_read_back_as_they_were(write_file, tmp_path, name):
    rows = [{"problem": f"Problem {number} \u2028 é?", "answer": str(number)} for number in range(40)]
    loaded = load_tasks("deepscaler", write_file("a.json", rows))
    save_tasks(loaded, tmp_path / name)
    assert load_tasks("tasks", tmp_path / name) == loaded
    env = MathEnv(tasks=str(tmp_path / name))
    assert [env.task(index) for index in range(env.num_tasks)] == [t for t in loaded if split_of(t.prompt) == "train"]


def test_generated_tasks_of_every_domain_are_read_back_as_they_were(tmp_path):
    kinds = (MathEnv, CodeEnv, STEMEnv, InstructionFollowingEnv)
    envs = [kind(split="all") for kind in kinds] + [LogicEnv(split="all", datasets=["knight_swap", "countdown"])]
    for env in envs:
        tasks = list({task.prompt: task for task in map(env.task, range(20))}.values())
        save_tasks(tasks, tmp_path / "own.jsonl")
        assert load_tasks("tasks", tmp_path / "own.jsonl", verify_golds=False) == tasks
        again = type(env)(tasks=str(tmp_path / "own.jsonl"), split="all")
        assert [again.task(index) for index in range(again.num_tasks)] == tasks


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())))
def test_any_metadata_survive(tmp_path_factory, metadata):
    path = tmp_path_factory.getbasetemp() / "metadata.jsonl"
    task = Task(task_id="t", domain="math", prompt="p", reference={"answer": "1"}, metadata=metadata)
    save_tasks([task], path)
    assert load_tasks("tasks", path) == [task]


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    task = Task(task_id="t", domain="math", prompt="p", reference={"answer": "1"}, metadata={"wrong": {1}})
    (tmp_path / "old.jsonl").write_text("old")
    with pytest.raises(TypeError):
        save_tasks([task], tmp_path / "old.jsonl")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_wrong_targets_are_named(tmp_path):
    with pytest.raises(EnvConfigError, match=r"must end in \.jsonl"):
        save_tasks([], tmp_path / "a.parquet")
    with pytest.raises(EnvConfigError, match="there is no task to write"):
        save_tasks([], tmp_path / "a.jsonl")


def test_own_rows_may_lie_in_a_table(write_file):
    rows = [
        {"task_id": f"t{number}", "domain": "math", "prompt": f"P{number}", "reference": json.dumps({"answer": "1"})}
        for number in range(3)
    ]
    nested = [{**row, "reference": {"answer": "1", "other": None}, "metadata": None} for row in rows]
    for path in (write_file("a.csv", rows), write_file("a.parquet", nested), write_file("a.json", rows)):
        assert [task.reference for task in load_tasks("tasks", path)] == [{"answer": "1"}] * 3
