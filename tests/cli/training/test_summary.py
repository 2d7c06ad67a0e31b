import json

import pytest

from prorl_rllib.cli.training.summary import read_rows, summarize, write_summary


def summary_of(rows):
    return summarize(rows, warm_start_seconds=100.0, checkpoint="/c", hugging_face="/h")


def test_the_summary_compares_before_with_after(prorl_rows):
    summary = summary_of(prorl_rows)
    assert summary["pass@1"]["before"] == {"all": 0.26, "logic": 0.21, "math": 0.31}
    last = prorl_rows[-1]["evaluation"]["env_runners"]
    assert summary["pass@1"]["after"]["all"] == last["pass@1"]
    assert summary["pass@1"]["after"]["logic"] == last["domains"]["logic"]["pass@1"]
    assert summary["num_tasks"] == {"all": 256, "logic": 128, "math": 128}
    assert summary["reference_resets"] == 2


def test_seconds_are_added_up_by_phase(prorl_rows):
    seconds = summary_of(prorl_rows)["seconds"]
    assert seconds == {
        "warm_start": 100.0,
        "sample": 120.0,
        "update": 90.0,
        "sync": 3.0,
        "evaluate": 3.5,
        "total": 340.0,
    }


def test_versions_name_what_the_result_depends_on(prorl_rows):
    assert {"python", "ray", "torch", "transformers", "gymnasium"} <= set(summary_of(prorl_rows)["versions"])


def test_a_run_without_evaluation_says_nothing_about_pass_at_1(prorl_rows):
    rows = [{k: v for k, v in row.items() if not k.startswith("evaluation")} for row in prorl_rows]
    assert summary_of(rows)["pass@1"] == {"before": {}, "after": {}, "after_iteration": 0}


def test_a_run_without_results_is_an_error():
    with pytest.raises(ValueError, match="single result"):
        summary_of([])


def test_rows_repeated_after_a_restore_count_once(tmp_path, prorl_rows):
    path = tmp_path / "result.json"
    repeated = [*prorl_rows[:5], *({**row, "time_total_s": 99.0} for row in prorl_rows[3:8])]
    path.write_text("".join(json.dumps(row) + "\n" for row in repeated))
    rows = read_rows(path)
    assert [row["training_iteration"] for row in rows] == list(range(1, 9))
    assert rows[3]["time_total_s"] == 99.0


def test_the_file_is_json(tmp_path, prorl_rows):
    summary = summary_of(prorl_rows)
    assert json.loads(write_summary(summary, tmp_path).read_text()) == summary


def test_a_model_that_was_not_evaluated_after_training_has_no_score_after(prorl_rows):
    summary = summary_of(prorl_rows[:4])
    assert summary["pass@1"]["before"]["all"] == 0.26
    assert summary["pass@1"]["after"] == {}
    assert summary_of(prorl_rows[:15])["pass@1"]["after_iteration"] == 10
