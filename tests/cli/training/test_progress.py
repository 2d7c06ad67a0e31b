import pickle
from types import SimpleNamespace

import pytest

from prorl_rllib.cli.training.progress import ProgressCallback
from prorl_rllib.cli.training.progress_table import duration, seconds_left


def printed(callback, rows, capsys, trials=1):
    all_trials = [SimpleNamespace(trial_id=f"t{i}") for i in range(trials)]
    for row in rows:
        callback.on_trial_result(0, all_trials, all_trials[0], row)
    return capsys.readouterr().out.splitlines()


def test_each_iteration_is_one_line_with_the_figures_of_the_run(prorl_rows, capsys):
    lines = printed(ProgressCallback({"training_iteration": 60}), prorl_rows, capsys)
    row = next(line for line in lines if line.strip().startswith("12/60")).split()
    reward = prorl_rows[11]["env_runners"]["episode_return_mean"]
    assert row[1] == f"{reward:.3f}"
    assert "64/80" in row
    assert "2100" in row
    assert row[-1] == "3m12s"  # 48 iterations of 4 seconds
    assert sum("/60" in line for line in lines) == 60


def test_headings_name_every_column_and_come_again(prorl_rows, capsys):
    lines = printed(ProgressCallback({}), prorl_rows, capsys)
    headings = [line.split() for line in lines if "entropy" in line]
    assert len(headings) == 3
    expected = [
        "iter",
        "reward",
        "logic",
        "math",
        "kl",
        "entropy",
        "tokens",
        "trunc",
        "kept",
        "resets",
        "tok/s",
        "time",
        "left",
    ]
    assert headings[0] == expected


def test_a_reset_has_a_line_of_its_own_with_its_reason(prorl_rows, capsys):
    lines = printed(ProgressCallback({}), prorl_rows, capsys)
    marks = [i for i, line in enumerate(lines) if "reference reset: validation plateau" in line]
    assert len(marks) == 2
    assert lines[marks[0] - 1].split()[0] == "25"


def test_evaluations_are_shown_before_and_during_training(prorl_rows, capsys):
    lines = printed(ProgressCallback({}), prorl_rows, capsys)
    assert any(
        line.strip() == "before training: held-out pass@1 0.260 of 256 tasks (logic 0.210, math 0.310)"
        for line in lines
    )
    assert sum("held-out pass@1" in line for line in lines) == 7


def test_a_domain_that_appears_later_gets_its_column(prorl_rows, capsys):
    logic = prorl_rows[0]["env_runners"]["domains"].pop("logic")
    lines = printed(ProgressCallback({}), prorl_rows[:3], capsys)
    headings = [line.split() for line in lines if "entropy" in line]
    assert "logic" not in headings[0]
    assert "logic" in headings[1]
    assert "-/-" not in lines[-1]
    assert logic


def test_what_was_left_out_has_a_line_of_its_own(prorl_rows, capsys):
    prorl_rows[1]["learners"]["default_policy"]["skipped_steps"] = 2.0
    prorl_rows[2]["prorl"]["prompts_too_long"] = 1
    for row in prorl_rows[3:5]:
        row["learners"]["default_policy"]["skipped_steps"] = 0.0
        row["prorl"]["prompts_too_long"] = 0
    lines = [line.strip() for line in printed(ProgressCallback({}), prorl_rows[:5], capsys)]
    skipped = lines.index("2 optimizer steps skipped: the gradient was not finite")
    assert lines[skipped - 1].split()[0] == "2"
    (too_long,) = (line for line in lines if "too long" in line)
    assert too_long.startswith("1 prompt left out")
    assert "generation(max_completion_length=...)" in too_long
    assert sum("skipped" in line for line in lines) == 1


def test_an_iteration_without_signal_is_told_once_and_again_after_a_better_one(prorl_rows, capsys):
    for index in (1, 2, 3, 6):
        prorl_rows[index]["prorl"]["groups_kept"] = 0
    lines = printed(ProgressCallback({}), prorl_rows[:8], capsys)
    told = [i for i, line in enumerate(lines) if "no group had signal, nothing was learned" in line]
    assert [lines[i - 1].split()[0] for i in told] == ["2", "7"]


def test_other_algorithms_show_iteration_return_and_time(capsys):
    rows = [
        {"training_iteration": i, "time_total_s": 2.0 * i, "env_runners": {"episode_return_mean": 10.0 * i}}
        for i in (1, 2)
    ]
    lines = printed(ProgressCallback({"training_iteration": 4}), rows, capsys)
    assert lines[0].split() == ["iter", "return", "time", "left"]
    assert lines[2].split() == ["2/4", "20.00", "4s", "4s"]


def test_a_result_without_episodes_yet_shows_a_dash(capsys):
    lines = printed(ProgressCallback({}), [{"training_iteration": 1, "time_total_s": 2.0, "env_runners": {}}], capsys)
    assert lines[1].split() == ["1", "-", "2s", "-"]


def test_lines_of_several_trials_carry_the_trial(capsys):
    rows = [{"training_iteration": 1, "time_total_s": 2.0}]
    assert printed(ProgressCallback({}), rows, capsys, trials=2)[1].startswith("t0 ")


def test_the_callback_can_be_saved_by_tune(prorl_rows, capsys):
    callback = ProgressCallback({"training_iteration": 60})
    printed(callback, prorl_rows, capsys)
    assert pickle.loads(pickle.dumps(callback)).stop == {"training_iteration": 60}


@pytest.mark.parametrize(
    ("stop", "left"), [({"training_iteration": 10}, 30.0), ({"time_total_s": 12.0}, 2.0), ({"kl": 1.0}, None)]
)
def test_time_left_follows_the_stop_criteria(stop, left):
    assert seconds_left({"training_iteration": 2.5, "time_total_s": 10.0}, stop) == left


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (0.4, "0s"), (59.6, "1m00s"), (185, "3m05s"), (7800, "2h10m")]
)
def test_durations_are_written_short(seconds, text):
    assert duration(seconds) == text


def test_a_stop_metric_that_does_not_exist_is_named_with_the_nearest_one(prorl_rows):
    from prorl_rllib.cli.training.progress_table import unknown_stop_line

    stop = {"trainning_iteration": 3, "time_total_s": 60}
    assert "did you mean 'training_iteration'" in unknown_stop_line(stop, prorl_rows[0])
    assert unknown_stop_line({"training_iteration": 3, "evaluation/env_runners/pass@1": 0.9}, prorl_rows[0]) == ""


def test_events_and_warnings_of_an_iteration_have_lines_of_their_own(prorl_rows, capsys):
    rows = prorl_rows[:2]
    rows[1] |= {
        "events": "stage 1 of 2 begins\ndifficulty of math/sum_chain is now 3",
        "health_warnings": "60% of the completions were cut off: raise generation(max_completion_length=...).",
    }
    lines = [line.strip() for line in printed(ProgressCallback({}), rows, capsys)]
    assert lines[-3:] == [
        "warning: 60% of the completions were cut off: raise generation(max_completion_length=...).",
        "stage 1 of 2 begins",
        "difficulty of math/sum_chain is now 3",
    ]
