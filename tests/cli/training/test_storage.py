import pytest

from prorl_rllib.cli.training.storage import check_experiment_name, prepare_storage


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
