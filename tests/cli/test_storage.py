from prorl_rllib.cli.storage import prepare_storage


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


def test_a_uri_is_left_as_it_is():
    assert prepare_storage("s3://bucket/runs") == "s3://bucket/runs"
