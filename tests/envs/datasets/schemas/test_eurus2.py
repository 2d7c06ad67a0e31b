import json

import pytest

import prorl_rllib.envs.code  # noqa: F401
from prorl_rllib.envs.datasets import load_tasks

SYSTEM = "\nWhen tackling complex reasoning tasks, you have access to the following actions.\n\n[ASSESS]\n\n[ADVANCE]\n"
MATH = "\n\nPresent the answer in LaTex format: \\boxed{Your answer}"
CODE = "\n\nWrite Python code to solve the problem. Present the code in \n```python\nYour code\n```\nat the end."


def row(ability, problem, truth, **changes):
    suffix = MATH if ability == "math" else CODE
    return {
        "data_source": "numina_olympiads" if ability == "math" else "taco",
        "prompt": [{"content": SYSTEM, "role": "system"}, {"content": problem + suffix, "role": "user"}],
        "ability": ability,
        "reward_model": {"ground_truth": truth if isinstance(truth, str) else json.dumps(truth), "style": "rule"},
        "extra_info": {"index": 0, "split": "dummy"},
        **changes,
    }


ROWS = [
    row("math", "What is 6 times 7?", "42"),
    row("code", "Double the number.", {"inputs": ["1\n", ["2", "3"]], "outputs": ["2\n", ["4", "6"]]}),
    row("code", "Add two numbers.", {"inputs": ["1\n2", "3\n4"], "outputs": ["3", "7"], "fn_name": "add"}),
    row("code", "Write a function `total`.", {"inputs": [[[1, 2]], [[3]]], "outputs": [[3], [3]], "fn_name": "total"}),
    row("math", "Who wrote this?", ""),
    row("code", "No tests.", {"inputs": [], "outputs": []}),
    row("code", "Too few outputs.", {"inputs": ["1", "2"], "outputs": ["1"]}),
    row("code", "No JSON.", "{"),
    row("code", "A test of another type.", {"inputs": [1], "outputs": ["1"]}),
    row("poetry", "A poem.", "x"),
    row("math", "", "1"),
    row("math", "No chat", "1", prompt=[]),
]


@pytest.mark.parametrize("name", ["train.parquet", "train.jsonl"])
def test_eurus2_has_mathematics_and_code(write_file, counts, name):
    loaded = load_tasks("eurus2", write_file(name, ROWS))
    assert [task.domain for task in loaded] == ["math", "code", "code", "code"]
    assert [task.prompt for task in loaded] == [
        "What is 6 times 7?",
        "Double the number.",
        "Add two numbers.\n\nWrite a function named `add`.",
        "Write a function `total`.",
    ]
    assert [task.reference for task in loaded] == [
        {"answer": "42"},
        {"tests": {"type": "stdin", "inputs": ["1\n", "2\n3"], "outputs": ["2\n", "4\n6"]}},
        {"tests": {"type": "fn", "fn_name": "add", "inputs": [[1, 2], [3, 4]], "outputs": [3, 7]}},
        {"tests": {"type": "fn", "fn_name": "total", "inputs": [[[1, 2]], [[3]]], "outputs": [3, 3]}},
    ]
    assert loaded[0].metadata == {"dataset": "eurus2", "source": f"{name}:1", "data_source": "numina_olympiads"}
    assert counts(loaded) == {
        "no ground_truth": 1,
        "not one output an input": 2,
        "the tests are no JSON": 1,
        "a test is no text": 1,
        "ability is neither math nor code": 1,
        "no prompt": 2,
    }
    assert loaded.unverified == 3


def test_only_the_rows_of_one_domain_are_kept_when_asked(write_file, counts):
    path = write_file("train.jsonl", ROWS[:4])
    loaded = load_tasks("eurus2", path, domain="math")
    assert [task.domain for task in loaded] == ["math"] and counts(loaded) == {"of another domain": 3}
    assert {task.domain for task in load_tasks("eurus2", path, domain="code")} == {"code"}


def test_other_system_messages_stay(write_file):
    chat = [{"role": "system", "content": "Answer in French."}, {"role": "user", "content": "One and one?" + MATH}]
    loaded = load_tasks("eurus2", write_file("a.jsonl", [row("math", "", "2", prompt=chat)]))
    assert loaded[0].prompt == (chat[0], {"role": "user", "content": "One and one?"})
