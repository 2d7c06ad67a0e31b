"""The sweeps among the examples: they run, made to take seconds, and what they end in is there."""

import dataclasses
import json

import pytest
from ray import tune

from prorl_rllib.cli.experiment.experiment_file import load_experiment


def run_shortened(example, folder, model, points):
    """Run some points of a sweep for two iterations, with a random model in place of the base model."""
    experiment = load_experiment(f"tune/{example}")
    config = experiment.config.copy(copy_frozen=False)
    config.training(
        model=model, warm_start=None, prompts_per_step=2, prompts_per_optimizer_step=2, group_size=2
    ).evaluation(evaluation_interval=1, evaluation_duration=2, evaluate_before_training=False)
    config.generation(max_completion_length=8).resources(num_cpus_for_main_process=0.5)
    search = tune.search.basic_variant.BasicVariantGenerator(points_to_evaluate=points)
    tune_config = experiment.tune_config or tune.TuneConfig()
    results = tune.Tuner(
        config.algo_class,
        param_space=config,
        tune_config=dataclasses.replace(tune_config, num_samples=len(points), search_alg=search),
        run_config=tune.RunConfig(storage_path=str(folder), name=example, stop={"training_iteration": 2}, verbose=0),
    ).fit()
    assert results.num_errors == 0, results.errors
    return results


def test_the_ablation_has_three_seeds_of_five_arms():
    tune_config = load_experiment("tune/reset_ablation").tune_config
    points = tune_config.search_alg._points_to_evaluate
    assert tune_config.num_samples == len(points) == 15
    arms = {json.dumps({key: value for key, value in point.items() if key != "seed"}) for point in points}
    assert len(arms) == 5
    assert {point["seed"] for point in points} == {0, 1, 2}


def test_seeds_of_the_ablation_may_be_run_apart(monkeypatch):
    monkeypatch.setenv("PRORL_RLLIB_SEEDS", "2")
    tune_config = load_experiment("tune/reset_ablation").tune_config
    assert {point["seed"] for point in tune_config.search_alg._points_to_evaluate} == {2}
    assert tune_config.num_samples == 5


def test_the_ablation_runs_its_points_and_ends_in_a_table_and_a_picture(ray_cluster, tiny_model_path, tmp_path):
    points = load_experiment("tune/reset_ablation").tune_config.search_alg._points_to_evaluate[:2]
    results = run_shortened("reset_ablation", tmp_path, tiny_model_path, points)
    for key, value in points[1].items():
        assert results[1].config[key] == value
    table, picture = load_experiment("tune/reset_ablation").report(tmp_path / "reset_ablation")
    assert "| never | 1 |" in table.read_text() and "| period, optimizer cleared | 1 |" in table.read_text()
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.parametrize("example", ["grid_over_seeds", "asha_held_out", "pbt"])
def test_a_sweep_runs(example, ray_cluster, tiny_model_path, tmp_path):
    points = [{"lr": 5e-5, "seed": 0}] if example == "grid_over_seeds" else [{}] * (2 if example == "pbt" else 1)
    results = run_shortened(example, tmp_path, tiny_model_path, points)
    assert [result.metrics["training_iteration"] for result in results] == [2] * len(points)
    assert all("newest_pass@1" in result.metrics for result in results)
    if example == "grid_over_seeds":
        table, _ = load_experiment(f"tune/{example}").report(tmp_path / example)
        assert "| lr 5e-05 | 1 |" in table.read_text()
