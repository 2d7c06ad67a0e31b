import numpy as np
import pytest
import torch
from ray.rllib.core import COMPONENT_LEARNER, COMPONENT_RL_MODULE, DEFAULT_MODULE_ID

STAGES = [
    {"from_iteration": 2, "reset_reference": True, "training": {"group_size": 6}, "generation": {"temperature": 1.1}},
    {"from_iteration": 4, "training": {"clip_high": 0.3, "kl_coeff": 5e-4}, "rewards": {"truncation_coefficient": 0.5}},
]


def weights(algo):
    """Policy, reference and AdamW's moments."""
    state = algo.learner_group.get_state()[COMPONENT_LEARNER]
    optimizer = next(iter(state["optimizer"].values()))["state"]["state"]
    moments = {f"adam.{index}.{key}": value for index, entry in optimizer.items() for key, value in entry.items()}
    return {**state[COMPONENT_RL_MODULE][DEFAULT_MODULE_ID], **moments}


def assert_bit_equal(left, right):
    assert left.keys() == right.keys()
    for name in left:
        assert np.array_equal(np.asarray(left[name]), np.asarray(right[name])), name


def driver_state(algo):
    """What the driver remembers, comparable with ==; the waiting groups by their tokens."""
    state = algo.get_state()["prorl"]
    best = state["best_policy"].pop("weights") or {}
    state["waiting"] = [[episode.get_extra_model_outputs("token_ids", -1) for episode in g] for g in state["waiting"]]
    state.pop("run")
    return state, {name: weight.sum().item() for name, weight in best.items()}


def train(config, iterations, *, restore=None, save=None):
    algo = config.build_algo()
    try:
        if restore is not None:
            algo.restore_from_path(restore)
        results = [algo.train() for _ in range(iterations)]
        if save is not None:
            algo.save_to_path(save)
        return results, weights(algo), driver_state(algo)
    finally:
        algo.stop()


def staged(make_config, tmp_path, num_env_runners=0):
    config = make_config(num_env_runners=num_env_runners).stages(STAGES)
    config.reference_reset(period=None, plateau_evaluations=2, to="best", checkpoint_before=True)
    config.evaluation(evaluation_interval=1, evaluation_duration=2)
    return config


