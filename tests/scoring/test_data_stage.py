import json

import pytest

from prorl_rllib.scoring import ScoringSettings, score_rows


@pytest.fixture(scope="module")
def mixed(rows):
    return [*rows, {"response": "x"}, {"task": {"domain": "alchemy"}, "response": "y"}]


def test_a_data_set_gets_the_verdicts_of_its_rows(ray_cluster, mixed):
    import ray.data

    from prorl_rllib.scoring import score_dataset

    given = [
        {"index": index, "task": json.dumps(row["task"]) if "task" in row else None, "response": row["response"]}
        for index, row in enumerate(mixed)
    ]
    scored = score_dataset(ray.data.from_items(given), ScoringSettings(), max_actors=1, batch_size=16)
    found = sorted(scored.take_all(), key=lambda row: row["index"])
    expected = [{**row.fields(), "rejected": row.rejected} for row in score_rows(mixed)]
    assert [{key: row[key] for key in expected[0]} for row in found] == expected
    assert [row["response"] for row in found] == [row["response"] for row in given]


@pytest.mark.slow
def test_files_are_scored_in_the_order_of_their_rows(ray_cluster, mixed, tmp_path):
    from prorl_rllib.scoring.row_files import scored_lines

    for name, part in (("a.jsonl", mixed[:20]), ("b.jsonl", mixed[20:])):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in part))
    with (tmp_path / "b.jsonl").open("a") as file:
        file.write('{"broken\n')
    lines = list(scored_lines(tmp_path, ScoringSettings()))
    expected = [row for row in score_rows(mixed) if row.rejected is None]
    good = [json.loads(line.line) for line in lines if line.rejected is None]
    assert good == [{**row, **scored.fields()} for row, scored in zip(mixed[: len(expected)], expected, strict=True)]
    bad = [json.loads(line.line) for line in lines if line.rejected is not None]
    assert [(record["file"], record["line"], record["reason"]) for record in bad] == [
        ("b.jsonl", len(mixed) - 21, "no task"),
        ("b.jsonl", len(mixed) - 20, "not a task"),
        ("b.jsonl", len(mixed) - 19, "not JSON"),
    ]
    assert bad[0]["row"] == {"response": "x"}


def test_the_header_of_an_evaluation_is_known_by_its_format():
    from prorl_rllib.evaluation.sample_file import FORMAT
    from prorl_rllib.scoring.row_files import SAMPLES_FORMAT

    assert SAMPLES_FORMAT == FORMAT
