import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import prorl_rllib.envs.code
import prorl_rllib.envs.instruction_following
import prorl_rllib.envs.stem  # noqa: F401
from prorl_rllib.envs import EnvConfigError, TaskError
from prorl_rllib.envs.datasets import SCHEMAS, load_tasks, save_tasks

COLUMNS = [
    "problem",
    "question",
    "prompt",
    "input",
    "answer",
    "gold",
    "ground_truth",
    "final_answer",
    "solution",
    "matched_solution",
    "subject",
    "level",
    "ability",
    "reward_model",
    "data_source",
    "id",
    "year",
    "is_o1_solution_same",
    "entry_point",
    "test",
    "canonical_solution",
    "question_content",
    "starter_code",
    "public_test_cases",
    "private_test_cases",
    "metadata",
    "instruction_id_list",
    "kwargs",
    "args",
    "verifier_metadata",
    "messages",
    "task_id",
    "domain",
    "reference",
    "Question",
    "Correct Answer",
    "Incorrect Answer 1",
]
GOOD_LOOKING = [
    "math",
    "code",
    "stdin",
    "1",
    "[",
    "{}",
    '[{"input": "1", "output": "2", "testtype": "stdin"}]',
    '{"inputs": ["1"], "outputs": ["2"], "fn_name": "f"}',
    '{"inputs": [[1]], "outputs": [NaN], "fn_name": "f"}',
    "def check(candidate):\n    assert candidate(1) == 2\n",
    "def check(candidate):\n    inputs = [[1]]\n    results = [1]\n",
    "\\boxed{1}",
    "The answer is 5",
    "punctuation:no_comma",
    "\ud800",
    "x" * 5000,
    "9" * 5000,
]
texts = st.sampled_from(GOOD_LOOKING) | st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
nested = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "inputs", "ground_truth", *COLUMNS]), inner, max_size=3)
        | st.fixed_dictionaries({"role": st.sampled_from(["system", "user"]), "content": texts})
    ),
    max_leaves=8,
)
values = st.sampled_from(GOOD_LOOKING) | scalars | nested
junk = st.lists(st.dictionaries(st.sampled_from(COLUMNS), values, min_size=1, max_size=12) | values, min_size=1)


@pytest.mark.parametrize("schema", SCHEMAS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=junk, verify_golds=st.sampled_from([False, "quick"]))
def test_junk_rows_are_dropped_or_tasks(tmp_path_factory, schema, found, verify_golds):
    path = tmp_path_factory.getbasetemp() / "junk.json"
    path.write_text(json.dumps(found))
    try:
        loaded = load_tasks(schema, path, verify_golds=verify_golds)
    except TaskError as error:
        assert "none of its" in str(error) or "have the same prompt" in str(error) or "one task_id" in str(error)
        return
    assert loaded.rows == len(found) == len(loaded) + sum(drop.count for drop in loaded.dropped.values())
    assert loaded.summary()


CASE = '[{"input": "1", "output": "2", "testtype": "stdin"}]'
CHAT = [{"role": "user", "content": "P"}]
OPTIONS = {"Correct Answer": "a", "Incorrect Answer 1": "b", "Incorrect Answer 2": "c", "Incorrect Answer 3": "d"}
SOUND = [
    ("deepscaler", {"problem": "P", "answer": "1"}),
    ("math500", {"problem": "P", "answer": "1", "level": 2, "subject": "Algebra"}),
    ("aime", {"problem": "P", "answer": "033", "year": 2024}),
    ("eurus2", {"ability": "math", "prompt": CHAT, "reward_model": {"ground_truth": "1"}}),
    ("eurus2", {"ability": "code", "prompt": CHAT, "reward_model": {"ground_truth": GOOD_LOOKING[7]}}),
    ("scp116k", {"problem": "P", "matched_solution": "x = 5 m", "is_a_same": True, "domain": "Physics"}),
    ("gpqa", {"Question": "P", **OPTIONS}),
    ("humanevalplus", {"prompt": "P", "entry_point": "f", "test": GOOD_LOOKING[9], "canonical_solution": " x"}),
    ("livecodebench", {"question_content": "P", "public_test_cases": CASE, "private_test_cases": CASE}),
    ("ifeval", {"prompt": "P", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}),
    ("llama_nemotron_if", {"input": CHAT, "args": {"instruction_id": ["punctuation:no_comma"], "kwargs": [{}]}}),
    ("tasks", {"task_id": "t", "domain": "math", "prompt": "P", "reference": {"answer": "1"}, "metadata": {}}),
]


@pytest.mark.parametrize(("schema", "sound"), SOUND)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_sound_row_with_junk_in_a_column_is_dropped_or_a_task(tmp_path_factory, schema, sound, data):
    changed = data.draw(st.dictionaries(st.sampled_from(list(sound)), values, min_size=1, max_size=2))
    other = json.loads(json.dumps(sound).replace('"P"', '"Another problem"').replace('"t"', '"another"'))
    path = tmp_path_factory.getbasetemp() / "junk.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ({**sound, **changed}, other)))
    loaded = load_tasks(schema, path, verify_golds="quick", conflicts="drop")
    assert loaded.rows == 2 == len(loaded) + sum(drop.count for drop in loaded.dropped.values())
    save_tasks(loaded, path)
    assert load_tasks("tasks", path, verify_golds=False) == loaded


@given(st.binary(max_size=300), st.sampled_from([".json", ".jsonl", ".jsonl.gz", ".csv", ".parquet"]))
def test_a_file_of_junk_is_an_error_or_junk_rows(tmp_path_factory, content, suffix):
    path = tmp_path_factory.getbasetemp() / f"junk{suffix}"
    path.write_bytes(content)
    with pytest.raises((EnvConfigError, TaskError)):
        load_tasks("deepscaler", path)
