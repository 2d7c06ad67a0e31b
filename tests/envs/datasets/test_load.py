import json
import logging

import pytest

from prorl_rllib.envs import EnvConfigError, TaskError
from prorl_rllib.envs.datasets import load_tasks


def rows(*pairs):
    return [{"problem": problem, "answer": answer} for problem, answer in pairs]


MANY = rows(*((f"Problem {number}", str(number)) for number in range(20)))


def test_every_row_is_a_task_or_counted_and_the_first_of_each_reason_is_named(write_file, caplog):
    path = write_file("a.jsonl", [*rows(("One?", "1"), ("", "2"), ("Two?", "")), "{", *rows(("", "3"))])
    with caplog.at_level(logging.INFO):
        loaded = load_tasks("deepscaler", path)
    assert (len(loaded), loaded.rows, loaded.unverified) == (1, 5, 0)
    assert {reason: (drop.count, drop.place) for reason, drop in loaded.dropped.items()} == {
        "no problem": (2, f"{path}:2"),
        "no answer": (1, f"{path}:3"),
        "not JSON": (1, f"{path}:4"),
    }
    assert loaded.summary().startswith(f"deepscaler: 1 tasks of 5 rows; dropped 4: 2 x no problem (first: {path}:2); ")
    assert [record.getMessage() for record in caplog.records] == [f"{path}: {loaded.summary()}"]
    assert caplog.records[0].levelno == logging.WARNING
    assert load_tasks("deepscaler", write_file("b.json", MANY)).summary() == "deepscaler: 20 tasks of 20 rows"


@pytest.mark.parametrize("verify_golds", [True, "quick"])
def test_a_gold_answer_that_does_not_verify_is_dropped(write_file, counts, verify_golds):
    path = write_file("a.json", rows(("Half?", "\\frac{1}{2"), ("One?", "1")))
    loaded = load_tasks("deepscaler", path, verify_golds=verify_golds)
    assert [task.prompt for task in loaded] == ["One?"] and counts(loaded) == {"the gold answer does not verify": 1}


def test_gold_answers_are_not_checked_when_not_asked_for(write_file):
    path = write_file("a.json", rows(("Half?", "\\frac{1}{2"), ("One?", "1")))
    loaded = load_tasks("deepscaler", path, verify_golds=False)
    assert len(loaded) == loaded.unverified == 2 and "2 without a check of the gold answer" in loaded.summary()


def test_code_is_run_when_its_gold_is_checked_and_only_then(write_file):
    reference = {"tests": {"type": "fn", "fn_name": "f", "inputs": [[1]], "outputs": [2]}, "solution": "f = abs"}
    row = {"task_id": "c1", "domain": "code", "prompt": "Double it.", "reference": reference}
    path = write_file("a.jsonl", [row])
    with pytest.raises(TaskError, match="the gold answer does not verify"):
        load_tasks("tasks", path)
    for verify_golds in ("quick", False):
        assert load_tasks("tasks", path, verify_golds=verify_golds).unverified == 1


def test_a_limit_reads_no_further_than_it_must(write_file):
    path = write_file("a.json", rows(("", "1")) + MANY)
    loaded = load_tasks("deepscaler", path, limit=5)
    assert len(loaded) == 5 and loaded.rows == 6
    assert [task.prompt for task in loaded] == [f"Problem {number}" for number in range(5)]
    assert len(load_tasks("deepscaler", path, limit=99)) == 20


def test_a_repeated_problem_is_dropped_and_counted(write_file, counts):
    path = write_file("a.json", rows(("Half?", "\\frac{1}{2}"), (" Half?\n", "0.5"), ("Half?", "\\frac{1}{2}")))
    loaded = load_tasks("deepscaler", path)
    assert len(loaded) == 1 and counts(loaded) == {"repeats an earlier problem": 2}


def test_one_problem_with_two_answers_is_an_error_that_names_both(write_file, counts):
    path = write_file("a.json", rows(("One?", "1"), ("Half?", "1"), ("Two?", "2"), ("Half?", "2"), ("Half?", "3")))
    with pytest.raises(TaskError, match=r"a\.json:2 and .*a\.json:4 have the same prompt.*conflicts='drop'"):
        load_tasks("deepscaler", path)
    loaded = load_tasks("deepscaler", path, conflicts="drop")
    assert [task.prompt for task in loaded] == ["One?", "Two?"] and loaded.rows == 5
    assert counts(loaded) == {"one prompt with different answers": 3}


