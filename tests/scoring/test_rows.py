import json

import pytest

from prorl_rllib.envs.datasets.rows import RowRejected
from prorl_rllib.envs.task import Task
from prorl_rllib.scoring.rows import parse_row

TASK = Task(task_id="t1", domain="math", prompt="1 + 2?", reference={"answer": "3"})
FIELDS = TASK.model_dump(mode="json")
NEITHER = "response is neither text nor chat messages"
ANSWER = {"role": "assistant", "content": "r"}


@pytest.mark.parametrize(
    "row",
    [
        {"task": FIELDS, "response": "r", "note": 1},
        {"task": json.dumps(FIELDS), "response": "r"},
        {**FIELDS, "response": "r", "reward": 0.5, "status": "scored"},
        {**FIELDS, "reference": json.dumps(FIELDS["reference"]), "response": "r"},
        {"task_id": "t1", "response": "r", "domain": "math"},
        {"task_id": "t1", "response": "r", "domain": "math", "later_turns": None},
    ],
)
def test_each_form_of_a_row_gives_the_same_task(row):
    assert parse_row(row, {"t1": TASK}) == (TASK, "r")


def test_domain_and_reference_are_enough():
    task, response = parse_row({"domain": "math", "reference": {"answer": "3"}, "response": "r"}, {})
    assert (task.domain, task.reference, response) == ("math", {"answer": "3"}, "r")


def test_a_response_may_be_chat_messages_up_to_the_answer():
    chat = [{**ANSWER, "content": [{"type": "text", "text": "a"}, {"type": "image"}]}, ANSWER, {"role": "user"}]
    assert parse_row({"task": FIELDS, "response": chat}, {}) == (TASK, [{**ANSWER, "content": "a"}, ANSWER])


def test_a_row_without_an_id_is_rejected_without_naming_an_empty_one():
    with pytest.raises(RowRejected) as caught:
        parse_row({"domain": "math", "reference": {}, "response": ""}, {})
    assert caught.value.detail.startswith("wrong reference for domain 'math'")


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        ([1], "the row is no object", "[1]"),
        ({"task": FIELDS}, "no response", "the row has task"),
        ({"task": FIELDS, "response": None}, NEITHER, "NoneType"),
        ({"task": FIELDS, "response": [{"role": "user", "content": "?"}]}, NEITHER, "one of role assistant"),
        ({"task": FIELDS, "response": ["r"]}, NEITHER, "role and content"),
        ({"task": FIELDS, "response": "r", "later_turns": [ANSWER]}, "an episode of several turns", "environment"),
        ({"task": {**FIELDS, "domain": "maths"}, "response": ""}, "unknown domain", "did you mean 'math'?"),
        ({"task": {**FIELDS, "domain": "os:system"}, "response": ""}, "unknown domain", "'os:system'"),
        ({"task": {"domain": "math"}, "response": ""}, "not a task", "task_id"),
        ({"task": "{", "response": ""}, "task is neither an object nor JSON", ""),
        ({**FIELDS, "reference": {}, "response": ""}, "the math domain refuses the reference", "task 't1'"),
        ({"task_id": "t2", "response": ""}, "no reference", "none of the 1 tasks"),
        ({"response": ""}, "no task", "domain and reference"),
    ],
)
def test_a_broken_row_is_rejected_with_its_reason(row, reason, detail):
    with pytest.raises(RowRejected) as caught:
        parse_row(row, {"t1": TASK})
    assert caught.value.reason == reason and detail in caught.value.detail
