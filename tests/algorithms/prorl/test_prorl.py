import numpy as np
import pytest
import torch
from ray.rllib.core import COMPONENT_LEARNER, COMPONENT_RL_MODULE, DEFAULT_MODULE_ID

from prorl_rllib.envs import EnvConfigError


def weights(algo):
    """All that a step changes: policy, reference and AdamW's moments."""
    state = algo.learner_group.get_state()[COMPONENT_LEARNER]
    optimizer = next(iter(state["optimizer"].values()))["state"]["state"]
    moments = {f"adam.{index}.{key}": value for index, entry in optimizer.items() for key, value in entry.items()}
    return {**state[COMPONENT_RL_MODULE][DEFAULT_MODULE_ID], **moments}


def assert_bit_equal(left, right):
    assert left.keys() == right.keys()
    for name in left:
        assert np.array_equal(np.asarray(left[name]), np.asarray(right[name])), name


def run(config, iterations, *, restore=None):
    algo = config.build_algo()
    try:
        if restore is not None:
            algo.restore_from_path(restore)
        results = [algo.train() for _ in range(iterations)]
        driver = algo._remembered
        return results, weights(algo), driver.reset_controller.get_state(), driver.prompt_stream.get_state()
    finally:
        algo.stop()


@pytest.fixture(scope="module")
def six_iterations(ray_cluster, tiny_model_path):
    """Memo of six iterations by setting, since several tests compare with the same run."""
    return {}


def reference_run(six_iterations, make_config):
    if not six_iterations:
        six_iterations["run"] = run(make_config(), 6)
    return six_iterations["run"]


def test_resume_is_bit_exact(make_config, six_iterations, tmp_path):
    algo = make_config().build_algo()
    for _ in range(3):
        algo.train()
    path = algo.save_to_path(tmp_path / "checkpoint")
    algo.stop()
    # Resets fall into both halves (period 2): controller and warm-up are part of what is restored.
    results, resumed, controller, stream = run(make_config(), 3, restore=path)
    expected_results, expected, expected_controller, expected_stream = reference_run(six_iterations, make_config)
    assert_bit_equal(resumed, expected)
    assert controller == expected_controller
    assert stream == expected_stream
    assert [result["training_iteration"] for result in results] == [4, 5, 6]
    assert (
        results[-1]["env_runners"]["episode_return_mean"] == expected_results[-1]["env_runners"]["episode_return_mean"]
    )


def test_from_checkpoint_continues_like_the_original(make_config, six_iterations, tmp_path):
    from prorl_rllib.algorithms import ProRL

    algo = make_config().build_algo()
    for _ in range(5):
        algo.train()
    path = algo.save_to_path(tmp_path / "checkpoint")
    algo.stop()
    restored = ProRL.from_checkpoint(path)
    try:
        restored.train()
        assert_bit_equal(weights(restored), reference_run(six_iterations, make_config)[1])
    finally:
        restored.stop()


def test_the_number_of_env_runners_does_not_change_a_bit(make_config, six_iterations):
    _, remote, _, _ = run(make_config(num_env_runners=2), 6)
    assert_bit_equal(remote, reference_run(six_iterations, make_config)[1])


@pytest.mark.slow
def test_the_number_of_env_runners_does_not_change_a_bit_of_multi_turn_episodes(make_config):
    def multi_turn(num_env_runners):
        config = make_config(
            num_env_runners=num_env_runners,
            env_config={"turns": 2},
            group_size=3,
            prompts_per_step=8,
            prompts_per_optimizer_step=4,
        )
        return run(config, 2)[1]

    assert_bit_equal(multi_turn(2), multi_turn(0))


def test_a_remote_learner_computes_what_a_local_one_does(make_config, six_iterations):
    _, remote, _, _ = run(make_config(num_env_runners=1, num_learners=1), 6)
    assert_bit_equal(remote, reference_run(six_iterations, make_config)[1])


