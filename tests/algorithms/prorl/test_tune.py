import json
from pathlib import Path

import pytest
from ray import tune


def test_tuner_sweeps_over_config_attributes(make_config, tmp_path):
    from prorl_rllib.algorithms import ProRL

    config = make_config().evaluation(evaluation_interval=2, evaluation_duration=2).reporting_samples(interval=2)
    config.training(lr=tune.grid_search([1e-3, 1e-4]))
    config.resources(num_cpus_for_main_process=0.5)
    results = tune.Tuner(
        ProRL,
        param_space=config,
        run_config=tune.RunConfig(storage_path=str(tmp_path), name="sweep", stop={"training_iteration": 2}, verbose=0),
    ).fit()
    assert results.num_errors == 0
    rates = sorted(result.metrics["learners"]["default_policy"]["learning_rate"] for result in results)
    # Two optimizer steps of a warm-up over two: the full rate of each trial.
    assert rates == pytest.approx([1e-4, 1e-3])
    for result in results:
        folder = Path(result.path)
        assert (folder / "progress.csv").exists()
        assert list(folder.glob("events.out.tfevents*"))
        rows = [json.loads(line) for line in (folder / "samples.jsonl").read_text().splitlines()]
        assert {row["iteration"] for row in rows} == {1}
        assert rows[0]["completions"][0]["text"]


def test_a_string_names_the_trainable_after_the_import(make_config, tmp_path):
    config = make_config().resources(num_cpus_for_main_process=0.5)
    results = tune.Tuner(
        "ProRL",
        param_space=config.to_dict(),
        run_config=tune.RunConfig(storage_path=str(tmp_path), name="string", stop={"training_iteration": 1}, verbose=0),
    ).fit()
    assert results.num_errors == 0, results.errors
    assert results[0].metrics["prorl"]["groups_sampled"] == 4
