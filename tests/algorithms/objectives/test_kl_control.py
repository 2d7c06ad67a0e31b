import pytest

from prorl_rllib.algorithms.objectives import AdaptiveKLController


@pytest.mark.parametrize(
    ("kl", "expected"),
    # At target 0.1, 1000 samples and a horizon of 10000: the relative error times 0.1, at most 0.2 of it.
    [
        (0.1, 0.01),
        (0.11, 0.01 * 1.01),
        (0.09, 0.01 * 0.99),
        (5.0, 0.01 * 1.02),
        (0.0, 0.01 * 0.98),
        (-1.0, 0.01 * 0.98),
    ],
)
def test_the_coefficient_follows_the_error_within_a_fifth(kl, expected):
    controller = AdaptiveKLController(coeff=0.01, target=0.1, horizon=10_000)
    assert controller.update(kl, num_samples=1000) == pytest.approx(expected)
    assert controller.coeff == pytest.approx(expected)


def test_over_one_horizon_the_coefficient_grows_by_a_fifth():
    controller = AdaptiveKLController(coeff=1.0, target=0.1, horizon=100)
    assert controller.update(10.0, num_samples=100) == pytest.approx(1.2)


def test_the_kl_of_a_simple_system_settles_at_the_target():
    controller = AdaptiveKLController(coeff=1.0, target=0.05, horizon=1000)
    for _ in range(500):
        kl = 0.01 / controller.coeff
        controller.update(kl, num_samples=500)
    assert kl == pytest.approx(0.05, rel=1e-3)


def test_a_restored_controller_goes_on_where_it_was():
    first = AdaptiveKLController(coeff=0.01, target=0.1)
    first.update(0.5, 256)
    second = AdaptiveKLController(coeff=123.0, target=0.1)
    second.set_state(first.get_state())
    assert first.update(0.02, 256) == second.update(0.02, 256)


@pytest.mark.parametrize("kl", [float("nan"), float("inf")])
def test_a_kl_that_is_not_finite_is_refused_and_changes_nothing(kl):
    controller = AdaptiveKLController(coeff=0.01, target=0.1)
    with pytest.raises(ValueError, match="kl must be finite"):
        controller.update(kl, 256)
    assert controller.coeff == 0.01


@pytest.mark.parametrize("field", ["coeff", "target", "horizon"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_a_setting_out_of_range_is_named(field, value):
    settings = {"coeff": 0.01, "target": 0.1, "horizon": 1000.0, field: value}
    with pytest.raises(ValueError, match=f"{field} must be a positive number, got {value}"):
        AdaptiveKLController(**settings)


def test_a_batch_that_could_take_the_coefficient_to_zero_is_refused():
    controller = AdaptiveKLController(coeff=0.01, target=0.1, horizon=1000)
    with pytest.raises(ValueError, match=r"num_samples must be in \[0, 5000\).*got 5000: raise horizon"):
        controller.update(0.0, 5000)
    with pytest.raises(ValueError, match="coeff must be a positive number, got 0"):
        controller.set_state({"coeff": 0.0})
