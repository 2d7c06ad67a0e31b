from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.prorl.reference_reset import ReferenceResetController, ReferenceResetSettings


def controller(**settings):
    return ReferenceResetController(ReferenceResetSettings(**settings))


def test_a_period_resets_every_that_many_iterations():
    it = controller(period=3)
    assert [it.step() for _ in range(7)] == ["", "", "period", "", "", "period", ""]


def test_a_plateau_resets_after_evaluations_without_gain():
    it = controller(plateau_evaluations=2, plateau_min_gain=0.01)
    reasons = []
    for score in (0.5, 0.52, 0.525, 0.529):
        it.observe_evaluation(score)
        reasons.append(it.step())
    # 0.525 and 0.529 do not exceed 0.52 by more than 0.01.
    assert reasons == ["", "", "", "plateau"]


def test_a_gain_starts_the_count_again():
    it = controller(plateau_evaluations=2, plateau_min_gain=0.0)
    for score in (0.5, 0.5, 0.6, 0.6):
        it.observe_evaluation(score)
        assert it.step() == ""


def test_after_a_reset_the_plateau_is_measured_afresh():
    it = controller(plateau_evaluations=1)
    it.observe_evaluation(0.9)
    it.observe_evaluation(0.9)
    assert it.step() == "plateau"
    it.observe_evaluation(0.2)
    assert it.step() == ""


@given(st.integers(1, 6), st.integers(1, 6))
def test_resets_are_never_closer_than_the_spacing(period, spacing):
    it = controller(period=period, min_spacing=spacing, plateau_evaluations=1)
    last = None
    for iteration in range(60):
        it.observe_evaluation(0.1)
        if it.step():
            assert last is None or iteration - last >= spacing
            last = iteration
    assert last is not None


def test_a_user_request_resets_once_whatever_the_spacing():
    it = controller(min_spacing=100)
    it.request()
    assert [it.step(), it.step()] == ["user", ""]
    assert it.num_resets == 1


def test_a_restored_controller_decides_as_the_original():
    settings = {"period": 5, "plateau_evaluations": 2, "min_spacing": 2}
    original = controller(**settings)
    for score in (0.1, 0.1):
        original.observe_evaluation(score)
        original.step()
    copy = controller(**settings)
    copy.set_state(original.get_state())
    for score in (0.1, 0.3, 0.3, 0.3, 0.1, 0.0):
        for it in (original, copy):
            it.observe_evaluation(score)
        assert original.step() == copy.step()
    assert original.get_state() == copy.get_state()
