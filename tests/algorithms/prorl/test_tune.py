"""ProRL under Ray Tune: sweeps, schedulers, callbacks, runs that are cut off. Runs take long: each has several ends."""

import json
from pathlib import Path

import pytest
from ray import tune
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.tune.schedulers import ASHAScheduler, PopulationBasedTraining
from ray.tune.search.basic_variant import BasicVariantGenerator


class Notes(tune.Callback):
    """A user's callback; raises when a trial has reported as often as `cut_off` says."""

    def __init__(self, cut_off=None):
        self.events = []
        self._cut_off = cut_off

    def on_trial_start(self, iteration, trials, trial, **info):
        self.events.append(("start", trial.trial_id))

    def on_trial_result(self, iteration, trials, trial, result, **info):
        self.events.append((trial.trial_id, result["training_iteration"]))
        if (trial.config["seed"], result["training_iteration"]) == self._cut_off:
            raise KeyboardInterrupt("the machine is switched off")


def one_core(config):
    return config.resources(num_cpus_for_main_process=0.5)


def run_config(folder, name, iterations, **settings):
    stop = {"training_iteration": iterations}
    return tune.RunConfig(storage_path=str(folder), name=name, stop=stop, verbose=0, **settings)


@pytest.mark.slow
def test_a_sweep_that_was_cut_off_goes_on_with_the_trials_that_had_not_ended(make_config, tmp_path, monkeypatch):
    """By the algorithm's name, from a dict, with a user's callback."""
    monkeypatch.setenv("TUNE_GLOBAL_CHECKPOINT_S", "0")  # what Tune else does every ten seconds
    config = one_core(make_config()).reporting_samples(interval=2)
    space = config.to_dict() | {"seed": tune.choice([0, 1])}
    notes, checkpoints = Notes(cut_off=(1, 2)), tune.CheckpointConfig(checkpoint_frequency=1)
    cut = run_config(tmp_path, "cut", 2, callbacks=[notes], checkpoint_config=checkpoints)
    one_at_a_time = BasicVariantGenerator(points_to_evaluate=[{"seed": 0}, {"seed": 1}], max_concurrent=1)
    two_points = tune.TuneConfig(num_samples=2, search_alg=one_at_a_time)
    with pytest.raises(KeyboardInterrupt, match="switched off"):
        tune.Tuner("ProRL", param_space=space, tune_config=two_points, run_config=cut).fit()
    assert [event[1] for event in notes.events if event[0] != "start"] == [1, 2, 1, 2]

    tuner = tune.Tuner.restore(str(tmp_path / "cut"), "ProRL", param_space=space)
    notes = Notes()
    tuner._local_tuner.get_run_config().callbacks = [notes]
    results = tuner.fit()
    assert results.num_errors == 0
    ended = {result.config["seed"]: result.metrics for result in results}
    assert [ended[seed]["training_iteration"] for seed in (0, 1)] == [2, 2]
    assert [ended[seed]["iterations_since_restore"] for seed in (0, 1)] == [2, 1]
    assert notes.events == [("start", ended[1]["trial_id"]), (ended[1]["trial_id"], 2)]
    for result in results:
        assert_files_of_a_trial(Path(result.path))


def assert_files_of_a_trial(folder):
    assert (folder / "progress.csv").exists()
    assert list(folder.glob("events.out.tfevents*"))
    rows = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
    assert {row["iteration"] for row in rows} == {1}
    assert rows[0]["completions"][0]["text"]


