import pytest

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.experiment.schedulers import make_scheduler


@pytest.mark.parametrize(
    ("name", "settings", "kind"),
    [
        ("fifo", {}, "FIFOScheduler"),
        ("ASHA", {"max_t": 9}, "AsyncHyperBandScheduler"),
        ("pbt", {"hyperparam_mutations": {"lr": [1e-4, 1e-3]}}, "PopulationBasedTraining"),
        ("median_stopping_rule", {}, "MedianStoppingRule"),
    ],
)
def test_schedulers_are_made_by_name(name, settings, kind):
    assert type(make_scheduler(name, settings, "--scheduler")).__name__ == kind


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("ahsa", {}, ("'ahsa'", "did you mean 'asha'")),
        ("asha", {"max_tt": 9}, ("max_tt", "did you mean 'max_t'")),
        ("asha", {"max_t": -1}, ("cannot be made", "asha")),
        ("pbt", {}, ("cannot be made", "hyperparam_mutations")),
    ],
)
def test_what_a_scheduler_does_not_take_is_refused(name, settings, words):
    with pytest.raises(CommandError) as caught:
        make_scheduler(name, settings, "--scheduler")
    for word in words:
        assert word in caught.value.message
