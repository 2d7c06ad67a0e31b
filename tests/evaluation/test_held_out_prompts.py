from prorl_rllib.evaluation.held_out_prompts import evaluation_prompts


def test_the_prompts_of_evaluations_never_change():
    first, second = evaluation_prompts(2, 100)
    assert (first.group_id, first.task_index, first.seed) == ("evaluation-000000", 0, 116677870244984420)
    assert (second.group_id, second.task_index) == ("evaluation-000001", 1)


def test_no_more_prompts_are_asked_for_than_there_are_tasks():
    assert [prompt.task_index for prompt in evaluation_prompts(5, 3)] == [0, 1, 2]
    assert [prompt.task_index for prompt in evaluation_prompts(3, None)] == [None] * 3


def test_fewer_prompts_are_the_first_of_more():
    assert evaluation_prompts(10, 100)[:4] == evaluation_prompts(4, 100)


def test_another_seed_samples_anew_on_the_same_tasks():
    one, other = evaluation_prompts(8, 8, seed=1), evaluation_prompts(8, 8, seed=2)
    assert [prompt.task_index for prompt in one] == [prompt.task_index for prompt in other]
    assert not {prompt.seed for prompt in one} & {prompt.seed for prompt in other}