@pytest.mark.slow
def test_results_go_to_weights_and_biases(make_config, tmp_path, monkeypatch):
    """Offline: to the file that `wandb sync` sends."""
    pytest.importorskip("wandb")
    from ray.air.integrations.wandb import WandbLoggerCallback

    monkeypatch.setenv("WANDB_MODE", "offline")  # else the callback asks for a key, whatever its `mode`
    callbacks = [WandbLoggerCallback(project="prorl", mode="offline", dir=str(tmp_path))]
    settings = run_config(tmp_path, "wandb", 1, callbacks=callbacks)
    results = tune.Tuner("ProRL", param_space=one_core(make_config()), run_config=settings).fit()
    assert results.num_errors == 0
    (log,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    assert b"sampling_efficiency" in log.read_bytes()


def make_solved_env(config):
    """An environment whose answers all earn `config["reward"]`."""
    import gymnasium as gym

    from prorl_rllib.envs import TextSpace

    class Solved(gym.Env):
        observation_space = TextSpace()
        action_space = TextSpace()

        def reset(self, *, seed=None, options=None):
            return "Write", {}

        def step(self, action):
            return "", config["reward"], True, False, {}

    return Solved()


@pytest.mark.slow
def test_asha_stops_the_trial_that_is_behind_on_held_out_tasks(make_config, tmp_path):
    tune.register_env("solved", make_solved_env)
    config = one_core(make_config(max_sampling_rounds=1)).evaluation(evaluation_interval=2, evaluation_duration=2)
    config.environment("solved", env_config={"reward": tune.grid_search([1.0, 0.0])})
    scheduler = ASHAScheduler(time_attr="training_iteration", grace_period=2, reduction_factor=2, max_t=4)
    results = tune.Tuner(
        "ProRL",
        param_space=config,
        # One after the other: the first trial at a rung has nothing to be behind of.
        tune_config=tune.TuneConfig(metric="newest_pass@1", mode="max", scheduler=scheduler, max_concurrent_trials=1),
        run_config=run_config(tmp_path, "asha", 4),
    ).fit()
    assert results.num_errors == 0
    ended = {result.config["env_config"]["reward"]: result.metrics["training_iteration"] for result in results}
    assert ended == {1.0: 4, 0.0: 2}
    assert results.get_best_result().metrics["newest_pass@1"] == 1.0


# Bounds so tight that they hold tokens in each second optimizer step, and bounds that hold none.
TIGHT, WIDE = {"clip_low": 1e-6, "clip_high": 1e-6}, {"clip_low": 1.0, "clip_high": 1e9}
MUTATED = {"lr": 0.005, "kl_coeff": 0.7, "reset_period": 1, **WIDE}


def test_a_trial_that_takes_over_another_trains_with_the_mutated_settings(make_config, tmp_path):
    """Also where the checkpoint has a value of its own, as of the adaptive KL coefficient; by the algorithm's class."""
    from prorl_rllib.algorithms import ProRL

    config = one_core(make_config(kl_coeff=0.1, kl_target=1e-3, kl_horizon=100, lr_warmup_steps=0, **TIGHT))
    config.reference_reset(period=None, clear_optimizer=False, checkpoint_before=False)
    config.seed = tune.grid_search([0, 1])
    pbt = PopulationBasedTraining(
        time_attr="training_iteration",
        perturbation_interval=2,
        hyperparam_mutations={"lr": [1e-3]},
        custom_explore_fn=lambda new: {**new, **MUTATED},
        quantile_fraction=0.5,
        synch=True,
    )
    results = tune.Tuner(
        ProRL,
        param_space=config,
        tune_config=tune.TuneConfig(metric="env_runners/episode_return_mean", mode="max", scheduler=pbt),
        run_config=run_config(tmp_path, "pbt", 3),
    ).fit()
    assert results.num_errors == 0
    taken_over = [result for result in results if result.config["lr"] == MUTATED["lr"]]
    assert len(taken_over) == 1
    rows = [json.loads(line) for line in (Path(taken_over[0].path) / "result.json").read_text().splitlines()]
    last, donor = rows[-1], next(result for result in results if result is not taken_over[0])
    assert last["training_iteration"] == 3 and last["iterations_since_restore"] == 1
    learned, donors = last["learners"][DEFAULT_MODULE_ID], donor.metrics["learners"][DEFAULT_MODULE_ID]
    assert learned["learning_rate"] == MUTATED["lr"] != donors["learning_rate"]
    assert learned["kl_coeff"] == MUTATED["kl_coeff"]
    assert donors["kl_coeff"] != 0.1  # not mutated: it goes on from where it was
    assert learned["clip_fraction"] == 0.0 < donors["clip_fraction"]
    assert (last["reference_reset_reason"], donor.metrics["reference_reset_reason"]) == ("period", "")
