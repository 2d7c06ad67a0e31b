import pytest

from prorl_rllib.algorithms.prorl.checkpoints import is_complete, require_complete, write_checkpoint


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
