import pytest

from prorl_rllib.envs import Task, TaskError
from prorl_rllib.envs.datasets import check_disjoint, overlap


def task(number, prompt):
    return Task(task_id=f"t{number}", domain="math", prompt=prompt, reference={"answer": "1"})


def test_shared_problems_are_found_through_case_space_and_unicode_forms():
    train = [task(1, "Find  the café.\n"), task(2, "Find x²."), task(3, "Find y."), task(4, "Find z.")]
    chat = ({"role": "user", "content": "find y."},)
    heldout = [task(7, "find the cafe\u0301."), task(8, "Find x\u00b2."), task(9, chat)]
    assert [each.task_id for each in overlap(train, heldout)] == ["t1", "t2", "t3"]
    with pytest.raises(TaskError, match="3 tasks to train on are held out too, the first 't1', 't2', 't3'"):
        check_disjoint(train, heldout)


def test_disjoint_tasks_pass():
    assert overlap([task(1, "a")], [task(1, "b")]) == []
    check_disjoint([task(1, "a")], [task(1, "b")])
    check_disjoint([], [])
