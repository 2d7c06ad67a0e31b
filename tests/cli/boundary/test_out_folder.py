import pytest

from prorl_rllib.cli.boundary.out_folder import claimed_folder
from prorl_rllib.cli.errors import CommandError


def test_a_folder_has_one_writer_at_a_time(tmp_path):
    with claimed_folder(tmp_path / "new" / "report"):
        with pytest.raises(CommandError, match="another `rllib boundary` writes this folder") as raised:
            claimed_folder(tmp_path / "new" / "report").__enter__()
        assert raised.value.exit_code == 2
        with claimed_folder(tmp_path / "other"):
            pass
    with claimed_folder(tmp_path / "new" / "report"):
        pass


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path):
    (tmp_path / "samples").write_text("a file")
    with pytest.raises(CommandError, match=r"cannot be used\. FileExistsError"):
        claimed_folder(tmp_path).__enter__()
