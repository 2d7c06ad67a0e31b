import gzip
import json

import pytest

from prorl_rllib.envs import Task, save_tasks
from prorl_rllib.evaluation.sample_file import SampleFile

TASKS = [
    Task(task_id=f"t{number}", domain="math", prompt=f"{number}?", reference={"answer": str(number)})
    for number in range(3)
]


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "responses.jsonl"
    rows = [{"task": task.model_dump(), "response": "\\boxed{1}", "note": "kept"} for task in TASKS]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_samples_of_an_evaluation_are_scored_with_the_tasks_they_name(ray_cluster, rllib, tmp_path):
    source, out = tmp_path / "samples.jsonl", tmp_path / "verdicts.jsonl.gz"
    with SampleFile(source, {"env": "prorl/Math-v0"}):
        pass
    samples = [{"task_id": task.task_id, "domain": "math", "response": "\\boxed{1}", "reward": 0.5} for task in TASKS]
    turns = {**samples[1], "later_turns": [{"role": "assistant", "content": "0?"}]}
    with source.open("a") as file:
        file.writelines(json.dumps(sample) + "\n" for sample in [*samples, {**samples[0], "task_id": "t9"}, turns])
    save_tasks(TASKS, tmp_path / "tasks.jsonl")
    done = rllib("score", source, "--tasks", tmp_path / "tasks.jsonl", "--out", out)
    assert done.exit_code == 0, done.output
    with gzip.open(out, "rt") as file:
        verdicts = [json.loads(line) for line in file]
    assert [(row["task_id"], row["reward"], row["status"]) for row in verdicts] == [
        ("t0", 0.0, "scored"),
        ("t1", 1.0, "scored"),
        ("t2", 0.0, "scored"),
    ]
    rejected = [json.loads(line) for line in (tmp_path / "verdicts.rejected.jsonl").open()]
    assert [(row["line"], row["reason"]) for row in rejected] == [
        (5, "no reference"),
        (6, "an episode of several turns"),
    ]
    assert rejected[1]["row"] == turns
    assert "math" in done.stdout and "5 rows in" in done.stdout
    assert "rejected: 1 row: no reference\nrejected: 1 row: an episode of several turns" in done.stdout


@pytest.mark.slow
def test_parquet_is_scored_and_a_row_without_a_verdict_ends_with_1(ray_cluster, rllib, source, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    rows = [{**row, "task": {**row["task"], "metadata": {"dataset": "d"}}} for row in map(json.loads, source.open())]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    done = rllib("score", tmp_path / "rows.parquet", "--out", tmp_path / "out.jsonl")
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["reward"] for line in (tmp_path / "out.jsonl").open()] == [0.0, 1.0, 0.0]
    assert not (tmp_path / "out.rejected.jsonl").exists()
    source.write_text('{"response": ""}\n')
    done = rllib("score", source, "--out", tmp_path / "none.jsonl")
    assert done.exit_code == 1 and "No row got a reward" in done.stderr


def test_a_file_that_breaks_off_leaves_nothing(ray_cluster, rllib, source, tmp_path):
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(gzip.compress(source.read_bytes() * 2000)[:-20])
    before = set(tmp_path.iterdir())
    done = rllib("score", broken, "--out", tmp_path / "out.jsonl")
    assert done.exit_code == 1 and "nothing was written" in done.stderr and "broken.jsonl.gz" in done.stderr
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.jsonl", "--out", "out.jsonl"], "no such file"),
        (["responses.jsonl", "--out", "out.csv"], "must end in .jsonl"),
        (["responses.jsonl", "--out", "responses.jsonl"], "--overwrite"),
        (["responses.jsonl", "--out", "responses.jsonl", "--overwrite"], "is read as INPUT"),
        (["responses.jsonl", "--out", "none/out.jsonl"], "no folder"),
        (["responses.jsonl", "--out", "out.jsonl", "--rejected", "out.jsonl"], "two files"),
        (["responses.jsonl", "--out", "out.jsonl", "--options", "{"], "is no JSON"),
        (["responses.jsonl", "--out", "out.jsonl", "--options", '{"math": {"a": 1}}'], "'math'"),
        (["responses.jsonl", "--out", "out.jsonl", "--domain", "no_module:X"], "no_module"),
        (["responses.jsonl", "--out", "out.jsonl", "--tasks", "missing.jsonl"], "no such file"),
        (["responses.jsonl", "--out", "out.jsonl", "--timeout-s", "0"], "timeout-s"),
    ],
)
def test_wrong_usage_is_refused_before_ray_starts(rllib, source, monkeypatch, arguments, words):
    monkeypatch.chdir(source.parent)
    done = rllib("score", *arguments)
    assert done.exit_code == 2 and words in done.stderr


def test_a_full_disk_leaves_no_unfinished_file(tmp_path):
    from prorl_rllib.cli.score.output import WholeFile

    unfinished = tmp_path / ".out.jsonl.unfinished"
    unfinished.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"), WholeFile(tmp_path / "out.jsonl", keep_empty=True) as file:
        file.write("{}")
    assert list(tmp_path.iterdir()) == []
