import numpy as np
import pytest

from prorl_rllib.evaluation.boundary.estimator import Estimator
from prorl_rllib.evaluation.boundary.gain import gain_correlations
from prorl_rllib.evaluation.boundary.model_samples import TaskSamples

FAST = Estimator(resamples=300)


def task(index, even, odd, n=64):
    """A task with so many right samples among the n/2 even and the n/2 odd ones."""
    return TaskSamples(
        task_id=f"t/{index}",
        prompt_index=index,
        prompt=b"",
        prompt_tokens=1,
        samples=(n // 2, n // 2),
        correct=(even, odd),
        failed=0,
        majority=None,
        reward=0.0,
        tokens=1,
        logprobs=0.0,
        characters=1,
        truncated=0,
        duplicates=0,
    )


def tasks(base, trained):
    return {
        "base": [task(index, *each) for index, each in enumerate(base)],
        "trained": [task(index, *each) for index, each in enumerate(trained)],
    }


def found(correlations, over, method):
    return next(each for each in correlations if (each.over, each.method) == (over, method))


def values(points):
    return [value for point in points for value in (point.base, point.gain)]


def test_points_are_those_of_a_count_by_hand():
    made = gain_correlations({"a": tasks([(8, 0), (0, 16), (4, 4)], [(32, 32), (16, 16), (0, 0)])}, 1, FAST)
    points = found(made, "tasks", "all_samples").points
    assert values(points) == pytest.approx([0.125, 0.875, 0.25, 0.25, 0.125, -0.125])
    points = found(made, "tasks", "split_half").points
    # Strength from the even half, gain over the odd one.
    assert values(points) == pytest.approx([0.25, 1.0, 0.0, 0.0, 0.125, -0.125])


def test_luck_of_the_base_correlates_with_all_samples_and_not_when_split():
    draw = np.random.default_rng(0)
    # All tasks are equally hard for both models, so that gain and strength have nothing to do with each other.
    base, trained = draw.binomial(32, 0.3, (400, 2)).tolist(), draw.binomial(32, 0.6, (400, 2)).tolist()
    made = gain_correlations({"a": tasks(base, trained)}, 1, FAST)
    assert found(made, "tasks", "all_samples").pearson.high < -0.5
    split = found(made, "tasks", "split_half")
    assert split.pearson.low < 0 < split.pearson.high
    assert split.spearman.low < 0 < split.spearman.high


def test_a_weak_base_that_gains_more_is_found_in_both():
    base = [(share, share) for share in range(0, 32)]
    made = gain_correlations({"a": tasks(base, [(32, 32)] * 31 + [(32, 31)])}, 1, FAST)
    for method in ("all_samples", "split_half"):
        each = found(made, "tasks", method)
        assert each.pearson.mean == pytest.approx(-1, abs=0.01) and each.spearman.mean == pytest.approx(-1, abs=0.01)
        assert each.pearson_p < 1e-6


def test_a_trained_model_that_is_the_same_everywhere_gives_no_correlation_with_what_it_was_subtracted_from():
    base = [(share, 31 - share) for share in range(0, 32)]
    made = gain_correlations({"a": tasks([(share, share) for share in range(32)], [(32, 32)] * 32)}, 1, FAST)
    assert found(made, "tasks", "all_samples").pearson is None
    assert found(made, "tasks", "split_half").pearson.mean == pytest.approx(-1)
    made = gain_correlations({"a": tasks(base, [(32, 32)] * 32)}, 1, FAST)
    assert found(made, "tasks", "split_half").pearson.mean == pytest.approx(1)


def test_four_families_are_shown_and_not_correlated():
    families = {str(share): tasks([(share, share)] * 2, [(32, 30 + share // 16)] * 2) for share in (0, 8, 16, 24)}
    made = found(gain_correlations(families, 1, FAST), "families", "split_half")
    assert len(made.points) == 4 and made.pearson is None and made.spearman_p is None
    families["31"] = tasks([(31, 31)] * 2, [(32, 32)] * 2)
    assert found(gain_correlations(families, 1, FAST), "families", "split_half").pearson is not None


def test_families_are_points_where_there_are_three():
    families = {name: tasks([(share, share)] * 2, [(32, 32)] * 2) for name, share in (("a", 0), ("b", 8), ("c", 16))}
    made = found(gain_correlations(families, 1, FAST), "families", "split_half")
    assert [point.label for point in made.points] == ["a", "b", "c"]
    assert values(made.points) == pytest.approx([0.0, 1.0, 0.25, 0.75, 0.5, 0.5])
    del families["c"]
    assert {each.over for each in gain_correlations(families, 1, FAST)} == {"tasks"}


def test_split_takes_no_larger_k_than_half_of_the_samples():
    made = gain_correlations({"a": tasks([(1, 0), (0, 0), (2, 2)], [(1, 1)] * 3)}, 64, FAST)
    assert (found(made, "tasks", "all_samples").k, found(made, "tasks", "split_half").k) == (64, 32)


def test_no_spread_is_no_correlation():
    made = found(gain_correlations({"a": tasks([(0, 0)] * 5, [(1, 1)] * 5)}, 1, FAST), "tasks", "all_samples")
    assert (made.pearson, made.pearson_p, made.spearman, made.spearman_p) == (None, None, None, None)


def test_points_that_differ_by_rounding_alone_have_no_spread_and_one_rank():
    # The same gain, from bases of which each makes another rounding of it.
    base, trained = [(4, 4), (8, 8), (24, 24), (30, 30)], [(6, 6), (10, 10), (26, 26), (32, 32)]
    # 0.7 - 0.5, 0.3 - 0.1 and so on: fifths and tenths are no sums of halves.
    tenths = {
        "base": [task(index, *each, n=80) for index, each in enumerate(base)],
        "trained": [task(index, *each, n=80) for index, each in enumerate(trained)],
    }
    for each in gain_correlations({"a": tenths}, 1, FAST):
        assert len({point.gain for point in each.points}) > 1, "the case needs differing roundings"
        assert (each.pearson, each.spearman) == (None, None)


def test_a_resample_of_one_point_has_no_correlation():
    from prorl_rllib.evaluation.boundary.gain import pearson_of

    # The mean of three times 0.1 is not 0.1.
    x, y = np.array([[0.1, 0.1, 0.1], [0.1, 0.2, 0.3]]), np.array([[0.7, 0.7, 0.7], [0.7, 0.8, 0.9]])
    assert np.isnan(pearson_of(x, y)[0]) and pearson_of(x, y)[1] == pytest.approx(1.0)
