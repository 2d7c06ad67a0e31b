import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.prorl.curriculum import Curriculum, CurriculumSettings, Outcome
from prorl_rllib.algorithms.prorl.prompt_stream import PromptStream
from prorl_rllib.envs.task_source import DifficultyRange

RANGES = {"math/arithmetic": DifficultyRange(3, 1, 5), "math/algebra": DifficultyRange(1, 1, 5)}


def curriculum(window=8, difficulty=None, ranges=RANGES):
    return Curriculum(CurriculumSettings(0.3, 0.7, window, difficulty or {}), ranges)


def groups(dataset, successes, count=1, completions=4):
    return [Outcome(dataset, completions, successes)] * count


def test_a_data_set_begins_at_its_configured_difficulty():
    assert curriculum().levels == {"math/algebra": 1, "math/arithmetic": 3}


def test_success_makes_it_harder_and_failure_easier_once_the_window_is_full():
    it = curriculum()
    assert it.observe(groups("math/arithmetic", 4)) == {}
    assert it.observe(groups("math/arithmetic", 4)) == {"math/arithmetic": 4}
    # The window begins again at the new level.
    assert it.observe(groups("math/arithmetic", 0)) == {}
    assert it.observe(groups("math/arithmetic", 0)) == {"math/arithmetic": 3}
    assert it.levels["math/algebra"] == 1


def test_the_window_begins_again_at_a_new_level():
    it = curriculum()
    it.observe(groups("math/arithmetic", 4, count=2))
    # Half a window at the new level; what was solved at the old one counts no more.
    assert it.observe(groups("math/arithmetic", 4)) == {}
    assert it.observe(groups("math/arithmetic", 4)) == {"math/arithmetic": 5}


def test_a_rate_within_the_target_moves_nothing():
    it = curriculum()
    assert it.observe(groups("math/arithmetic", 2, count=10)) == {}


def test_the_window_holds_the_newest_completions_only():
    it = curriculum()
    for successes in (2, 2, 3, 2, 3, 3):
        assert it.levels["math/arithmetic"] == 3
        moved = it.observe(groups("math/arithmetic", successes))
    assert moved == {"math/arithmetic": 4}


def test_a_batch_moves_a_level_by_one_at_most():
    it = curriculum()
    it.observe(groups("math/arithmetic", 4, count=100))
    assert it.levels["math/arithmetic"] == 4


def test_a_data_sets_own_bounds_precede_its_domains():
    it = curriculum(difficulty={"math": (2, 4), "math/algebra": (5, 5)})
    assert it.levels == {"math/algebra": 5, "math/arithmetic": 3}
    for _ in range(5):
        it.observe(groups("math/arithmetic", 4, count=2))
    assert it.levels["math/arithmetic"] == 4


def test_wrong_names_and_bounds_are_named():
    with pytest.raises(ValueError, match=r"'maths' .did you mean 'math'"):
        curriculum(difficulty={"maths": (1, 2)})
    with pytest.raises(ValueError, match=r"levels 1..9: they must lie within 1..5"):
        curriculum(difficulty={"math": (1, 9)})
    with pytest.raises(ValueError, match="several difficulties"):
        curriculum(ranges={})


outcome_lists = st.lists(
    st.builds(Outcome, st.sampled_from([*RANGES, "code/other"]), st.just(4), st.integers(0, 4)), max_size=12
)


@given(st.lists(outcome_lists, max_size=20), st.integers(1, 20), st.integers(0, 19))
def test_a_restored_curriculum_goes_on_like_the_original_and_stays_in_range(batches, window, cut):
    original, restored = curriculum(window), curriculum(window)
    for batch in batches[:cut]:
        original.observe(batch)
    restored.set_state(original.get_state())
    for batch in batches[cut:]:
        assert original.observe(batch) == restored.observe(batch)
        assert all(RANGES[name].low <= level <= RANGES[name].high for name, level in original.levels.items())
    assert original.get_state() == restored.get_state()


def test_the_stream_asks_for_the_levels_and_takes_them_along():
    stream = PromptStream(num_tasks=10, seed=0, curriculum=curriculum())
    assert stream.take(1)[0].reset_options["difficulty"] == {"math/algebra": 1, "math/arithmetic": 3}
    stream.observe(groups("math/arithmetic", 4, count=2))
    copy = PromptStream(num_tasks=10, seed=0, curriculum=curriculum())
    copy.set_state(stream.get_state())
    assert copy.take(3) == stream.take(3)
    assert copy.difficulties["math/arithmetic"] == 4


def test_other_tasks_begin_an_epoch_of_their_own_and_nothing_repeats():
    stream = PromptStream(num_tasks=10, seed=0)
    first = stream.take(7)
    stream.change_tasks(num_tasks=5, curriculum=None)
    copy = PromptStream(num_tasks=5, seed=0)
    copy.set_state(stream.get_state())
    second = stream.take(5)
    assert sorted(request.task_index for request in second) == list(range(5))
    assert len({request.group_id for request in first + second}) == 12
    assert copy.take(5) == second
