import pytest

from prorl_rllib.algorithms.prorl.checkpoints import (
    is_complete,
    newest_complete,
    prune,
    read_marker,
    require_complete,
    write_checkpoint,
)


def write(path, iteration, *, run="a", score=None):
    facts = {"run": run, "iteration": iteration, "score": score}
    return write_checkpoint(path, lambda folder: (folder / "weights").write_text("all of them"), facts)


def test_a_save_that_fails_leaves_nothing_under_the_name(tmp_path):
    def save(folder):
        (folder / "weights").write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_checkpoint(tmp_path / "checkpoint", save)
    assert not (tmp_path / "checkpoint").exists()


def test_a_save_that_fails_leaves_the_older_checkpoint(tmp_path):
    path = write_checkpoint(tmp_path / "checkpoint", lambda folder: (folder / "weights").write_text("old"))

    def fail(folder):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_checkpoint(path, fail)
    assert is_complete(path)
    assert (path / "weights").read_text() == "old"


def test_a_checkpoint_without_its_marker_is_refused(tmp_path):
    (tmp_path / "weights").write_text("half")
    with pytest.raises(FileNotFoundError, match="not a complete ProRL checkpoint"):
        require_complete(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        require_complete(tmp_path / "missing")


def test_a_folder_of_somebody_else_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(FileExistsError, match="not a checkpoint"):
        write_checkpoint(tmp_path, lambda folder: None)
    assert (tmp_path / "thesis.tex").exists()


def test_an_empty_folder_is_filled_in_place(tmp_path):
    write_checkpoint(tmp_path, lambda folder: (folder / "weights").write_text("new"))
    assert is_complete(tmp_path)


def test_a_copy_that_was_cut_off_is_no_checkpoint_though_it_has_the_marker(tmp_path):
    path = write(tmp_path / "checkpoint", 1)
    assert read_marker(path)["iteration"] == 1
    (path / "weights").write_text("half")
    assert not is_complete(path)
    (path / "weights").unlink()
    assert not is_complete(path)


def test_the_newest_whole_checkpoint_is_found_after_a_kill(tmp_path):
    assert newest_complete(tmp_path) is None
    assert newest_complete(tmp_path / "nowhere") is None
    # By iteration, not by name or age.
    expected = write(tmp_path / "checkpoint_a", 20)
    write(tmp_path / "checkpoint_b", 10)
    (write(tmp_path / "checkpoint_c", 30) / "weights").write_text("half")
    (write(tmp_path / "checkpoint_d", 40)).rename(tmp_path / "checkpoint_d.incomplete-77")
    (tmp_path / "result.json").write_text("{}")
    assert newest_complete(tmp_path) == expected


def test_the_newest_and_the_best_stay_and_other_runs_are_left_alone(tmp_path):
    for iteration, score in enumerate((0.1, 0.9, 0.3, None, 0.2), start=1):
        write(tmp_path / f"{iteration}", iteration, score=score)
    write(tmp_path / "other", 1, run="b")
    (tmp_path / "notes.txt").write_text("mine")
    prune(tmp_path, run="a", keep=2, keep_best=True)
    assert {path.name for path in tmp_path.iterdir()} == {"2", "4", "5", "other", "notes.txt"}
    prune(tmp_path, run="a", keep=1, keep_best=False)
    assert {path.name for path in tmp_path.iterdir()} == {"5", "other", "notes.txt"}


def test_a_run_that_was_set_back_keeps_what_it_writes_now(tmp_path):
    for iteration in (10, 20, 30):
        write(tmp_path / f"{iteration}", iteration)
    write(tmp_path / "11", 11)
    prune(tmp_path, run="a", keep=2, keep_best=False)
    assert {path.name for path in tmp_path.iterdir()} == {"30", "11"}


def test_a_file_of_somebody_else_that_has_the_markers_name_is_no_checkpoint(tmp_path):
    expected = write(tmp_path / "checkpoint", 1)
    for number, content in enumerate((b"", b"3", b"[]", b'{"files": 3}', b"\xff\xfe", b"done")):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "complete").write_bytes(content)
    (tmp_path / "folder" / "complete").mkdir(parents=True)
    assert newest_complete(tmp_path) == expected
    prune(tmp_path, run="a", keep=1, keep_best=False)
    assert len(list(tmp_path.iterdir())) == 8


def test_what_a_kill_left_is_cleared_when_the_checkpoint_is_written_again(tmp_path):
    for suffix in ("incomplete-77", "older-77"):
        (tmp_path / f"checkpoint.{suffix}").mkdir()
        (tmp_path / f"checkpoint.{suffix}" / "weights").write_text("half")
    write(tmp_path / "checkpoint", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_a_run_keeps_its_newest_and_best_checkpoints(make_config, tmp_path):
    from prorl_rllib.algorithms import ProRL

    config = make_config().checkpointing(checkpoints_to_keep=1).evaluation(evaluation_interval=2, evaluation_duration=2)
    algo = config.build_algo()
    try:
        for iteration in range(1, 4):
            algo.train()
            algo.save_to_path(tmp_path / f"{iteration}")
    finally:
        algo.stop()
    # The second was evaluated: it is the best there is.
    assert {path.name for path in tmp_path.iterdir()} == {"2", "3"}
    restored = ProRL.from_checkpoint(newest_complete(tmp_path))
    try:
        assert restored.iteration == 3
        restored.save_to_path(tmp_path / "4")
    finally:
        restored.stop()
    assert {path.name for path in tmp_path.iterdir()} == {"2", "4"}
