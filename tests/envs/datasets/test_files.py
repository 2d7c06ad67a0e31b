import gzip
import json
import math
import sys

import pytest

from prorl_rllib.envs import EnvConfigError
from prorl_rllib.envs.datasets.files import read_rows

ROWS = [{"problem": f"What is {number} + {number}?", "answer": str(2 * number)} for number in range(5)]


def values(path, split=None):
    return [row.value for row in read_rows(path, split)]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.jsonl.gz", "a.csv", "a.parquet"])
def test_every_kind_of_file_gives_the_same_rows(write_file, name):
    assert values(write_file(name, ROWS)) == ROWS


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("array.jsonl", json.dumps(ROWS)),
        ("indented.jsonl", json.dumps(ROWS, indent=1)),
        ("lines.json", "\n".join(map(json.dumps, ROWS))),
        ("object.json", json.dumps({"version": 1, "rows": ROWS})),
        ("mark.json", "\ufeff" + json.dumps(ROWS)),
        ("mark.jsonl", "\ufeff" + "\r\n\r\n".join(map(json.dumps, ROWS)) + "\n"),
    ],
)
def test_the_content_tells_an_array_from_lines(tmp_path, name, content):
    (tmp_path / name).write_bytes(content.encode())
    assert values(tmp_path / name) == ROWS


def test_rows_know_where_they_stand(write_file):
    path = write_file("a.jsonl", [ROWS[0], "", ROWS[1]])
    assert [row.place for row in read_rows(path)] == [f"{path}:1", f"{path}:3"]
    assert [row.number for row in read_rows(write_file("a.parquet", ROWS))] == [1, 2, 3, 4, 5]


def test_a_broken_row_is_a_problem_of_that_row_alone(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a": 1}\n{"a": \n\xff\xfe\n' + b"[" * 100_000 + b'\n{"a": NaN}\n')
    rows = list(read_rows(path))
    assert [row.problem and row.problem.reason for row in rows] == [None, "not JSON", "not UTF-8", "not JSON", None]
    assert math.isnan(rows[-1].value["a"])
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n1\n1,2,3\n3,4\n")
    assert [row.problem is None for row in read_rows(path)] == [True, False, False, True]


def test_a_folder_is_read_in_the_order_of_names_and_by_split(write_file, tmp_path):
    write_file("data/train-00001-of-00002.jsonl", ROWS[2:4])
    write_file("data/train-00000-of-00002.parquet", ROWS[:2])
    write_file("data/test.jsonl", ROWS[4:])
    write_file("data/dataset_info.json", [{"no": "row"}])
    write_file("data/.cache/hidden.jsonl", [{"no": "row"}])
    (tmp_path / "data" / "README.md").write_text("no row")
    folder = tmp_path / "data"
    assert values(folder, "train") == ROWS[:4]
    assert values(folder, "test") == ROWS[4:]
    assert values(tmp_path, "data") == values(folder) == [ROWS[4], *ROWS[:4]]
    with pytest.raises(EnvConfigError, match=r"no file named after split 'dev' \(of 3 data files\)"):
        values(folder, "dev")
    with pytest.raises(EnvConfigError, match=r"split = 'train' picks files of a folder"):
        values(folder / "test.jsonl", "train")


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
@pytest.mark.parametrize("content", ["", " \n\n"])
def test_an_empty_file_is_an_error(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(EnvConfigError, match="the file is empty"):
        values(tmp_path / name)


def test_an_empty_file_is_an_error_whatever_its_kind(write_file, tmp_path):
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"problem": pyarrow.array([], pyarrow.string())}), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"", mtime=0))
    for path in (tmp_path / "a.parquet", tmp_path / "a.jsonl.gz", write_file("a.json", [])):
        with pytest.raises(EnvConfigError, match=f"{path.name}: the file is empty"):
            values(path)
    with pytest.raises(EnvConfigError, match="the folder holds no file"):
        (tmp_path / "folder").mkdir()
        values(tmp_path / "folder")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"x", "must end in .json, .jsonl"),
        ("a.json", b"{", "not JSON"),
        ("a.json", b'{"a": 1}', "holds a dict without a list"),
        ("a.json", b'{"a": [], "b": []}', "lists under a, b"),
        ("a.json", b"\xff\xfe", "cannot be read: UnicodeDecodeError"),
        ("a.jsonl.gz", b"no gzip", "cannot be read: BadGzipFile"),
        ("a.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 999, mtime=0)[:-9], "cannot be read: EOFError"),
        ("a.csv", b"a\n\xff\n", "cannot be read: UnicodeDecodeError"),
        ("a.csv", b'a,b\n1,"2\n3,4\n', "cannot be read: Error: unexpected end of data"),
        ("a.csv", b"a,b,a\n1,2,3\n", "several columns are named 'a'"),
        ("a.parquet", b"PAR1 no parquet", "not a whole Parquet file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EnvConfigError, match=f"{name}: .*{message}"):
        values(tmp_path / name)


def test_a_long_field_is_read(write_file):
    rows = [{"problem": "x" * 200_000, "answer": "1"}]
    assert values(write_file("a.csv", rows)) == rows


@pytest.mark.parametrize("start", [b'{"a": "', b'["', b'[\n"'])
def test_a_line_has_a_longest_length_whatever_it_was_packed_into(tmp_path, monkeypatch, start):
    monkeypatch.setattr("prorl_rllib.envs.datasets.files.MAX_LINE", 1000)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n" + start + b"x" * 2000, mtime=0))
    with pytest.raises(EnvConfigError, match=r"a\.jsonl\.gz:2: longer than 1000 bytes"):
        values(path)


def test_a_table_without_one_meaning_is_named(tmp_path):
    import pyarrow
    import pyarrow.parquet

    path = tmp_path / "a.parquet"
    column = pyarrow.array(["1"])
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays([column, column], names=["a", "a"]), path)
    with pytest.raises(EnvConfigError, match=r"a\.parquet: several columns are named 'a'"):
        values(path)
    pyarrow.parquet.write_table(pyarrow.table({"a": pyarrow.array([2**60], pyarrow.timestamp("us"))}), path)
    with pytest.raises(EnvConfigError, match=r"a\.parquet: a value after row 0 cannot be read: "):
        values(path)


def test_nulls_that_stand_for_other_rows_keys_are_left_out(write_file):
    rows = [{"a": {"b": 1, "d": [{"e": 1}]}}, {"a": {"c": {"f": 2}}}]
    read = values(write_file("a.parquet", rows))
    assert read == rows


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(EnvConfigError, match=r"nowhere\.jsonl: no such file or folder"):
        values(tmp_path / "nowhere.jsonl")


def test_without_pyarrow_the_error_says_what_to_install(write_file, monkeypatch):
    path = write_file("a.parquet", ROWS)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(EnvConfigError, match=r"pip install 'prorl-rllib\[parquet\]'"):
        values(path)
