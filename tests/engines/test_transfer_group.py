import pytest

from prorl_rllib.engines.transfer_group import LearnerEndpoint, RunnerEndpoint, plan_group
from prorl_rllib.engines.transfer_kinds import check_kind


def learners(*gpus):
    return [LearnerEndpoint(rank, f"10.0.0.{rank}", 4000 + rank, gpu) for rank, gpu in enumerate(gpus)]


def runners(*gpus):
    return {number: RunnerEndpoint(tuple(of_runner), "") for number, of_runner in enumerate(gpus, start=1)}


def test_ranks_follow_the_ids_of_the_runners_and_leave_room_for_split_engines():
    plan = plan_group("nccl", "g", learners("a", "b")[::-1], {5: RunnerEndpoint(("e",), ""), **runners("cd", "f")})
    assert dict(plan.rank_offsets) == {1: 1, 2: 3, 5: 4} and plan.world_size == 5
    assert (plan.address, plan.port) == ("10.0.0.0", 4000)


def test_each_engine_is_told_its_own_rank_and_nothing_is_made_up_where_there_is_none():
    plan = plan_group("nccl", "g", learners("a"), runners("b", "c"))
    assert plan.init_info_of(2, {"rank_offset": 1, "world_size": 3}) == {"rank_offset": 2, "world_size": 3}
    assert plan.init_info_of(2, {"packed": True}) == {"packed": True}


@pytest.mark.parametrize(
    ("gpus", "named"),
    [((["a"],), "the first learner"), ((["b"], ["b"]), "env runner 1"), ((["b", "b"],), "env runner")],
)
def test_nccl_refuses_members_that_share_a_gpu(gpus, named):
    with pytest.raises(ValueError, match=rf"'nccl'.*{named}.*share.*object_store"):
        plan_group("nccl", "g", learners("a"), runners(*gpus))


def test_ipc_wants_a_learner_on_every_engines_gpu():
    assert plan_group("ipc", "g", learners("a", "b"), runners("b", "a")).world_size == 3
    with pytest.raises(ValueError, match=r"'ipc'.*env runner 2.*GPU c.*object_store"):
        plan_group("ipc", "g", learners("a", "b"), runners("b", "c"))


@pytest.mark.parametrize("build", ["cpu", None])
@pytest.mark.parametrize("kind", ["nccl", "ipc"])
def test_without_cuda_a_transfer_between_gpus_is_refused_with_the_way_that_works(kind, build):
    with pytest.raises(ValueError, match="weight_transfer='object_store'"):
        check_kind(kind, build)
    check_kind(kind, "cuda")
    check_kind("object_store", build)


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"weight_transfer='mpi'.*\['object_store', 'nccl', 'ipc'\]"):
        check_kind("mpi", "cuda")
