"""Reports on made-up results, written as Tune writes them."""

import json

import pytest

from prorl_rllib.sweeps.arms import Arm, arm_of
from prorl_rllib.sweeps.picture import DOTS_PER_INCH, SIZE
from prorl_rllib.sweeps.report import report_on_arms, table, verdicts
from prorl_rllib.sweeps.trials import read_trials

ARMS = [Arm("never", {"reset_period": None}), Arm("period", {"reset_period": 2})]


def row(iteration, score=None, reset=0):
    result = {"training_iteration": iteration, "prorl": {"reference_reset": reset}}
    if iteration == 1:
        result["evaluation_initial"] = {"env_runners": {"pass@1": 0.1}}
    if score is not None:
        result["evaluation"] = {"env_runners": {"pass@1": score}}
    return result


def write_trial(folder, name, parameters, rows):
    trial = folder / name
    trial.mkdir(parents=True)
    (trial / "params.json").write_text(json.dumps(parameters))
    (trial / "result.json").write_text("".join(json.dumps(result) + "\n" for result in rows))


@pytest.fixture
def sweep(tmp_path):
    """Two arms of three seeds; `period` ends 0.1, 0.2 and 0.3 above `never`. The last three evaluations count."""
    for seed, base in enumerate((0.4, 0.5, 0.3)):
        for period, gain in ((None, 0.0), (2, 0.1 * (seed + 1))):
            scores = [0.0, base + gain - 0.1, base + gain, base + gain + 0.1]
            rows = [row(number, score, int(number == period)) for number, score in enumerate(scores, start=1)]
            write_trial(tmp_path, f"{period}_{seed}", {"reset_period": period, "seed": seed, "lr": 1.0}, rows)
    return tmp_path


def test_a_trial_belongs_to_the_first_arm_whose_settings_it_has():
    assert arm_of({"reset_period": 2, "seed": 1}, ARMS).name == "period"
    assert arm_of({"reset_period": None}, ARMS).name == "never"
    assert arm_of({"reset_period": 3}, ARMS) is None
    assert arm_of({"seed": 1}, ARMS) is None


def test_trials_are_read_with_scores_and_resets(sweep):
    trials = read_trials([sweep], ARMS)
    assert [(trial.arm, trial.seed) for trial in trials] == [(arm, s) for arm in ("never", "period") for s in range(3)]
    assert trials[3].scores == pytest.approx({0: 0.1, 1: 0.0, 2: 0.4, 3: 0.5, 4: 0.6})
    assert [trial.resets for trial in trials] == [()] * 3 + [(2,)] * 3
    assert trials[3].final_score(3) == pytest.approx(0.5)
    assert trials[3].final_score(1) == pytest.approx(0.6)


def test_what_was_cut_off_does_not_count_and_what_was_computed_again_counts_once(sweep, tmp_path):
    write_trial(sweep, "cut_off", {"reset_period": None, "seed": 3}, [row(1, 0.9)])
    again = [row(1, 0.0), row(2, 0.9), row(2, 0.2), row(3, 0.2), row(4, 0.2)]
    write_trial(tmp_path / "part", "again", {"reset_period": 2, "seed": 4}, again)
    trials = read_trials([sweep, tmp_path / "part"], ARMS)
    assert ("never", 3) not in [(trial.arm, trial.seed) for trial in trials]
    assert trials[-1].seed == 4 and trials[-1].final_score(3) == pytest.approx(0.2)


def test_the_table_has_the_numbers_that_a_hand_computes(sweep):
    """0.4, 0.5, 0.3 and 0.5, 0.7, 0.6: sd 0.1, half-width 4.30265 0.1 / sqrt(3) = 0.2484; so have the differences."""
    text = table(read_trials([sweep], ARMS), "never")
    assert "| never | 3 | 0.0 | 0.400 [0.152, 0.648] |  |" in text
    assert "| period | 3 | 1.0 | 0.600 [0.352, 0.848] | +0.200 [-0.048, +0.448] |" in text


def test_the_verdict_compares_with_the_baseline_and_the_pairs_asked_for(sweep):
    trials = read_trials([sweep], ARMS)
    text = verdicts(trials, "never", [("never", "period"), ("never", "not run")])
    assert "- period, compared with never: no difference can be told at this size (+0.200" in text
    assert "- never, compared with period: no difference can be told at this size (-0.200" in text
    assert "not run" not in text


def test_the_report_is_a_table_and_a_picture_in_the_first_folder(sweep, capsys):
    files = report_on_arms([sweep], ARMS, baseline="never", title="Resets")
    assert files == [sweep / "report.md", sweep / "report.png"]
    assert "| period | 3 |" in files[0].read_text()
    assert "| period | 3 |" in capsys.readouterr().out
    header = files[1].read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    size = int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")
    assert size == tuple(round(inches * DOTS_PER_INCH) for inches in SIZE)


def test_a_folder_without_results_of_the_arms_is_refused(tmp_path):
    write_trial(tmp_path, "other", {"reset_period": 7, "seed": 0}, [row(1, 0.5)])
    with pytest.raises(FileNotFoundError, match="no trial of the sweep's arms"):
        read_trials([tmp_path], ARMS)
