import pytest

from prorl_rllib.algorithms.prorl.prompt_stream import PromptStream


def test_every_task_comes_once_an_epoch_in_an_order_of_its_own():
    stream = PromptStream(num_tasks=10, seed=1)
    first, second = ([request.task_index for request in stream.take(10)] for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_the_stream_does_not_depend_on_how_it_is_read():
    whole = PromptStream(num_tasks=7, seed=3).take(20)
    parts = PromptStream(num_tasks=7, seed=3)
    assert whole == [*parts.take(3), *parts.take(1), *parts.take(16)]


def test_a_restored_stream_goes_on_where_it_was():
    original, copy = PromptStream(num_tasks=7, seed=3), PromptStream(num_tasks=7, seed=3)
    original.take(11)
    copy.set_state(original.get_state())
    assert original.take(9) == copy.take(9)


def test_group_ids_and_seeds_never_repeat():
    requests = PromptStream(num_tasks=3, seed=0).take(100)
    assert len({request.group_id for request in requests}) == len({request.seed for request in requests}) == 100


def test_another_seed_is_another_stream():
    assert PromptStream(num_tasks=50, seed=0).take(5) != PromptStream(num_tasks=50, seed=1).take(5)


def test_an_environment_without_tasks_is_refused():
    with pytest.raises(ValueError, match="0 tasks"):
        PromptStream(num_tasks=0, seed=0)
