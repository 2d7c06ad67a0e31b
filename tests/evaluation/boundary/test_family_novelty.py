import pytest

from prorl_rllib.evaluation.boundary.compare import CompareSettings, compare
from prorl_rllib.evaluation.boundary.family import Family

COPIED = "one two three four five six seven eight nine ten eleven twelve"
NEW = "un deux trois quatre cinq six sept huit neuf dix onze douze"


@pytest.fixture
def family(write_samples):
    """The base gives one text in its odd samples and new ones in the even; the trained model gives the base's odd."""

    def base(task, sample):
        return {"response": COPIED if sample % 2 else f"{NEW} {task} {sample}"}

    tasks = [[True, False, False, True]] * 3
    files = {
        "base": write_samples("base", tasks, base),
        "trained": write_samples("trained", tasks, lambda task, sample: {"response": COPIED}),
    }
    return Family("a", files)


def test_base_is_compared_with_its_other_half_and_trained_with_the_same(family):
    models = compare([family], CompareSettings(resamples=200)).family("a").models
    base, trained = ({each.correct_only: each for each in models[role].novelty} for role in ("base", "trained"))
    # "six" is a word of both texts; nothing longer is.
    assert (base[False].index.mean, base[False].longest_overlap.mean) == (7.0, 1.0)
    assert (trained[False].index.mean, trained[False].longest_overlap.mean) == (0.0, 12.0)
    assert trained[False].reference == "base_samples"
    # Samples 0 and 2 of three tasks are compared; sample 0 is right.
    assert (trained[False].num_solutions, trained[True].num_solutions) == (6, 3)


@pytest.mark.parametrize("kind", ["file", "folder", "rows"])
def test_corpus_is_a_file_or_a_folder(family, tmp_path, kind):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text(f"So it is: {COPIED}.")
    (corpus / "ignored.bin").write_bytes(b"\xff")
    path = {"file": corpus / "a.txt", "folder": corpus, "rows": tmp_path / "rows.jsonl"}[kind]
    (tmp_path / "rows.jsonl").write_text(f'"x"\n\n{{"text": "{COPIED}", "id": 3}}\n')
    report = compare([family], CompareSettings(resamples=200, corpus=path))
    found = [each for each in report.family("a").models["trained"].novelty if each.reference == "corpus"]
    assert [each.index.mean for each in found] == [0.0, 0.0]
    assert any("The corpus has" in note for note in report.notes)


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.pdf", b"x", "its name must end in .txt"),
        ("a.txt", b" \n", "has no words"),
        ("a.txt", b"\xff\xfe\xff", "no text in UTF-8"),
        ("a.jsonl", b"{", "line 1 is no JSON"),
        ("a.jsonl", b"[" * 100_000, "line 1 is no JSON"),
        ("a.jsonl", b'{"body": "x"}', 'a string at "text"'),
    ],
)
def test_a_file_that_is_no_corpus_is_refused(tmp_path, name, content, named):
    from prorl_rllib.evaluation.boundary.corpus import read_corpus

    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=named):
        read_corpus(path)


def test_beside_empty_answers_of_the_base_nothing_is_called_new(write_samples):
    tasks = [[True, False, False, True]] * 3
    files = {
        "base": write_samples("base", tasks, lambda task, sample: {"response": " " * sample}),
        "trained": write_samples("trained", tasks, lambda task, sample: {"response": NEW}),
    }
    models = compare([Family("a", files)], CompareSettings(resamples=200)).family("a").models
    assert models["trained"].novelty == ()


def test_without_another_answer_of_the_base_nothing_is_called_new(write_samples):
    tasks = [[True], [False], [True]]
    files = {role: write_samples(role, tasks, lambda task, sample: {"response": NEW}) for role in ("base", "trained")}
    models = compare([Family("a", files)], CompareSettings(resamples=200)).family("a").models
    assert models["base"].novelty == models["trained"].novelty == ()
