import json

import pytest

import prorl_rllib.envs.instruction_following  # noqa: F401
from prorl_rllib.envs.datasets import load_tasks

REFERENCE = {
    "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
    "kwargs": [{}, {"num_words": 50, "relation": "at least"}],
}
NULLS = [dict.fromkeys(("num_words", "relation", "keywords")), {**REFERENCE["kwargs"][1], "keywords": None}]
IDS = REFERENCE["instruction_id_list"]
CHAT = [{"role": "user", "content": "Write about frogs."}]


@pytest.mark.parametrize("name", ["ifeval.jsonl", "ifeval.parquet"])
def test_ifeval(write_file, counts, name):
    row = {"key": 1000, "prompt": "Write about frogs.", "instruction_id_list": IDS, "kwargs": NULLS}
    rows = [
        row,
        {**row, "prompt": "Unknown id.", "instruction_id_list": ["punctuation:no_comma", "copy:repeat"]},
        {**row, "prompt": "Too few.", "kwargs": NULLS[:1]},
        {**row, "prompt": "Missing kwargs.", "kwargs": [NULLS[0]] * 2},
        {**row, "prompt": "None at all.", "instruction_id_list": [], "kwargs": []},
        {**row, "prompt": " "},
    ]
    loaded = load_tasks("ifeval", write_file(name, rows))
    assert [task.reference for task in loaded] == [REFERENCE]
    assert loaded[0].domain == "instruction_following" and loaded[0].prompt == "Write about frogs."
    assert loaded[0].metadata == {"dataset": "ifeval", "source": f"{name}:1", "key": 1000}
    assert counts(loaded) == {
        "unknown instruction id": 1,
        "not one mapping of arguments an instruction": 1,
        "the instruction_following domain refuses the reference": 1,
        "no instruction ids": 1,
        "no prompt": 1,
    }
    assert loaded.dropped["unknown instruction id"].detail == "'copy:repeat'"


@pytest.mark.parametrize(
    "columns",
    [
        {"input": CHAT, "args": {"instruction_id_list": IDS, "instruction_kwargs": NULLS}},
        {"input": CHAT, "args": json.dumps({"instruction_id_list": IDS, "kwargs": NULLS}), "reasoning": "on"},
        {"input": [{"role": "system", "content": "detailed thinking on"}, *CHAT], **REFERENCE},
        {"prompt": "Write about frogs.", "instruction_id_list": json.dumps(IDS), "kwargs": json.dumps(NULLS)},
        {"prompt": "Write about frogs.", "instruction_id_list": IDS, "kwargs": [None, json.dumps(NULLS[1])]},
        {"responses_create_params": {"input": CHAT}, "verifier_metadata": {**REFERENCE, "grading_mode": "binary"}},
        {"messages": json.dumps(CHAT), "ground_truth": json.dumps([{"instruction_id": IDS, "kwargs": NULLS}])},
    ],
)
def test_llama_nemotron_wherever_it_keeps_its_instructions(write_file, columns):
    loaded = load_tasks("llama_nemotron_if", write_file("if.jsonl", [columns]))
    assert [(task.prompt, task.reference) for task in loaded] == [("Write about frogs.", REFERENCE)]


def test_a_single_instruction_may_stand_without_lists(write_file):
    columns = {"input": "Hi", "instruction_id": "punctuation:no_comma", "kwargs": {}}
    loaded = load_tasks("llama_nemotron_if", write_file("if.jsonl", [columns]))
    assert loaded[0].reference == {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}


def test_a_zero_is_an_argument(write_file):
    columns = {"input": "Hi", "instruction_id_list": ["detectable_format:number_bullet_lists"]}
    loaded = load_tasks("llama_nemotron_if", write_file("if.jsonl", [{**columns, "kwargs": [{"num_bullets": 0}]}]))
    assert loaded[0].reference["kwargs"] == [{"num_bullets": 0}]
