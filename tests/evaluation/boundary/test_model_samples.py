import json

import pytest

from prorl_rllib.evaluation.boundary.model_samples import read_model_samples

TASKS = [[True, False, False, False]] * 3


@pytest.mark.parametrize(
    ("record", "named"),
    [
        (lambda task, sample: {"sample_index": max(0, sample - 1)}, "line 3 is sample 0 of prompt 0"),
        (lambda task, sample: {"sample_index": 3 - sample}, "line 2 is sample 3 of prompt 0"),
        (lambda task, sample: {"sample_index": 77 if (task, sample) == (1, 3) else sample}, "sample 77 of prompt 1"),
        (lambda task, sample: {"prompt_index": 2 - task}, "sample 0 of prompt 1, which does not follow"),
    ],
)
def test_samples_in_an_order_that_no_evaluation_writes_are_refused(write_samples, record, named):
    path = write_samples("a", TASKS, record)
    with pytest.raises(ValueError, match=named) as raised:
        read_model_samples(path, finished=True)
    assert str(path) in str(raised.value)


def test_more_tasks_than_the_header_says_are_refused(write_samples):
    path = write_samples("a", TASKS, num_prompts=2)
    with pytest.raises(ValueError, match=r"a\.jsonl, line 10 is sample 0 of prompt 2.*an evaluation of 2 prompts"):
        read_model_samples(path)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ('"prompt_index": 0', '"prompt_index": -1', "line 2 is no sample: prompt_index"),
        ('"judged": true', '"judged": false', "line 2 is no sample: judged = False: correct = True"),
        ('"later_turns": null', '"later_turns": [{"role": "assistant"}]', "line 2 is no sample: later_turns"),
    ],
)
def test_a_line_that_was_edited_is_named(write_samples, before, after, named):
    path = write_samples("a", TASKS)
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(ValueError, match=rf"a\.jsonl, {named}"):
        read_model_samples(path)


def test_a_wrong_header_is_refused_with_the_name_of_its_file(write_samples):
    path = write_samples("a", TASKS)
    header, rest = path.read_text().split("\n", 1)
    path.write_text(json.dumps({**json.loads(header), "num_prompts": None}) + "\n" + rest)
    with pytest.raises(ValueError, match=r"a\.jsonl has a wrong header: num_prompts = None"):
        read_model_samples(path)


def test_half_a_character_in_a_task_id_is_written_out(write_samples):
    path = write_samples("base", [[True, False]] * 2, lambda task, sample: {"task_id": f"t-\ud83d-{task}"})
    assert [task.task_id for task in read_model_samples(path).tasks.values()] == ["t-\\ud83d-0", "t-\\ud83d-1"]