def test_a_task_id_that_stands_twice_is_an_error(write_file):
    own = [{"task_id": "t", "domain": "math", "prompt": str(n), "reference": {"answer": "1"}} for n in range(2)]
    with pytest.raises(TaskError, match=r"a\.jsonl:1 and .*a\.jsonl:2 are different problems with one task_id, 't'"):
        load_tasks("tasks", write_file("a.jsonl", own))


def test_ids_depend_on_data_set_and_problem_alone(write_file):
    forwards = load_tasks("deepscaler", write_file("a.json", MANY))
    backwards = load_tasks("deepscaler", write_file("b.jsonl", MANY[::-1]))
    other = load_tasks("math500", write_file("a.json", MANY))
    assert [task.task_id for task in forwards] == [task.task_id for task in backwards][::-1]
    assert not {task.task_id for task in forwards} & {task.task_id for task in other}


def test_no_row_left_is_an_error_that_says_why(write_file):
    path = write_file("a.json", [{"pregunta": "Uno?", "respuesta": "1"}] * 3)
    with pytest.raises(TaskError, match=r"none of its 3 rows.*3 x no answer \(first.*columns of the first row: pregun"):
        load_tasks("deepscaler", path)


@pytest.mark.parametrize(
    ("schema", "arguments", "message"),
    [
        ("deepscalr", {}, r"unknown schema 'deepscalr' \(did you mean 'deepscaler'\?\); schemas: deepscaler, math500"),
        ("deepscaler", {"limit": 0}, "limit = 0: must be at least 1"),
        ("deepscaler", {"verify_golds": "full"}, "verify_golds = 'full': must be True, 'quick' or False"),
        ("deepscaler", {"conflicts": "keep"}, "conflicts = 'keep': must be 'error' or 'drop'"),
        ("deepscaler", {"domain": "code"}, "domain = 'code': the tasks of schema 'deepscaler' are of domain math"),
        ("eurus2", {"options": {"binary": True}}, "options belong to one domain, schema 'eurus2' has several"),
        ("deepscaler", {"options": {"binary": True}}, "unknown key 'binary' in options of domain 'math'"),
        ("deepscaler", {"split": "train"}, "split = 'train' picks files of a folder"),
    ],
)
def test_wrong_arguments_are_named(write_file, schema, arguments, message):
    with pytest.raises(EnvConfigError, match=message):
        load_tasks(schema, write_file("a.json", MANY), **arguments)


def test_rows_of_own_that_are_no_tasks_are_dropped(write_file, counts):
    good = {"task_id": "a", "domain": "math", "prompt": "p", "reference": {"answer": "1"}}
    broken = [
        {**good, "prompt": []},
        {**good, "prompt": None},
        {**good, "reference": "{"},
        {**good, "reference": {"answer": 5}},
        {**good, "reference": [1]},
        {**good, "domain": "poetry"},
        {**good, "extra": 1},
        {"prompt": "p"},
    ]
    loaded = load_tasks("tasks", write_file("a.jsonl", [*broken, good]))
    assert len(loaded) == 1 and counts(loaded) == {
        "not a task": 1,
        "prompt is neither text nor chat": 1,
        "reference is no JSON": 1,
        "the math domain refuses the reference": 1,
        "reference is no mapping": 1,
        "unknown domain": 1,
        "unknown keys": 1,
        "task_id is no text": 1,
    }


def test_a_folder_is_loaded_as_one(write_file, tmp_path, counts):
    write_file("data/train-0.jsonl", MANY[:12])
    write_file("data/train-1.parquet", MANY[8:])
    write_file("data/test.jsonl", rows(("Other?", "1")))
    loaded = load_tasks("deepscaler", tmp_path / "data", split="train")
    assert len(loaded) == 20 and counts(loaded) == {"repeats an earlier problem": 4}
    assert json.loads(json.dumps(loaded[0].metadata))["source"] == "train-0.jsonl:1"


def test_a_prompt_with_half_a_character_is_dropped(write_file, counts):
    half = '{"problem": "What is 1 + 1 \\ud83d?", "answer": "2"}'
    loaded = load_tasks("deepscaler", write_file("a.jsonl", [half, {"problem": "What is 1 + 2?", "answer": "3"}]))
    assert len(loaded) == 1 and counts(loaded) == {"not a task": 1}
    assert "'\\ud83d'" in loaded.dropped["not a task"].detail
