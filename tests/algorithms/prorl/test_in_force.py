"""What begins in a run, a stage or a policy that was set back, reaches everyone whom it concerns, and at once."""

import pytest
from ray.rllib.core import DEFAULT_MODULE_ID

from prorl_rllib.algorithms.prorl.training_data import GroupTrainingData
from prorl_rllib.engines.named_weights import named_weights


@pytest.fixture
def watched():
    """A function from a config to an algorithm that notes how far engine and policy are apart at each sampling."""
    algos = []

    def build(config):
        algo = config.build_algo()
        algos.append(algo)
        gaps, sample = [], algo._sampler.sample

        def spy(*args, **kwargs):
            policy = algo.learner_group._learner.policy_module().policy_weights()
            engine = named_weights(algo.env_runner_group.local_env_runner._engine.start()._lm)
            gaps.append(max(float((engine[name] - weight.detach()).abs().max()) for name, weight in policy.items()))
            return sample(*args, **kwargs)

        algo._sampler.sample = spy
        return algo, gaps

    yield build
    for algo in algos:
        algo.stop()


def evaluated(config):
    return config.evaluation(evaluation_interval=1, evaluation_duration=2, evaluate_before_training=False)


def test_the_engine_samples_from_the_policy_that_was_set_back(make_config, watched):
    """Whether a trigger sets it back, at the end of an iteration, or a stage, at the beginning of one."""
    config = evaluated(make_config(lr_warmup_steps=0)).stages([{"from_iteration": 4, "reset_reference": True}])
    config.reference_reset(period=2, min_spacing=2, to="best", checkpoint_before=False)
    algo, gaps = watched(config)
    events = [algo.train()["events"] for _ in range(4)]
    assert ["set back" in event for event in events] == [False, True, False, True]
    assert set(gaps) == {0.0}


def test_the_best_policy_is_the_best_since_the_last_reset(make_config, watched):
    config = evaluated(make_config()).reference_reset(period=2, min_spacing=2, to="best", checkpoint_before=False)
    algo, _ = watched(config)
    events = [algo.train()["events"] for _ in range(4)]
    # A random model solves nothing: of equal evaluations the last is the best.
    assert "set back to iteration 1 " in events[1]
    assert "set back to iteration 3 " in events[3]


def test_a_stage_changes_the_triggers(make_config, watched):
    config = make_config().reference_reset(period=None, plateau_evaluations=None, checkpoint_before=False)
    config.stages([{"from_iteration": 2, "reference_reset": {"period": 1}}])
    algo, _ = watched(config)
    assert [algo.train()["reference_reset_reason"] for _ in range(3)] == ["", "period", "period"]


WAITING = {
    "prompts_per_step": 6,
    "prompts_per_optimizer_step": 3,
    "group_size": 2,
    "max_sampling_rounds": 1,
    "on_sampling_cap": "skip",
}


def test_groups_wait_where_nothing_changes(make_config, watched):
    algo, _ = watched(make_config(**WAITING).reference_reset(period=None))
    assert any(algo.train()["prorl"]["groups_waited"] for _ in range(4))


def test_groups_that_wait_are_dropped_when_a_stage_begins(make_config, watched):
    stages = [{"from_iteration": number, "generation": {"temperature": 1.0 + number / 100}} for number in range(2, 5)]
    algo, _ = watched(make_config(**WAITING).reference_reset(period=None).stages(stages))
    results = [algo.train() for _ in range(4)]
    assert [result["prorl"]["groups_waited"] for result in results] == [0] * 4
    assert any("dropped: they were sampled under the settings" in result["events"] for result in results)


def test_groups_that_wait_are_dropped_when_the_policy_is_set_back(make_config, watched):
    config = evaluated(make_config(**WAITING))
    config.reference_reset(period=1, min_spacing=1, to="best", checkpoint_before=False)
    algo, _ = watched(config)
    results = [algo.train() for _ in range(5)]
    dropped = ["dropped: they were sampled with a policy that is no more" in result["events"] for result in results]
    assert any(dropped)
    for number in (number for number, was_dropped in enumerate(dropped[:-1]) if was_dropped):
        assert results[number + 1]["prorl"]["groups_waited"] == 0


def test_the_cosine_length_penalty_goes_on_and_off_with_the_updates(make_learner, make_groups):
    cosine = {"min": -1.0, "max": 0.0, "weight": 1.0}
    learner = make_learner(cosine_length=cosine, cosine_length_on=1, cosine_length_off=1)
    figures = []
    for _ in range(3):
        data = GroupTrainingData(optimizer_steps=[make_groups(num_groups=2)])
        figures.append(learner.update(training_data=data)[DEFAULT_MODULE_ID])
    on, off, again = (float(figure["shaped_reward_mean"].peek()) for figure in figures)
    assert on == again < off
    assert [float(figure["cosine_length_on"].peek()) for figure in figures] == [1.0, 0.0, 1.0]


def test_the_gap_to_the_sampler_is_that_of_the_weights_that_sampled(make_learner, make_groups):
    """In later optimizer steps of a rollout batch the policy has moved, which is no fault of the sampler's."""
    steps = [make_groups(seed=number, num_groups=2) for number in range(3)]
    gaps = []
    for count in (1, 3):
        learner = make_learner(lr=1e-2, lr_warmup_steps=0)
        figures = learner.update(training_data=GroupTrainingData(optimizer_steps=steps[:count]))[DEFAULT_MODULE_ID]
        gaps.append([float(figures[key].peek()) for key in ("logprob_gap", "logprob_gap_max", "sampler_kl")])
    assert gaps[0] == gaps[1]


@pytest.mark.parametrize(
    ("stages", "lengths"),
    [
        ([{"from_iteration": 5, "generation": {"max_completion_length": 5}}], [8, 5]),
        ([{"from_iteration": n, "generation": {"max_completion_length": 9 - n}} for n in (2, 3, 4)], [5, 5]),
        ([], [8, 8]),
    ],
)
def test_a_resumed_run_is_in_the_stage_that_its_config_has_for_its_iteration(
    make_config, watched, stages, lengths, tmp_path
):
    """The stages may be others than those of the run that was saved."""
    config = make_config().reference_reset(period=None)
    before, _ = watched(config.copy().stages([{"from_iteration": 2, "generation": {"max_completion_length": 3}}]))
    for _ in range(3):
        before.train()
    before.save_to_path(tmp_path / "checkpoint")
    after, _ = watched(config.copy().stages(stages))
    after.restore_from_path(tmp_path / "checkpoint")
    limits = []
    for _ in range(2):
        after.train()
        limits.append(after.config.max_completion_length)
    assert limits == lengths


def test_groups_that_wait_are_dropped_by_a_resume_under_other_sampling_settings(make_config, watched, tmp_path):
    algo, _ = watched(make_config(**WAITING).reference_reset(period=None))
    while not algo._remembered.waiting:
        algo.train()
    algo.save_to_path(tmp_path / "checkpoint")
    for settings, kept in (({}, True), ({"temperature": 0.9}, False)):
        resumed, _ = watched(make_config(**WAITING).reference_reset(period=None).generation(**settings))
        resumed.restore_from_path(tmp_path / "checkpoint")
        assert bool(resumed._remembered.waiting) == kept


def test_a_stage_whose_environment_cannot_be_made_is_refused_before_the_first_iteration(make_config):
    config = make_config().environment("prorl_rllib:prorl/Logic-v0", env_config={"datasets": ["gcd", "lcm"]})
    config.stages([{"from_iteration": 50, "env_config": {"weights": {"gdc": 1.0}}}])
    with pytest.raises(Exception, match="gdc"):
        config.build_algo()