def test_the_reference_is_reset_on_time_and_kl_falls_to_zero(make_config):
    # One optimizer step an iteration: the KL metric of the iteration after a reset is that of equal models.
    results, _, _, _ = run(make_config(prompts_per_optimizer_step=4), 5)
    assert [result["prorl"]["reference_reset"] for result in results] == [0, 1, 0, 1, 0]
    assert [result["reference_reset_reason"] for result in results] == ["", "period", "", "period", ""]
    kl = [result["learners"][DEFAULT_MODULE_ID]["kl"] for result in results]
    assert kl[0] == pytest.approx(0.0, abs=1e-9)
    assert kl[1] > 1e-7
    assert kl[2] == pytest.approx(0.0, abs=1e-9)
    # The learning rate starts its warm-up again after the optimizer was cleared.
    rates = [result["learners"][DEFAULT_MODULE_ID]["learning_rate"] for result in results]
    assert rates == pytest.approx([5e-4, 1e-3, 5e-4, 1e-3, 5e-4])


def test_the_reference_stays_put_between_resets(make_config):
    _, state, _, _ = run(make_config(), 3)
    moved = [
        name for name in state if name.startswith("lm.") and not np.array_equal(state[name], state["ref" + name[2:]])
    ]
    assert moved


def test_the_optimizer_survives_a_reset_if_so_configured(make_config):
    config = make_config(prompts_per_optimizer_step=4).reference_reset(clear_optimizer=False)
    results, _, _, _ = run(config, 3)
    rates = [result["learners"][DEFAULT_MODULE_ID]["learning_rate"] for result in results]
    assert rates == pytest.approx([5e-4, 1e-3, 1e-3])


def test_a_plateau_of_the_evaluation_resets_the_reference(make_config):
    config = (
        make_config()
        .evaluation(evaluation_interval=1, evaluation_duration=3)
        .reference_reset(period=None, plateau_evaluations=2)
    )
    # A random model solves nothing: the baseline and two more evaluations make a plateau.
    results, _, _, _ = run(config, 4)
    assert [result["reference_reset_reason"] for result in results] == ["", "", "plateau", ""]
    assert results[0]["evaluation_initial"]["env_runners"]["num_tasks"] == 3
    assert "evaluation_initial" not in results[1]


def test_an_evaluation_gives_the_same_figures_twice_and_moves_nothing(make_config):
    config = make_config().evaluation(evaluation_interval=1, evaluation_duration=4)
    algo = config.build_algo()
    try:
        before = algo._remembered.prompt_stream.get_state()
        assert algo.evaluate()["env_runners"] == algo.evaluate()["env_runners"]
        assert algo._remembered.prompt_stream.get_state() == before
    finally:
        algo.stop()


def test_groups_without_signal_are_not_trained_on(make_config):
    config = make_config().environment("prorl_rllib:prorl/Math-v0", env_config={"datasets": ["sum_chain"]})
    # A random model earns nothing on sums: no group has signal, and the weights stay.
    results, state, _, _ = run(config, 1)
    assert results[0]["prorl"]["groups_kept"] == 0
    assert results[0]["prorl"]["sampling_rounds"] == 2
    assert "learners" not in results[0] or "kl" not in results[0]["learners"].get(DEFAULT_MODULE_ID, {})
    assert all(np.array_equal(state[name], state["ref" + name[2:]]) for name in state if name.startswith("lm."))


def test_multi_turn_episodes_are_trained_on_as_they_were_sampled(make_config):
    results, _, _, _ = run(make_config(env_config={"turns": 3}), 1)
    learner = results[0]["learners"][DEFAULT_MODULE_ID]
    # The learner sees the very tokens that were sampled: its log-probabilities agree.
    assert learner["logprob_gap"] < 1e-5
    assert results[0]["prorl"]["groups_kept"] == 4


def test_non_finite_gradients_skip_the_step_and_are_counted(make_config):
    algo = make_config().build_algo()
    try:
        algo.train()
        before = weights(algo)
        learner = algo.learner_group._learner
        parameter = next(learner.policy_module().lm.parameters())
        handle = parameter.register_hook(lambda gradient: torch.full_like(gradient, float("nan")))
        result = algo.train()
        handle.remove()
        assert result["learners"][DEFAULT_MODULE_ID]["skipped_steps"] == 2
        after = weights(algo)
        for name in before:
            if name.startswith("lm."):
                assert np.array_equal(before[name], after[name])
        assert algo.train()["learners"][DEFAULT_MODULE_ID]["skipped_steps"] == 0
    finally:
        algo.stop()


def test_an_older_state_is_restored_whole(make_config):
    algo = make_config().build_algo()
    try:
        algo.train()
        state = algo.get_state()
        expected = weights(algo)
        algo.train()
        algo.set_state(state)
        assert_bit_equal(weights(algo), expected)
    finally:
        algo.stop()


