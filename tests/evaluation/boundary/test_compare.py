import json

import pytest

from prorl_rllib.evaluation.boundary.compare import CompareSettings, VerificationsFailedError, compare
from prorl_rllib.evaluation.boundary.family import Family
from prorl_rllib.evaluation.boundary.report import BoundaryReport

FAST = CompareSettings(resamples=200, novelty=False)


def counted(*correct, n=4):
    """Tasks with so many right samples of n, the right ones first."""
    return [[sample < count for sample in range(n)] for count in correct]


@pytest.fixture
def family(write_samples):
    """Four tasks, one of each outcome."""
    files = {
        "base": write_samples("base", counted(0, 2, 1, 0)),
        "trained": write_samples("trained", counted(3, 0, 4, 0)),
    }
    return Family("easy", files, training="trained", difficulty=1)


def test_outcomes_are_those_of_a_count_by_hand(family):
    found = compare([family], FAST).family("easy")
    assert [task.outcome for task in found.tasks] == ["gained", "lost", "kept", "unsolved"]
    assert found.outcome_counts == {"gained": 1, "lost": 1, "kept": 1, "unsolved": 1}
    assert found.tasks[0].task_id == "math/0"
    assert found.tasks[0].counts["trained"].correct == 3


def test_figures_are_those_of_a_count_by_hand(family):
    found = compare([family], FAST).family("easy")
    # pass@2 of c right among 4: c=1 -> 1/2, c=2 -> 5/6, c=3 and 4 -> 1.
    assert found.models["base"].pass_at[2].mean == pytest.approx((5 / 6 + 1 / 2) / 4)
    assert found.models["trained"].pass_at[2].mean == pytest.approx(2 / 4)
    assert found.difference("trained", "base").pass_at[2].mean == pytest.approx((1 - 5 / 6 + 1 / 2) / 4)
    assert found.models["base"].mean_at_n.mean == pytest.approx(3 / 16)
    assert found.models["base"].solved_share.mean == 0.5
    # Shares 0, 1/2, 1/4, 0: mean 3/16, mean of squares 5/64.
    variance = 5 / 64 - (3 / 16) ** 2
    assert found.models["base"].pass_at_1_variance == pytest.approx(variance)
    assert found.models["base"].pass_at_bound[4] == pytest.approx(1 - ((13 / 16) ** 2 + variance) ** 2)
    assert found.difference("mid", "base") is None


def test_no_task_solved_gives_the_upper_bound_of_the_share_that_is(write_samples):
    files = {role: write_samples(role, counted(*[0] * 50)) for role in ("base", "trained")}
    share = compare([Family("hard", files)], FAST).family("hard").models["base"].solved_share
    assert (share.mean, share.low) == (0.0, 0.0)
    assert share.high == pytest.approx(1 - 0.025 ** (1 / 50))


def test_a_report_goes_to_json_and_back(family):
    report = compare([family], FAST)
    assert BoundaryReport.model_validate_json(report.model_dump_json()) == report


def test_equal_files_give_equal_reports(family):
    assert compare([family], FAST).model_dump_json() == compare([family], FAST).model_dump_json()


@pytest.mark.parametrize(("n", "k"), [(256, 128), (512, 128), (64, 32), (10, 4), (1, 1)])
def test_boundary_is_128_or_at_most_half_of_the_samples(write_samples, n, k):
    files = {role: write_samples(role, counted(0, n, n=n)) for role in ("base", "trained")}
    assert compare([Family("a", files)], FAST).settings.boundary_k == k


def test_a_k_above_the_number_of_samples_is_refused(family):
    with pytest.raises(ValueError, match="k=8 is more than the 4 samples"):
        compare([family], CompareSettings(ks=(1, 8)))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"temperature": 1.0}, "temperature: 0.6 in .*, 1.0 in"),
        ({"env_config": {"difficulty": 3}}, "env_config"),
        ({"seed": 2}, "seed: 1"),
        ({"max_completion_length": 65}, "max_completion_length"),
    ],
)
def test_samples_with_other_settings_are_refused_by_name(write_samples, changed, named):
    files = {
        "base": write_samples("base", counted(0, 1)),
        "trained": write_samples("trained", counted(0, 1), **changed),
    }
    with pytest.raises(ValueError, match=named):
        compare([Family("a", files)], FAST)


def test_other_tasks_are_refused(write_samples):
    files = {
        "base": write_samples("base", counted(0, 1)),
        "trained": write_samples("trained", counted(0, 1), lambda task, sample: {"prompt": f"other {task}?"}),
    }
    with pytest.raises(ValueError, match="prompt 0 is math/0"):
        compare([Family("a", files)], FAST)


def test_other_weights_in_another_family_are_refused(write_samples, family):
    files = {
        "base": write_samples("base_again", counted(0, 1), weights_sha256="base", model="/models/base"),
        "trained": write_samples("other", counted(0, 1)),
    }
    with pytest.raises(ValueError, match=r"The trained model was not sampled alike.*weights_sha256"):
        compare([family, Family("b", files)], FAST)


