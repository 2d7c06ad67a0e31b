from matplotlib.image import imread

from prorl_rllib.cli.training.learning_curve import (
    RESET,
    draw_learning_curve,
    evaluation_series,
    resets,
    resets_by_reason,
    series,
    stages,
)


def test_the_evaluation_before_training_is_iteration_zero(prorl_rows):
    iterations, shares = evaluation_series(prorl_rows)["math"]
    assert iterations == [0, 10, 20, 30, 40, 50, 60]
    assert shares[0] == 0.31


def test_resets_are_found_where_they_happened(prorl_rows):
    assert resets(prorl_rows) == [25, 45]


def test_missing_and_nan_values_leave_gaps(prorl_rows):
    prorl_rows[1]["learners"]["default_policy"]["kl"] = float("nan")
    del prorl_rows[2]["learners"]
    iterations, _ = series(prorl_rows, "learners/default_policy/kl")
    assert iterations[:3] == [1, 4, 5]


def test_the_axis_holds_rewards_outside_of_0_and_1(tmp_path, prorl_rows, monkeypatch):
    from matplotlib.figure import Figure

    drawn = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, path: drawn.append(figure.axes[0].get_ylim()))
    draw_learning_curve(prorl_rows, tmp_path / "inside.png")
    for row, reward in zip(prorl_rows, (-3.0, 7.0), strict=False):
        row["env_runners"]["episode_return_mean"] = reward
    draw_learning_curve(prorl_rows, tmp_path / "outside.png")
    assert drawn[0] == (0.0, 1.02)
    assert drawn[1][0] < -3.0
    assert drawn[1][1] > 7.0


def test_a_picture_is_drawn_of_a_whole_run_and_of_a_single_iteration(tmp_path, prorl_rows):
    for name, rows in (("run.png", prorl_rows), ("one.png", prorl_rows[:1])):
        pixels = imread(draw_learning_curve(rows, tmp_path / name))
        assert pixels.shape[0] > 600
        assert pixels.std() > 0.05  # something was drawn


def test_the_reason_of_each_reset_and_the_beginning_of_each_stage_are_read(tmp_path):
    rows = [
        {
            "training_iteration": i,
            "prorl": {"stage": stage, "reference_reset": int(bool(reason))},
            **{"reference_reset_reason": reason, "env_runners": {"episode_return_mean": 0.5}},
        }
        for i, stage, reason in ((1, 0, ""), (2, 1, "stage"), (3, 1, ""), (4, 3, "plateau"), (5, 3, "plateau"))
    ]
    assert resets_by_reason(rows) == {"stage": [2.0], "plateau": [4.0, 5.0]}
    assert stages(rows) == [(2.0, 1), (4.0, 3)]
    assert draw_learning_curve(rows, tmp_path / "curve.png").stat().st_size > 0


def test_each_reset_is_a_line_through_both_panels_with_its_reason_in_the_legend(tmp_path, prorl_rows, monkeypatch):
    from matplotlib.figure import Figure

    reasons = {5: "stage", 15: "plateau", 25: "period", 35: "kl_budget", 45: "entropy_floor", 55: "user"}
    for row in prorl_rows:
        reason = reasons.get(row["training_iteration"], "")
        row["prorl"]["reference_reset"], row["reference_reset_reason"] = int(bool(reason)), reason
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, path: figures.append(figure))
    draw_learning_curve(prorl_rows, tmp_path / "curve.png")
    for panel in figures[0].axes:
        marks = [line for line in panel.lines if line.get_color() == RESET]
        assert sorted(line.get_xdata()[0] for line in marks) == sorted(reasons)
        # No two reasons look alike.
        assert len({str(line._unscaled_dash_pattern) for line in marks}) == len(reasons)
    legend = {text.get_text() for text in figures[0].axes[0].get_legend().get_texts()}
    assert {f"reference reset: {reason}" for reason in reasons.values()} <= legend
