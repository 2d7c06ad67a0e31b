import pytest

from prorl_rllib.algorithms.prorl.lr_schedule import decay_factor, warmup_factor


def factors(schedule, steps, **settings):
    values = {"warmup_steps": 2, "decay_steps": 4, "min_factor": 0.2, **settings}
    return [decay_factor(step, schedule=schedule, **values) for step in steps]


def test_the_warm_up_rises_in_equal_steps():
    assert [warmup_factor(step, warmup_steps=4) for step in range(6)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert warmup_factor(0, warmup_steps=0) == 1.0


def test_a_constant_schedule_stays():
    assert factors("constant", range(10)) == [1.0] * 10


def test_a_linear_schedule_falls_after_the_warm_up_and_then_stays():
    assert factors("linear", range(9)) == pytest.approx([1.0, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2])


def test_a_cosine_schedule_falls_along_half_a_cosine():
    # 0.2 + 0.8 (1 + cos(pi p)) / 2 at p = 0, 1/4, 1/2, 3/4, 1.
    expected = [1.0, 1.0, 1.0, 0.8828427, 0.6, 0.3171573, 0.2, 0.2]
    assert factors("cosine", range(8)) == pytest.approx(expected)


def test_a_schedule_may_end_at_nothing():
    assert factors("linear", [6, 100], min_factor=0.0) == [0.0, 0.0]