@pytest.mark.parametrize("num_env_runners", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_a_staged_run_resumes_bit_for_bit_through_resets_to_the_best(make_config, tmp_path, num_env_runners):
    expected_results, expected, expected_driver = train(staged(make_config, tmp_path), 6)
    config = staged(make_config, tmp_path, num_env_runners)
    for first in (1, 4):
        path = tmp_path / f"after_{first}"
        train(config, first, save=path)
        results, resumed, driver = train(config, 6 - first, restore=path)
        assert_bit_equal(resumed, expected)
        assert driver == expected_driver
        for result, other in zip(results, expected_results[first:], strict=True):
            assert result["reference_reset_reason"] == other["reference_reset_reason"]
    reasons = [result["reference_reset_reason"] for result in expected_results]
    # A random model solves nothing: the first evaluation is the best, and two later ones make a plateau.
    assert reasons[1] == "stage"
    assert "plateau" in reasons
    assert [result["prorl"]["stage"] for result in expected_results] == [0, 1, 1, 2, 2, 2]
    assert [result["env_runners"]["num_episodes"] for result in expected_results] == [16, 24, 24, 24, 24, 24]


@pytest.mark.parametrize("num_env_runners", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_a_run_that_is_capped_keeps_its_groups_and_resumes_bit_for_bit(make_config, tmp_path, num_env_runners):
    """With groups that wait, before resets by period and by a stage."""
    settings = {"prompts_per_step": 6, "prompts_per_optimizer_step": 3, "group_size": 2, "max_sampling_rounds": 1}
    stages = [{"from_iteration": 6, "reset_reference": True, "generation": {"max_completion_length": 5}}]

    def capped(num_env_runners=0):
        return make_config(num_env_runners=num_env_runners, on_sampling_cap="skip", **settings).stages(stages)

    expected_results, expected, expected_driver = train(capped(), 7)
    waited = [result["prorl"]["groups_waited"] for result in expected_results]
    assert any(waited)
    first = next(index for index, count in enumerate(waited) if count)
    train(capped(num_env_runners), first, save=tmp_path / "checkpoint")
    results, resumed, driver = train(capped(num_env_runners), 7 - first, restore=tmp_path / "checkpoint")
    assert results[0]["prorl"]["groups_waited"] == waited[first] > 0
    reasons = [result["reference_reset_reason"] for result in results]
    assert reasons == [result["reference_reset_reason"] for result in expected_results[first:]]
    assert "stage" in reasons and "period" in reasons[: reasons.index("stage")]
    lengths = [result["env_runners"]["completion_tokens_mean"] for result in results]
    assert lengths[reasons.index("stage") - 1] > 5 >= lengths[reasons.index("stage")]
    assert_bit_equal(resumed, expected)
    assert driver == expected_driver
    capped = next(result for result in expected_results if "wait" in result["events"])
    assert np.isnan(capped.get("learners", {}).get(DEFAULT_MODULE_ID, {}).get("kl", float("nan")))


def test_waiting_groups_of_other_weights_are_refused(make_config):
    config = make_config(prompts_per_step=6, prompts_per_optimizer_step=3, max_sampling_rounds=1, group_size=2)
    algo = config.build_algo()
    try:
        sampled = algo._sample_groups_with_signal().sampled
        algo.train()
        algo._remembered.waiting = sampled
        with pytest.raises(RuntimeError, match="weights version"):
            algo.train()
    finally:
        algo.stop()


def test_a_reset_to_the_best_brings_policy_and_reference_back_to_it(make_config, monkeypatch):
    scores = iter([0.5, 0.1, 0.2])
    monkeypatch.setattr(
        "prorl_rllib.algorithms.prorl.prorl.evaluate_held_out",
        lambda sampler: {"env_runners": {"pass@1": next(scores)}, "seconds": 0.0},
    )
    config = make_config().evaluation(evaluation_interval=1, evaluation_duration=2, evaluate_before_training=False)
    config.reference_reset(period=3, min_spacing=3, to="best")
    algo = config.build_algo()
    try:
        algo.train()
        best = {name: value for name, value in weights(algo).items() if name.startswith("lm.")}
        algo.train()
        assert any(not np.array_equal(best[name], weights(algo)[name]) for name in best)
        result = algo.train()
        after = weights(algo)
        assert result["reference_reset_reason"] == "period"
        assert "set back to iteration 1" in result["events"]
        for name, value in best.items():
            assert np.array_equal(after[name], value)
            assert np.array_equal(after["ref" + name[2:]], value)
    finally:
        algo.stop()


def test_the_checkpoint_before_a_reset_holds_the_models_before_it(make_config, tmp_path):
    from pathlib import Path

    from prorl_rllib.algorithms import ProRL

    config = make_config().reference_reset(period=2, min_spacing=2, checkpoint_before=True)
    algo = config.build_algo()
    algo.train()
    before_step = weights(algo)
    result = algo.train()
    policy = weights(algo)
    path = Path(algo.logdir) / "checkpoints_before_resets" / "iteration_000002"
    algo.stop()
    assert str(path) in result["events"]
    restored = ProRL.from_checkpoint(path)
    try:
        assert restored.iteration == 2
        state = weights(restored)
        for name in (name for name in state if name.startswith("lm.")):
            assert np.array_equal(state[name], policy[name])
            assert np.array_equal(state["ref" + name[2:]], before_step["ref" + name[2:]])
    finally:
        restored.stop()


def test_a_kl_budget_and_an_entropy_floor_reset_the_reference(make_config):
    config = make_config().reference_reset(period=None, kl_budget=1e-9, min_spacing=2)
    assert [result["reference_reset_reason"] for result in train(config, 3)[0]] == ["", "kl_budget", ""]
    config = make_config().reference_reset(period=None, entropy_floor=100.0, min_spacing=1)
    assert [result["reference_reset_reason"] for result in train(config, 2)[0]] == ["entropy_floor"] * 2


def test_a_request_of_the_user_resets_at_the_end_of_the_iteration(make_config):
    algo = make_config().reference_reset(period=None, min_spacing=100).build_algo()
    try:
        assert algo.train()["reference_reset_reason"] == ""
        algo.reset_reference()
        assert algo.train()["reference_reset_reason"] == "user"
    finally:
        algo.stop()


def test_a_stage_changes_the_learners_settings_and_going_back_undoes_it(make_config):
    stages = [{"from_iteration": 2, "training": {"lr": 5e-4}}]
    algo = make_config(lr_warmup_steps=1).stages(stages).build_algo()
    try:
        rates = [algo.train()["learners"][DEFAULT_MODULE_ID]["learning_rate"]]
        state = algo.get_state()
        rates.append(algo.train()["learners"][DEFAULT_MODULE_ID]["learning_rate"])
        algo.set_state(state)
        assert algo.config.lr == 1e-3
        assert rates == pytest.approx([1e-3, 5e-4])
    finally:
        algo.stop()


@pytest.mark.slow
def test_a_stage_changes_the_blend_of_the_environment(make_config):
    config = make_config(num_env_runners=1).environment(
        "prorl_rllib:prorl/Mixture-v0",
        env_config={
            "domains": {"math": {"datasets": ["sum_chain"]}, "logic": {"datasets": ["spell_backward"]}},
            "weights": {"math": 1.0, "logic": 0.0},
        },
    )
    config.stages([{"from_iteration": 2, "env_config": {"weights": {"math": 0.0, "logic": 1.0}}}])
    # RLlib reports a figure that was not measured in an iteration as NaN.
    sampled = [
        {name for name, figures in result["env_runners"]["domains"].items() if np.isfinite(figures["reward_mean"])}
        for result in train(config, 3)[0]
    ]
    assert sampled == [{"math"}, {"logic"}, {"logic"}]


def test_a_reset_holds_no_second_copy_of_the_models(make_config):
    """The reference's tensors stay where they are: they are overwritten, not replaced."""
    algo = make_config().reference_reset(period=1, min_spacing=1).build_algo()
    try:
        module = algo.learner_group._learner.policy_module()
        before = [parameter.data_ptr() for parameter in (*module.lm.parameters(), *module.ref.parameters())]
        algo.train()
        after = [parameter.data_ptr() for parameter in (*module.lm.parameters(), *module.ref.parameters())]
        assert before == after
        assert all(torch.isfinite(parameter).all() for parameter in module.ref.parameters())
    finally:
        algo.stop()


def test_a_reset_never_takes_the_memory_of_another_model(make_learner, save_tiny_model, tmp_path):
    """At its peak it takes two tensors of the size of the largest parameter, to see that the two models are equal."""
    from torch.profiler import ProfilerActivity, profile

    learner = make_learner(model=save_tiny_model(tmp_path / "model", num_hidden_layers=8))
    parameters = list(learner.policy_module().lm.parameters())
    with torch.no_grad():
        for parameter in parameters:
            parameter.mul_(1.1)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        assert learner.reset_reference() == 0.0
    events = sorted(record.events(), key=lambda event: event.time_range.start)
    peak = max(np.cumsum([event.self_cpu_memory_usage for event in events]))
    largest, whole = (select(p.nbytes for p in parameters) for select in (max, sum))
    assert 0 < peak < 2.1 * largest
    assert 2.1 * largest < whole / 3


@pytest.mark.parametrize("kind", ["bfloat16", "lora"])
def test_a_policy_set_back_stays_back_in_half_precision_and_with_an_adapter(make_config, kind):
    """The optimizer's float32 copies, or the adapter's weights, go back with it."""
    from prorl_rllib.algorithms.prorl.learner_calls import load_policy, policy_weights

    if kind == "lora":
        pytest.importorskip("peft")
    settings = {"model_dtype": "bfloat16"} if kind == "bfloat16" else {"lora": {"rank": 4}}
    algo = make_config(lr=1e-2, **settings).reference_reset(period=None).build_algo()
    try:
        algo.train()
        best = policy_weights(algo.learner_group, adapter=kind == "lora")
        algo.train()
        load_policy(algo.learner_group, best)
        learner = algo.learner_group._learner
        for optimizer in learner._optimizer_parameters:
            for parameter in optimizer.param_groups[0]["params"]:
                parameter.grad = torch.zeros_like(parameter)
            # A step of next to no length moves nothing: it would, from copies that were left behind.
            optimizer.param_groups[0]["lr"] = 1e-12
            optimizer.step()
        after = policy_weights(algo.learner_group, adapter=kind == "lora")
        assert all(torch.allclose(best[name].float(), after[name].float(), atol=1e-6) for name in best)
    finally:
        algo.stop()


@pytest.mark.slow
def test_a_remote_learner_follows_stages_and_resets_to_the_best_like_a_local_one(make_config, tmp_path):
    _, expected, expected_driver = train(staged(make_config, tmp_path), 6)
    config = staged(make_config, tmp_path).learners(num_learners=1, num_cpus_per_learner=0.5)
    train(config, 3, save=tmp_path / "checkpoint")
    _, remote, driver = train(config, 3, restore=tmp_path / "checkpoint")
    assert_bit_equal(remote, expected)
    assert driver == expected_driver
