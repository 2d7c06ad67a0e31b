import numpy as np

from prorl_rllib.evaluation.boundary.model_figures import histogram


def test_histogram_has_exact_ends_and_bins_that_are_closed_above():
    bins = histogram(np.array([0.0, 0.0, 1 / 256, 0.1, 0.3, 3 * 0.1, 0.95, 1.0]))
    assert [each.count for each in bins] == [2, 2, 0, 2, 0, 0, 0, 0, 0, 0, 1, 1]
    assert [(bins[0].low, bins[0].high), (bins[-1].low, bins[-1].high)] == [(0, 0), (1, 1)]


def test_every_count_of_256_is_in_one_bin():
    assert sum(each.count for each in histogram(np.arange(257) / 256)) == 257
