import pytest

from prorl_rllib.envs.datasets import load_tasks

DEEPSCALER = [
    {"problem": "Compute $1+1$.", "answer": "2", "solution": "One and one make two."},
    {"problem": "What is half of one?", "answer": "$\\frac{1}{2}$", "solution": ""},
    {"problem": "Find the roots.", "answer": "\\boxed{\\{1, -1\\}}", "solution": "By factoring."},
    {"problem": "No answer is known.", "answer": "", "solution": "?"},
    {"problem": "Nothing at all.", "answer": None, "solution": None},
    {"problem": " ", "answer": "3", "solution": ""},
    {"problem": "A broken answer.", "answer": "\\frac{1}{2", "solution": ""},
    {"problem": "A number for an answer.", "answer": 7, "solution": ""},
    {"problem": "A list for an answer.", "answer": ["7"], "solution": ""},
    {"problem": "What is half of one?", "answer": "0.5", "solution": ""},
    "no row",
]


@pytest.mark.parametrize("name", ["deepscaler.json", "deepscaler.jsonl"])
def test_deepscaler(write_file, counts, name):
    rows = DEEPSCALER if name.endswith(".json") else [*DEEPSCALER[:-1], '"no row"']
    loaded = load_tasks("deepscaler", write_file(name, rows))
    assert [task.reference for task in loaded] == [
        {"answer": "2"},
        {"answer": "\\frac{1}{2}"},
        {"answer": "\\{1, -1\\}"},
        {"answer": "7"},
    ]
    assert counts(loaded) == {
        "no answer": 2,
        "no problem": 1,
        "the gold answer does not verify": 1,
        "answer is no text": 1,
        "repeats an earlier problem": 1,
        "not an object": 1,
    }
    assert loaded.rows == len(rows) == len(loaded) + sum(counts(loaded).values())
    assert loaded[0].domain == "math" and loaded[0].prompt == "Compute $1+1$."
    assert loaded[0].metadata == {"dataset": "deepscaler", "source": f"{name}:1"}
    assert loaded[0].task_id.startswith("deepscaler/") and len({task.task_id for task in loaded}) == 4


def test_math500_keeps_subject_and_level(write_file, counts):
    row = {
        "problem": "Find $x$ if $x + 1 = 3$.",
        "solution": "Subtract: $\\boxed{2}$.",
        "answer": "2",
        "subject": "Algebra",
        "level": 3,
        "unique_id": "test/algebra/1.json",
    }
    rows = [row, {**row, "problem": "Another?", "level": "Level 5"}, {**row, "problem": "A third?", "answer": " "}]
    rows.append({**row, "problem": "A fourth?", "level": "9" * 5000})
    loaded = load_tasks("math500", write_file("test.jsonl", rows))
    assert loaded[0].metadata == {
        "dataset": "math500",
        "source": "test.jsonl:1",
        "subject": "Algebra",
        "level": 3,
        "unique_id": "test/algebra/1.json",
    }
    assert loaded[1].metadata["level"] == 5 and "level" not in loaded[2].metadata
    assert counts(loaded) == {"no answer": 1}


@pytest.mark.parametrize(
    ("columns", "answer"),
    [
        ({"ID": "2024-I-1", "Problem": "P", "Solution": "S", "Answer": 33}, "33"),
        (
            {"id": 60, "problem": "P", "solution": "S", "answer": "033", "url": "aops.test", "year": "2024"},
            "33",
        ),
        ({"problem": "P", "answer": "$000$"}, "0"),
        ({"question": "P", "final_answer": 999.0}, "999"),
    ],
)
def test_aime_under_each_of_its_column_names(write_file, columns, answer):
    loaded = load_tasks("aime", write_file("aime.jsonl", [columns]))
    assert [task.reference for task in loaded] == [{"answer": answer}] and loaded[0].prompt == "P"


def test_aime_answers_are_integers_below_1000(write_file, counts):
    rows = [{"problem": str(answer), "answer": answer} for answer in (1000, -1, "x", "1.5", "3 or 4", "²", 5)]
    assert counts(load_tasks("aime", write_file("aime.json", rows))) == {"the answer is no integer from 0 to 999": 6}
