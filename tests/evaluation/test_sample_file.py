import json

import pytest

from prorl_rllib.evaluation.sample_file import SampleFile, open_locked, read_header, read_samples


def test_what_was_written_is_read_back(make_record, tmp_path):
    path = tmp_path / "samples.jsonl"
    records = [make_record(sample_index=index, response="½ \n\U0001f600 \x00", reward=None) for index in range(3)]
    with SampleFile(path, {"seed": 3}) as file:
        file.append(records[:2])
        file.append(records[2:])
    assert read_header(path)["seed"] == 3
    assert list(read_samples(path)) == records


def test_a_batch_is_in_the_file_before_the_next_one(make_record, tmp_path):
    path = tmp_path / "samples.jsonl"
    with SampleFile(path, {}) as file:
        file.append([make_record()])
        assert list(read_samples(path)) == [make_record()]


def test_a_file_that_is_there_is_replaced_only_on_demand(tmp_path):
    path = tmp_path / "samples.jsonl"
    path.write_text("precious")
    with pytest.raises(FileExistsError):
        SampleFile(path, {})
    assert path.read_text() == "precious"
    SampleFile(path, {"seed": 1}, overwrite=True).close()
    assert read_header(path)["seed"] == 1


def test_a_line_that_is_no_sample_is_named(make_record, tmp_path):
    path = tmp_path / "samples.jsonl"
    with SampleFile(path, {}) as file:
        file.append([make_record()])
    whole = path.read_text()
    path.write_text(whole + whole.splitlines()[1][:20])
    with pytest.raises(ValueError, match="line 3 is no JSON"):
        list(read_samples(path))
    path.write_bytes(whole.encode().replace(b"1 + 1?", b"\xe4"))
    with pytest.raises(ValueError, match=r"samples\.jsonl, line 2 is no JSON.*utf-8"):
        list(read_samples(path))
    path.write_text(whole + "[" * 100_000 + "\n")
    with pytest.raises(ValueError, match="line 3 is no JSON"):
        list(read_samples(path))
    path.write_text(whole + json.dumps({"task_id": 1}) + "\n")
    with pytest.raises(ValueError, match=r"line 3 is no sample.*domain"):
        list(read_samples(path))


@pytest.mark.parametrize(
    "first",
    [
        "",
        "{}",
        "[1]",
        pytest.param("[" * 100_000, id="deep"),
        '{"format": "prorl_rllib.samples", "version": 99}',
        "text",
    ],
)
def test_another_file_is_no_file_of_samples(tmp_path, first):
    path = tmp_path / "other.jsonl"
    path.write_text(first)
    with pytest.raises(ValueError, match=r"other\.jsonl"):
        read_header(path)


@pytest.mark.parametrize("how", [{"overwrite": True}, {"resume_at": 5}])
def test_a_file_that_is_being_written_is_not_touched_until_it_is_closed(make_record, tmp_path, how):
    path = tmp_path / "samples.jsonl"
    with SampleFile(path, {"seed": 1}) as first:
        before = path.read_bytes()
        with pytest.raises(BlockingIOError, match=r"another evaluation writes it.*samples\.jsonl"):
            SampleFile(path, {"seed": 2}, **how)
        assert path.read_bytes() == before
        first.append([make_record()])
    SampleFile(path, {"seed": 2}, **how).close()
    assert path.read_bytes() != before


def test_a_file_that_was_locked_to_read_its_beginning_is_gone_on_with(make_record, tmp_path):
    path = tmp_path / "samples.jsonl"
    SampleFile(path, {"seed": 1}).close()
    header = path.read_bytes()
    path.write_bytes(header + b"cut")
    locked = open_locked(path)
    assert path.read_bytes() == header + b"cut"
    with SampleFile(path, {}, resume_at=len(header), locked=locked) as file:
        file.append([make_record()])
    assert path.read_bytes().startswith(header)
    assert list(read_samples(path)) == [make_record()]


def test_more_bytes_than_the_file_has_cannot_be_kept(tmp_path):
    path = tmp_path / "samples.jsonl"
    path.write_text("short")
    with pytest.raises(ValueError, match=r"samples\.jsonl has 5 bytes, fewer than the 50 to keep"):
        SampleFile(path, {}, resume_at=50)
    assert path.read_text() == "short"
