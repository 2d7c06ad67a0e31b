import pytest

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.cli.evaluate.samples_out import claimed_samples, open_samples


@pytest.mark.parametrize("how", ["resume", "overwrite"])
def test_a_file_that_was_begun_meanwhile_is_refused(tmp_path, how):
    path = tmp_path / "samples.jsonl"
    options = EvaluateOptions(out=path, **{how: True})
    with claimed_samples(options) as claimed:
        # Another command begins it, and ends, while this one loads its model.
        with claimed_samples(options) as other, open_samples(options, {"seed": 1}, None, other):
            pass
        before = path.read_bytes()
        with (
            pytest.raises(CommandError, match="another evaluation") as raised,
            open_samples(options, {}, None, claimed),
        ):
            pass
    assert raised.value.exit_code == 2
    assert path.read_bytes() == before


def test_what_is_claimed_is_free_again_after_a_failure(tmp_path):
    path = tmp_path / "samples.jsonl"
    path.write_text("precious")
    options = EvaluateOptions(out=path, overwrite=True)
    with pytest.raises(RuntimeError), claimed_samples(options):
        raise RuntimeError
    assert path.read_text() == "precious"
    with claimed_samples(options) as claimed, open_samples(options, {"seed": 1}, None, claimed):
        assert "precious" not in path.read_text()
