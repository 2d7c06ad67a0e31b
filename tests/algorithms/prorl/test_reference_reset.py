from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.prorl.reference_reset import ReferenceResetController, ReferenceResetSettings


def controller(**settings):
    return ReferenceResetController(ReferenceResetSettings(**settings))


def step(it):
    """One iteration: count it, and reset if that is due."""
    it.count_iteration()
    reason = it.due()
    if reason:
        it.record_reset()
    return reason


def test_a_period_resets_every_that_many_iterations():
    it = controller(period=3)
    assert [step(it) for _ in range(7)] == ["", "", "period", "", "", "period", ""]


def test_a_plateau_resets_after_evaluations_without_gain():
    it = controller(plateau_evaluations=2, plateau_min_gain=0.01)
    reasons = []
    for score in (0.5, 0.52, 0.525, 0.529):
        it.observe_evaluation(score)
        reasons.append(step(it))
    # 0.525 and 0.529 do not exceed 0.52 by more than 0.01.
    assert reasons == ["", "", "", "plateau"]


def test_a_gain_starts_the_count_again():
    it = controller(plateau_evaluations=2, plateau_min_gain=0.0)
    for score in (0.5, 0.5, 0.6, 0.6):
        it.observe_evaluation(score)
        assert step(it) == ""


def test_after_a_reset_the_plateau_is_measured_afresh():
    it = controller(plateau_evaluations=1)
    it.observe_evaluation(0.9)
    it.observe_evaluation(0.9)
    assert step(it) == "plateau"
    it.observe_evaluation(0.2)
    assert step(it) == ""


@given(st.integers(1, 6), st.integers(1, 6))
def test_resets_are_never_closer_than_the_spacing(period, spacing):
    it = controller(period=period, min_spacing=spacing, plateau_evaluations=1)
    last = None
    for iteration in range(60):
        it.observe_evaluation(0.1)
        if step(it):
            assert last is None or iteration - last >= spacing
            last = iteration
    assert last is not None


def test_a_user_request_resets_once_whatever_the_spacing():
    it = controller(min_spacing=100)
    it.request()
    assert [step(it), step(it)] == ["user", ""]
    assert it.num_resets == 1


def test_a_restored_controller_decides_as_the_original():
    settings = {"period": 5, "plateau_evaluations": 2, "min_spacing": 2}
    original = controller(**settings)
    for score in (0.1, 0.1):
        original.observe_evaluation(score)
        step(original)
    copy = controller(**settings)
    copy.set_state(original.get_state())
    for score in (0.1, 0.3, 0.3, 0.3, 0.1, 0.0):
        for it in (original, copy):
            it.observe_evaluation(score)
        assert step(original) == step(copy)
    assert original.get_state() == copy.get_state()


def test_evaluations_judged_by_another_gain_than_the_configs_do_not_count():
    original = controller(plateau_evaluations=2, plateau_min_gain=0.1)
    for score in (0.5, 0.55):
        original.observe_evaluation(score)
        step(original)
    assert (original.best_score, original.evaluations_without_gain) == (0.5, 1)
    changed = controller(plateau_evaluations=2, plateau_min_gain=0.01)
    changed.set_state(original.get_state())
    assert (changed.best_score, changed.evaluations_without_gain) == (None, 0)
    assert changed.iterations_since_reset == original.iterations_since_reset == 2
    more_patient = controller(plateau_evaluations=5, plateau_min_gain=0.1)
    more_patient.set_state(original.get_state())
    assert (more_patient.best_score, more_patient.evaluations_without_gain) == (0.5, 1)


def test_to_ask_whether_a_reset_is_due_changes_nothing():
    it = controller(period=1)
    it.count_iteration()
    before = it.get_state()
    assert [it.due(), it.due()] == ["period", "period"]
    assert it.get_state() == before


def test_a_kl_divergence_above_its_budget_resets_and_is_measured_afresh():
    it = controller(kl_budget=0.1)
    reasons = []
    for kl in (0.1, 0.2, None, 0.05):
        if kl is not None:
            it.observe_update(kl=kl, entropy=1.0)
        reasons.append(step(it))
    assert reasons == ["", "kl_budget", "", ""]


def test_an_entropy_below_its_floor_resets_not_before_the_spacing_is_over():
    it = controller(entropy_floor=0.5, min_spacing=2)
    reasons = []
    for entropy in (0.4, 0.4, 0.4, 0.6):
        it.observe_update(kl=None, entropy=entropy)
        reasons.append(step(it))
    assert reasons == ["", "entropy_floor", "", ""]


def test_a_figure_that_is_not_finite_triggers_nothing():
    it = controller(entropy_floor=0.5, kl_budget=0.1)
    it.observe_update(kl=float("nan"), entropy=float("nan"))
    assert step(it) == ""


def test_a_reset_for_a_reason_of_its_own_starts_the_period_again():
    it = controller(period=3)
    assert [step(it), step(it)] == ["", ""]
    it.record_reset()
    assert [step(it), step(it), step(it)] == ["", "", "period"]
    assert it.num_resets == 2


triggers = st.fixed_dictionaries(
    {
        "period": st.none() | st.integers(1, 6),
        "plateau_evaluations": st.none() | st.integers(1, 3),
        "kl_budget": st.none() | st.just(0.5),
        "entropy_floor": st.none() | st.just(0.5),
        "min_spacing": st.integers(1, 5),
    }
)
events = st.lists(
    st.tuples(
        st.none() | st.floats(0, 1), st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)), st.sampled_from("  u")
    ),
    max_size=40,
)


def play(it, batch):
    reasons = []
    for score, update, asked in batch:
        if update is not None:
            it.observe_update(kl=update[0], entropy=update[1])
        if asked == "u":
            it.request()
        reasons.append(step(it))
        if score is not None:
            it.observe_evaluation(score)
    return reasons


@given(triggers, events, st.integers(0, 40))
def test_any_run_restored_anywhere_decides_as_the_original(settings, batch, cut):
    original, first, restored = controller(**settings), controller(**settings), controller(**settings)
    reasons = play(original, batch)
    begun = play(first, batch[:cut])
    restored.set_state(first.get_state())
    assert begun + play(restored, batch[cut:]) == reasons
    assert restored.get_state() == original.get_state()


@given(triggers, events)
def test_only_a_user_resets_within_the_spacing(settings, batch):
    last = 0
    for iteration, reason in enumerate(play(controller(**settings), batch), start=1):
        assert reason in ("", "user") or iteration - last >= settings["min_spacing"]
        last = iteration if reason else last


def test_a_request_survives_a_checkpoint():
    it = controller(min_spacing=100)
    it.request()
    restored = controller(min_spacing=100)
    restored.set_state(it.get_state())
    assert step(restored) == "user"
    assert step(restored) == ""
