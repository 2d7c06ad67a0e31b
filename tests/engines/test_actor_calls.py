import os
import threading

import pytest
import ray

from prorl_rllib.engines.actor_calls import ActorCalls


@ray.remote(num_cpus=0)
class Member:
    """Does as its argument says."""

    def act(self, word):
        if word == "hang":
            threading.Event().wait()
        if word == "die":
            os._exit(1)
        if word == "raise":
            raise ValueError("a bug")
        return word


@pytest.fixture(scope="module")
def members(ray_cluster):
    made = []

    def make(count):
        actors = {number: Member.remote() for number in range(1, count + 1)}
        ray.get([actor.act.remote("ready") for actor in actors.values()])
        made.extend(actors.values())
        return actors

    yield make
    for actor in made:
        ray.kill(actor)


def test_all_answers_come_each_to_its_own_arguments(members):
    calls = ActorCalls(members(2), timeout_s=60)
    found = calls.call("act", {1: ("one",), 2: ("two",)})
    assert found.answers == {1: "one", 2: "two"} and not found.lost and not found.silent
    assert calls.ids == [1, 2]


def test_a_hang_ends_at_the_deadline_and_is_named(members):
    found = ActorCalls(members(2), timeout_s=1).call("act", {1: ("hang",), 2: ("two",)})
    assert found.answers == {2: "two"} and found.silent == {1}


def test_a_loss_is_told_at_once_where_the_others_wait_in_vain(members):
    calls = ActorCalls(members(2), timeout_s=600)
    found = calls.call("act", {1: ("hang",), 2: ("die",)}, give_up=lambda answer: False)
    assert list(found.lost) == [2] and not found.answers and not found.silent


def test_a_bad_answer_ends_the_wait_where_the_others_wait_in_vain(members):
    calls = ActorCalls(members(2), timeout_s=600)
    found = calls.call("act", {1: ("hang",), 2: ("bad",)}, give_up=lambda answer: answer == "bad")
    assert found.answers == {2: "bad"}


def test_what_an_actor_raises_is_raised(members):
    with pytest.raises(ValueError, match="a bug"):
        ActorCalls(members(1), timeout_s=60).call("act", {1: ("raise",)})