def test_a_file_that_was_cut_off_is_refused(write_samples):
    files = {role: write_samples(role, counted(1, 2), num_prompts=3) for role in ("base", "trained")}
    with pytest.raises(ValueError, match=r"first 2 of 3 prompts.*--resume"):
        compare([Family("a", files)], FAST)
    report = compare([Family("a", files, finished=True)], FAST)
    assert any("1 of 3 tasks are left out" in note for note in report.notes)


def test_samples_whose_verification_failed_are_in_no_figure(write_samples):
    def failed(task, sample):
        return {"judged": False, "status": "error", "correct": False} if (task, sample) == (0, 1) else {}

    files = {
        "base": write_samples("base", counted(1, 1, 1), failed),
        "trained": write_samples("trained", counted(1, 1, 1)),
    }
    base = compare([Family("a", files)], FAST).family("a").models["base"]
    assert (base.num_failed, base.num_samples) == (1, 11)
    # The first task has 3 judged samples, so it is in no pass@4; there 1 of 3 is right.
    assert base.mean_at_n.mean == pytest.approx((1 / 3 + 1 / 4 + 1 / 4) / 3)
    assert base.pass_at[4].mean == 1.0


def test_too_few_judged_tasks_are_a_failure_of_the_verification_not_of_the_files(write_samples):
    def failed(task, sample):
        return {"judged": False, "status": "error", "correct": False} if task else {}

    files = {
        "base": write_samples("base", counted(1, 1, 1), failed),
        "trained": write_samples("trained", counted(1, 1, 1)),
    }
    with pytest.raises(VerificationsFailedError, match=r"1 tasks with judged samples.*Of 2 others all verifications"):
        compare([Family("a", files)], FAST)
    files = {role: write_samples(role, counted(1)) for role in ("base", "trained")}
    with pytest.raises(ValueError, match="1 tasks with judged samples") as caught:
        compare([Family("a", files)], FAST)
    assert not isinstance(caught.value, VerificationsFailedError)


def test_a_header_written_by_hand_is_refused_by_what_it_lacks(write_samples, family):
    path = family.files["base"]
    header, *lines = path.read_text().splitlines(keepends=True)
    values = json.loads(header)
    del values["top_p"], values["kind"]
    path.write_text(json.dumps(values) + "\n" + "".join(lines))
    with pytest.raises(ValueError, match="a header without kind, top_p"):
        compare([family], FAST)


def test_a_label_stands_in_place_of_a_path(family):
    models = compare([family], CompareSettings(resamples=200, novelty=False, labels={"base": "a tiny one"})).models
    assert (models["base"].label, models["trained"].label) == ("a tiny one", "/models/trained")


def test_lengths_entropy_and_duplicates_are_means_over_tasks(write_samples):
    def record(task, sample):
        # Task 0 gives one text four times, task 1 four texts.
        text = "abc" if task == 0 else f"text {sample}"
        return {"response": text, "num_tokens": 10, "logprob_sum": -5.0 - 10 * task, "finish_reason": "length"}

    files = {role: write_samples(role, counted(1, 1), record) for role in ("base", "trained")}
    base = compare([Family("a", files)], FAST).family("a").models["base"]
    assert base.duplicate_share.mean == pytest.approx((3 / 4 + 0) / 2)
    assert base.entropy.mean == pytest.approx((0.5 + 1.5) / 2)
    assert base.characters.mean == pytest.approx((3 + 6) / 2)
    assert (base.tokens.mean, base.truncated_share.mean) == (10, 1.0)


def test_another_tokenizer_is_said(write_samples):
    files = {
        "base": write_samples("base", counted(0, 1), vocabulary_sha256="a", chat_template_sha256="c"),
        "trained": write_samples("trained", counted(0, 1), vocabulary_sha256="b", chat_template_sha256="c"),
    }
    report = compare([Family("a", files)], FAST)
    assert (report.models["trained"].same_tokenizer, report.models["trained"].same_chat_template) == (False, True)
    assert any("trained model's tokenizer differs" in note for note in report.notes)


def test_prompts_of_another_length_are_said_where_files_name_no_tokenizer(write_samples):
    files = {
        "base": write_samples("base", counted(0, 1)),
        "trained": write_samples("trained", counted(0, 1), lambda task, sample: {"prompt_tokens": 12}),
    }
    assert any("tokenizer or chat template differs" in note for note in compare([Family("a", files)], FAST).notes)


def test_families_of_one_environment_are_ordered_by_difficulty(write_samples):
    def same(role):
        return {"weights_sha256": role, "model": role}

    def files(name, size):
        return {
            role: write_samples(
                f"{role}_{name}", counted(0, 1), weights_sha256=role, model=role, env_config={"n": size}
            )
            for role in ("base", "trained")
        }

    report = compare([Family("b", files("b", 9), difficulty=9), Family("a", files("a", 5), difficulty=5)], FAST)
    assert [(curve.difficulties, curve.families) for curve in report.difficulty_curves] == [((5, 9), ("a", "b"))]


def test_the_level_of_the_intervals_is_told_as_it_is(write_samples):
    files = {role: write_samples(role, [[True, False]] * 3) for role in ("base", "trained")}
    report = compare([Family("a", files)], CompareSettings(resamples=200, interval_level=0.995, novelty=False))
    assert any("Intervals are at 99.5%" in note for note in report.notes)