def test_a_broken_environment_ends_the_run_with_its_traceback(make_config):
    config = make_config(env_config={"turns": "three"})
    algo = config.build_algo()
    try:
        with pytest.raises(RuntimeError, match=r"(?s)env runner failed.*TypeError"):
            algo.train()
    finally:
        algo.stop()


def test_an_environment_that_cannot_be_made_on_a_runner_ends_the_set_up_with_its_own_error(make_config):
    config = make_config(num_env_runners=1)
    config.environment("prorl_rllib:prorl/Math-v0", env_config={"tasks": "/nowhere.jsonl"})
    with pytest.raises(EnvConfigError, match=r"tasks = '/nowhere\.jsonl'"):
        config.build_algo()


def test_prompts_that_do_not_fit_end_the_run_only_when_none_does(make_config):
    config = make_config(env_config={"long": 9}, prompts_per_step=2, max_sampling_rounds=30)
    results, *_ = run(config, 2)
    assert sum(result["prorl"]["prompts_too_long"] for result in results) > 0
    algo = make_config(env_config={"long": 10}).build_algo()
    try:
        with pytest.raises(ValueError, match=r"none of 8 prompts fits.*max_completion_length=8"):
            algo.train()
    finally:
        algo.stop()


def test_a_failed_verifier_is_counted_and_not_a_reward_of_zero(make_config):
    config = make_config(env_config={"failing_verifier": True}).evaluation(evaluation_interval=1, evaluation_duration=2)
    results, state, _, _ = run(config, 1)
    sampled = results[0]["env_runners"]
    assert sampled["verifier_error_share"] == 1.0
    assert "episode_return_mean" not in sampled
    assert results[0]["prorl"]["groups_kept"] == 0
    assert results[0]["evaluation"]["env_runners"] == {"num_tasks": 0, "verifier_error_share": 1.0}
    assert all(np.array_equal(state[name], state["ref" + name[2:]]) for name in state if name.startswith("lm."))


def test_sampling_stops_at_its_deadline(make_config):
    config = make_config(env_config={"seconds": 0.3}).env_runners(sample_timeout_s=0.5)
    algo = config.build_algo()
    try:
        with pytest.raises(RuntimeError, match=r"(?s)deadline.*sample_timeout_s"):
            algo.train()
    finally:
        algo.stop()


def test_environments_are_made_once_and_closed(make_config, tmp_path):
    run(make_config(env_config={"log": str(tmp_path / "log")}), 3)
    events = (tmp_path / "log").read_text().split()
    # One model and eight slots: two prompts of four completions are sampled side by side.
    assert (events.count("made"), events.count("closed")) == (9, 9)


def test_a_checkpoint_without_a_path_can_be_restored(make_config):
    from prorl_rllib.algorithms import ProRL

    algo = make_config().build_algo()
    algo.train()
    path, expected = algo.save_to_path(), weights(algo)
    algo.stop()
    restored = ProRL.from_checkpoint(path)
    try:
        assert_bit_equal(weights(restored), expected)
    finally:
        restored.stop()


def test_a_lost_runner_is_replaced_and_its_prompts_are_answered(make_config):
    import ray

    config = make_config(num_env_runners=2)
    algo = config.build_algo()
    try:
        algo.train()
        group = algo.env_runner_group
        ray.kill(group._worker_manager.actors()[1], no_restart=False)
        result = algo.train()
        assert result["env_runners"]["num_episodes"] >= 16
        assert np.isfinite(result["learners"][DEFAULT_MODULE_ID]["kl"])
    finally:
        algo.stop()


def test_an_iteration_without_signal_reports_no_figures_of_an_older_update(make_config, monkeypatch):
    from prorl_rllib.algorithms.prorl import dynamic_sampling

    algo = make_config().build_algo()
    try:
        assert "kl" in algo.train()["learners"][DEFAULT_MODULE_ID]
        monkeypatch.setattr(dynamic_sampling, "has_signal", lambda group: False)
        result = algo.train()
        assert result["prorl"]["groups_kept"] == 0
        kl = result.get("learners", {}).get(DEFAULT_MODULE_ID, {}).get("kl", float("nan"))
        assert np.isnan(kl)
    finally:
        algo.stop()
