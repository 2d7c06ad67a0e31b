import base64
import pickle
import pickletools
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs.datasets.pickled_text import text_of_pickle, unpack_text
from prorl_rllib.envs.datasets.rows import RowRejected


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_a_pickled_text_is_read_whatever_the_protocol(text, protocol):
    assert text_of_pickle(pickle.dumps(text, protocol)) == text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_would_run_code_is_refused_and_not_run(tmp_path, protocol):
    trace = tmp_path / "trace"
    data = pickle.dumps(Malicious(trace), protocol)
    with pytest.raises(RowRejected, match="a pickle holds more than one text"):
        text_of_pickle(data)
    assert not trace.exists()
    pickle.loads(data).close()
    assert trace.exists()  # so the attack is one


@pytest.mark.parametrize("value", [None, 1, ["a"], ("a", "b"), {"a": 1}, b"a"])
def test_anything_but_a_text_is_refused(value):
    with pytest.raises(RowRejected):
        text_of_pickle(pickle.dumps(value))


def test_a_pickle_that_asks_for_a_huge_memory_is_not_given_it():
    data = pickle.PROTO + b"\x04" + pickle.SHORT_BINUNICODE + b"\x01a" + pickle.LONG_BINPUT + b"\xff\xff\xff\x7f."
    assert [each[0].name for each in pickletools.genops(data)][2] == "LONG_BINPUT"
    assert text_of_pickle(data) == "a"


@given(st.binary(max_size=200))
def test_junk_is_refused(data):
    for junk in (data, pickle.dumps("x" * 50)[: len(data)], data + b"."):
        try:
            text_of_pickle(junk)
        except RowRejected:
            continue
        assert isinstance(pickle.loads(junk), str)


def test_what_does_not_unpack_is_refused(monkeypatch):
    def pack(data):
        return base64.b64encode(data).decode()

    whole = zlib.compress(pickle.dumps("text" * 1000))
    assert unpack_text(pack(whole)) == "text" * 1000
    for packed in ("", "%", "é", pack(b"no zlib"), pack(whole[:-9])):
        with pytest.raises(RowRejected, match="packed data are damaged"):
            unpack_text(packed)
    monkeypatch.setattr("prorl_rllib.envs.datasets.pickled_text.MAX_BYTES", 1000)
    with pytest.raises(RowRejected, match="more than 1000 bytes"):
        unpack_text(pack(whole))
