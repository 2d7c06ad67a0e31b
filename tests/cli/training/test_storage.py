import pytest

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.training.storage import (
    check_experiment_name,
    default_experiment_names,
    new_experiment_name,
    prepare_storage,
)


def test_an_unwritable_storage_path_is_refused_before_ray_starts(rllib, experiment, tmp_path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    result = rllib("train", "file", experiment(), "--storage-path", in_the_way / "results")
    assert result.exit_code == 2
    assert str(in_the_way / "results") in result.output
    assert "--storage-path" in result.output


def test_a_relative_storage_path_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert prepare_storage("results") == str(tmp_path / "results")
    assert (tmp_path / "results").is_dir()


def test_a_uri_is_left_as_it_is(tmp_path):
    assert prepare_storage(f"file://{tmp_path}/runs") == f"file://{tmp_path}/runs"
    assert not (tmp_path / "runs").exists()


def test_a_uri_of_an_unknown_file_system_is_refused(rllib, experiment):
    result = rllib("train", "file", experiment(), "--storage-path", "nosuch://x")
    assert result.exit_code == 2, result.output
    assert "nosuch://x" in result.output
    assert "--storage-path" in result.output


@pytest.mark.parametrize("name", ["a/../../b", "a/b", "/a", "..", ".", " ", "a\\b"])
def test_an_experiment_name_that_leads_out_of_the_storage_path_is_refused(rllib, experiment, tmp_path, name):
    result = rllib("train", "file", experiment(), "--storage-path", tmp_path / "results", "-n", name)
    assert result.exit_code == 2, result.output
    assert "--experiment-name" in result.output
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("name", ["run", "run..2", "2026-01-31_12-00-00", ".hidden"])
def test_other_experiment_names_are_taken(name):
    assert check_experiment_name(name) == name


def test_a_new_run_does_not_mix_with_an_old_one(tmp_path):
    assert new_experiment_name("run", str(tmp_path)) == "run"
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "tuner.pkl").touch()
    with pytest.raises(CommandError, match=r"holds a run already.*--resume"):
        new_experiment_name("run", str(tmp_path))


def test_experiments_of_one_name_and_second_have_folders_of_their_own(tmp_path):
    names = default_experiment_names(["x", "x", "y"], str(tmp_path))
    assert len(set(names)) == 3
    (tmp_path / names[0]).mkdir()
    assert default_experiment_names(["x"], str(tmp_path)) != [names[0]]
