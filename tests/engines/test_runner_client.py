"""How a transfer goes on, or is given up, when env runners fail; and when it makes its group anew."""

import pytest

from prorl_rllib.engines.actor_calls import Answers
from prorl_rllib.engines.runner_client import Outcome, RunnerClient, TransferBroken
from prorl_rllib.engines.transfer_group import GroupPlan, LearnerEndpoint, Round, RunnerEndpoint
from prorl_rllib.engines.weight_sender import OutgoingPolicy
from prorl_rllib.engines.weight_transfer import WeightTransfer, make_weight_transfer
from prorl_rllib.env_runners.reports import EngineLoss, EngineReport, Failure

GOOD, BAD = EngineReport(), EngineReport(loss=EngineLoss("crashed", spoils_process=True))
ROUND = Round(version=7, number=3, manifest=(("w", (2,)),), canary=None)


class ScriptedRunners:
    """Answers good reports but where told otherwise; with `give_up`, those after a bad one do not answer."""

    timeout_s = 1.0

    def __init__(self, **at_step):
        self.at_step, self.calls = at_step, []

    def call(self, method, arguments, *, give_up=None):
        found = Answers()
        for number, (step, given) in sorted(arguments.items()):
            self.calls.append((number, step, given))
            answer = self.at_step.get(step, {}).get(number, GOOD)
            if answer == "lost":
                found.lost[number] = "gone"
            elif answer == "silent":
                found.silent.add(number)
            else:
                found.answers[number] = answer
            if give_up is not None and (answer == "lost" or (number in found.answers and give_up(answer))):
                break
        return found


def client(kind, **at_step):
    plan = GroupPlan(kind, "g", "host", 1, 4, {1: 1, 2: 2, 3: 3})
    return RunnerClient(ScriptedRunners(**at_step), plan)


def send(made):
    made.begin_round(ROUND)
    made.start_weight_update()
    made.update_weights({"names": ["w"]})
    made.finish_weight_update()
    return made.outcome()


@pytest.mark.parametrize("kind", ["nccl", "ipc"])
def test_a_sending_brings_version_number_and_canary_to_all_runners(kind):
    made = client(kind)
    outcome = send(made)
    assert outcome.complete and outcome.version == 7 and sorted(outcome.answers) == [1, 2, 3]
    given = {step: arguments for number, step, arguments in made._runners.calls if number == 3}
    assert given["begin_weight_update"] == {"version": 7, "manifest": ROUND.manifest}
    assert given["receive_weights"] == {"update_info": {"names": ["w"]}}
    assert given["end_weight_update"] == {"number": 3, "canary": None}


@pytest.mark.parametrize("answer", [BAD, "lost", "silent"])
@pytest.mark.parametrize("step", ["begin_weight_update", "receive_weights"])
def test_an_nccl_group_is_given_up_with_its_first_loss_and_the_others_are_named(step, answer):
    made = client("nccl", **{step: {2: answer}})
    broken = []
    made.on_broken = lambda: broken.append(True)
    with pytest.raises(TransferBroken, match=rf"{step}.*\[2\]"):
        send(made)
    outcome = made.outcome()
    assert broken == [True] and not outcome.complete and made.went_wrong
    assert outcome.unsent == (1, 3)


@pytest.mark.parametrize("answer", [BAD, "lost", "silent"])
def test_with_ipc_the_others_go_on_without_a_lost_one(answer):
    made = client("ipc", receive_weights={2: answer})
    outcome = send(made)
    assert not outcome.complete and outcome.unsent == ()
    assert [number for number, step, _ in made._runners.calls if step == "end_weight_update"] == [1, 3]


def test_a_runner_that_fails_at_the_end_does_not_take_the_others_with_it():
    failure = EngineReport(failure=Failure("CanaryError", "other weights", "there"))
    outcome = send(client("nccl", end_weight_update={1: failure}))
    assert outcome.answers[1] is failure and outcome.unsent == () and not outcome.complete


def test_nothing_is_sent_before_it_is_said_what():
    with pytest.raises(RuntimeError, match="before begin_round"):
        client("nccl").start_weight_update()


class FakeCluster:
    """Learners and runners as `WeightTransfer` sees them: which group each is in."""

    def __init__(self, monkeypatch):
        self.groups, self.opened, self.result = {}, 0, Outcome(version=1)
        cluster = self

        class Calls:
            def __init__(self, actors, timeout_s):
                self.ids = sorted(actors)

            def call(self, method, arguments, **_):
                endpoints = {n: RunnerEndpoint((f"gpu-{n}",), cluster.groups.get(n, "")) for n in arguments}
                return Answers(answers=endpoints)

        def open_sender(learner, runners, plan):
            cluster.opened += 1
            cluster.groups = dict.fromkeys(plan.rank_offsets, plan.group)
            return Outcome()

        module = "prorl_rllib.engines.weight_transfer"
        monkeypatch.setattr(f"{module}.ActorCalls", Calls)
        monkeypatch.setattr(f"{module}.open_sender", open_sender)
        monkeypatch.setattr(f"{module}.send_policy", lambda learner, outgoing, number: cluster.result)
        monkeypatch.setattr(f"{module}.learner_endpoint", lambda learner: LearnerEndpoint(0, "host", 1, "gpu-0"))

    def transfer(self):
        def outgoing(learner):
            return OutgoingPolicy(1, {}, None)

        return WeightTransfer("nccl", call_learners=lambda call: [call(None)], outgoing=outgoing, timeout_s=1.0)


def test_the_group_is_made_once_and_anew_when_a_member_was_started_anew_left_or_came(monkeypatch):
    cluster = FakeCluster(monkeypatch)
    transfer = cluster.transfer()
    for expected, runners in ((1, (1, 2)), (1, (1, 2)), (2, (1,)), (3, (1, 2))):
        transfer.send(dict.fromkeys(runners), number=1)
        assert cluster.opened == expected
    cluster.groups[2] = ""
    transfer.send(dict.fromkeys((1, 2)), number=1)
    assert cluster.opened == 4


def test_after_a_sending_that_failed_the_group_is_made_anew(monkeypatch):
    cluster = FakeCluster(monkeypatch)
    transfer = cluster.transfer()
    cluster.result = Outcome(version=1, unsent=(1,))
    assert transfer.send({1: None}, number=1).unsent == (1,)
    cluster.result = Outcome(version=1)
    assert transfer.send({1: None}, number=1).complete
    assert cluster.opened == 2


def test_the_object_store_needs_no_transfer():
    nothing = make_weight_transfer("object_store", call_learners=list, outgoing=None, timeout_s=1.0)
    assert nothing is None
