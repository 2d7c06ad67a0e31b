import pytest

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.experiment.stop_metrics import cannot_end, check_stop_metrics, missing_metrics

RESULT = {"training_iteration": 1, "env_runners": {"num_episodes": 3}, "done": False}


@pytest.mark.parametrize("old", ["episode_reward_mean", "env_runners/episode_reward_mean", "timesteps_total"])
def test_a_metric_of_the_old_api_stack_is_refused_with_its_new_name(old):
    with pytest.raises(CommandError, match=r"old API stack.*(episode_return_mean|num_env_steps_sampled_lifetime)"):
        check_stop_metrics({old: 1}, ProRLConfig(), "--stop")


def test_a_metric_of_an_evaluation_needs_an_evaluation():
    stop = {"evaluation/env_runners/pass@1": 0.9}
    with pytest.raises(CommandError, match=r"pass@1.*nothing is evaluated.*evaluation_interval"):
        check_stop_metrics(stop, ProRLConfig(), "--stop")
    check_stop_metrics(stop, ProRLConfig().evaluation(evaluation_interval=5), "--stop")


def test_what_the_first_result_lacks_is_missing_unless_it_may_come_later():
    later = {"env_runners/episode_return_mean": 1, "learners/default_policy/kl": 1, "evaluation/env_runners/pass@1": 1}
    assert missing_metrics(later, RESULT) == {}
    assert missing_metrics({"training_iteration": 3, "env_runners/num_episodes": 5}, RESULT) == {}
    assert missing_metrics({"training_iterations": 3}, RESULT) == {
        "training_iterations": " (did you mean 'training_iteration'?)"
    }


def test_what_is_no_number_is_no_metric_to_stop_at():
    from prorl_rllib.cli.training.interrupt import criteria_met

    result = {**RESULT, "date": "2026-01-31", "config": {"env": None}}
    assert set(missing_metrics({"date": 1, "config/env": 1}, result)) == {"date", "config/env"}
    assert not criteria_met({"date": 1, "config/env": 1}, result)


def test_a_metric_of_an_evaluation_is_missing_once_there_was_one_without_it():
    evaluated = {**RESULT, "evaluation": {"env_runners": {"pass@1": 0.5}}}
    assert set(missing_metrics({"evaluation/env_runners/pass@2": 1}, evaluated)) == {"evaluation/env_runners/pass@2"}


def test_a_run_with_another_criterion_still_ends():
    assert cannot_end({"a": 1}, {"a": ""})
    assert not cannot_end({"a": 1, "training_iteration": 3}, {"a": ""})
    assert not cannot_end({}, {})
