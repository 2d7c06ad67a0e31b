import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_rllib.envs import Draft, EnvConfigError, LogicEnv, MathEnv, MixtureEnv, Task, TaskError, Verdict
from prorl_rllib.envs import task_source as task_source_module
from prorl_rllib.envs.math import MathDomain
from prorl_rllib.envs.task import prompt_hash, split_of

IDS = [
    "logic/spell_backward/d22c250e8239f095",
    "math/sum_chain/6f658ed76f1a9a69",
    "logic/spell_backward/97e643c78623699f",
    "math/sum_chain/980498a8896623ef",
]
"""The first tasks of a mixture, as they were when the first models were trained on them."""
CASES = [
    (MathEnv, {}),
    (MathEnv, {"datasets": ["sum_chain"], "difficulty": 4}),
    (LogicEnv, {"datasets": ["spell_backward"]}),
    (LogicEnv, {"datasets": ["chain_sum", "gcd", "letter_counting"]}),
]


@pytest.mark.parametrize(("kind", "config"), CASES)
def test_prompts_never_leak_between_splits(kind, config):
    prompts = {
        split: {kind(config, split=split, seed=seed).task(index).prompt for seed in (0, 1) for index in range(150)}
        for split in ("train", "heldout")
    }
    assert prompts["train"] and prompts["heldout"]
    assert not prompts["train"] & prompts["heldout"]


@pytest.mark.parametrize(("kind", "config"), CASES)
def test_task_is_a_function_of_index(kind, config):
    forwards, backwards = kind(config), kind(config)
    tasks = [forwards.task(index) for index in range(30)]
    assert tasks == [backwards.task(index) for index in reversed(range(30))][::-1]
    assert tasks != [kind(config, seed=1).task(index) for index in range(30)]


def test_equal_prompts_have_equal_ids():
    env = LogicEnv(datasets={"spell_backward": {"max_word_len": 3}})
    ids = {}
    for index in range(300):
        task = env.task(index)
        assert ids.setdefault(task.prompt, task.task_id) == task.task_id
    assert len(set(ids.values())) == len(ids)


@given(st.text())
def test_a_prompt_belongs_to_one_split(prompt):
    assert split_of(prompt) in ("train", "heldout")


def test_a_tenth_is_held_out():
    share = sum(split_of(f"prompt {number}") == "heldout" for number in range(5000)) / 5000
    assert 0.08 < share < 0.12


def test_datasets_are_drawn_by_weight():
    env = MathEnv(datasets=["sum_chain", "gcd", "product"], weights={"sum_chain": 8, "gcd": 0, "product": 2})
    names = [env.task(index).dataset for index in range(500)]
    assert "gcd" not in names and 0.74 < names.count("sum_chain") / 500 < 0.86


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"datset": []}, "unknown key 'datset' in env_config.*did you mean 'datasets'.*answer_instruction, datasets"),
        ({"split": "test"}, "split = 'test'.*'train', 'heldout' or 'all'"),
        ({"seed": -1}, "seed = -1.*greater than or equal to 0"),
        ({"difficulty": 11}, r"difficulty = 11: domain 'math' takes 1\.\.10"),
        ({"difficulty": 0}, "difficulty = 0"),
        ({"datasets": []}, "name at least one of sum_chain"),
        ({"datasets": "sum_chain"}, "datasets = 'sum_chain'"),
        ({"weights": {"sum_chian": 1}}, "unknown key 'sum_chian' in weights.*did you mean 'sum_chain'"),
        ({"weights": {"sum_chain": -1}}, r"weights\['sum_chain'\] = -1.*at least 0"),
        ({"weights": {"sum_chain": float("nan")}}, "must be finite"),
        ({"datasets": ["gcd"], "weights": {"gcd": 0}}, "at least one weight must be above 0"),
        ({"datasets": [["sum_chain"]]}, r"a list must hold names of data sets, got \['sum_chain'\]"),
        ({"datasets": ["gcd", "product"], "weights": {"gcd": 1e308, "product": 1e308}}, "sum of the weights must be f"),
        ({"seed": True}, "seed = True.*must be a number, got bool"),
        ({"difficulty": "2"}, "difficulty = '2'.*must be a number, got str"),
        ({"weights": {"sum_chain": "2"}}, "must be a number, got str"),
        ({"datasets": {"product": {"max_value": True}}}, "max_value = True.*must be a number, got bool"),
        ({"verifier_timeout_s": "1"}, "verifier_timeout_s = '1'.*must be a number, got str"),
        ({"verifier_timeout_s": 0}, "verifier_timeout_s = 0"),
        ({"size": 0}, "size = 0"),
        ({"size": 2**63}, "size = 9223372036854775808.*less than or equal"),
        ("math", "must be a dict of settings or None, got str 'math'"),
        ({"tasks": "nowhere.jsonl"}, "'nowhere.jsonl': must be 'generated' or the path"),
    ],
)
def test_wrong_settings_are_named(config, message):
    with pytest.raises(EnvConfigError, match=message):
        MathEnv(config)


def test_a_config_too_narrow_for_its_split_is_an_error():
    narrow = {"sum_chain": {"min_terms": 2, "max_terms": 2, "max_value": 1}}  # 1 + 1 and 1 - 1
    splits = {split_of(f"Compute 1 {sign} 1.") for sign in "+-"}
    missing = ({"train", "heldout"} - splits).pop()
    with pytest.raises(TaskError, match=f"split '{missing}'.*allows too few problems"):
        MathEnv(datasets=narrow, split=missing).task(0)


@pytest.fixture
def task_file(tmp_path):
    def write(lines):
        path = tmp_path / "tasks.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
        return str(path)

    return write


def row(number, **changes):
    task = {"task_id": f"t{number}", "domain": "math", "prompt": f"Problem {number}", "reference": {"answer": "1"}}
    return {**task, **changes}


def test_train_and_heldout_are_disjoint_in_files_too(task_file):
    path = task_file([row(number) for number in range(200)] + ["", *[row(number) for number in range(50)]])
    train, heldout = MathEnv(tasks=path), MathEnv(tasks=path, split="heldout")
    assert train.num_tasks + heldout.num_tasks == 200
    prompts = [[env.task(index).prompt for index in range(env.num_tasks)] for env in (train, heldout)]
    assert not set(prompts[0]) & set(prompts[1])
    assert prompts[0] == sorted(prompts[0], key=lambda prompt: int(prompt.split()[1]))
    assert MathEnv(tasks=path, size=7).num_tasks == 7


@pytest.mark.parametrize(
    ("lines", "config", "error", "message"),
    [
        ([], {}, EnvConfigError, "the file is empty"),
        (["{"], {}, TaskError, r"tasks\.jsonl:1: not a task"),
        ([row(1), row(2, reference={})], {}, TaskError, "answer"),
        ([row(1, domain="logic")], {}, TaskError, "this environment takes 'math' only"),
        ([row(1, prompt=[])], {}, TaskError, "must end with a message of role user"),
        ([row(1, reference={"answer": 5})], {}, TaskError, r"tasks\.jsonl:1: .*answer"),
        ([row(3), row(4), row(3, reference={"answer": "2"})], {}, TaskError, r"jsonl:1 and .*jsonl:3 have the same pr"),
        ([row(1)], {"datasets": ["gcd"]}, EnvConfigError, "datasets is for generators"),
    ],
)
def test_wrong_files_are_named(task_file, lines, config, error, message):
    with pytest.raises(error, match=message):
        MathEnv(tasks=task_file(lines), **config)


def test_a_file_without_a_row_of_the_split_is_an_error(task_file):
    missing = ({"train", "heldout"} - {split_of("Problem 1")}).pop()
    with pytest.raises(EnvConfigError, match=f"none of its 1 problems belongs to split '{missing}'"):
        MathEnv(tasks=task_file([row(1)]), split=missing)


@settings(max_examples=50)
@given(st.text(), st.dictionaries(st.text(), st.integers() | st.text()))
def test_tasks_survive_json(prompt, metadata):
    prompt = prompt.encode("utf-8", "replace").decode()
    task = Task(task_id="t", domain="math", prompt=prompt, reference={"answer": "1"}, metadata=metadata)
    assert Task.model_validate_json(task.model_dump_json()) == task


def test_environments_can_be_pickled():
    env = MathEnv(seed=2)
    env.task(1)
    assert pickle.loads(pickle.dumps(env)).task(1) == env.task(1)


def test_numbers_of_numpy_are_settings_too():
    assert MathEnv(seed=np.int64(3), size=np.int32(7)).settings == MathEnv(seed=3, size=7).settings


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path):
    path = tmp_path / "tasks.jsonl"
    path.write_bytes(json.dumps(row(1)).encode() + b"\n\xff\xfe\n")
    with pytest.raises(TaskError, match=r"tasks\.jsonl:2: not UTF-8"):
        MathEnv(tasks=str(path))


def test_a_byte_order_mark_and_other_line_ends_are_no_part_of_a_file(tmp_path):
    path = tmp_path / "tasks.jsonl"
    lines = [json.dumps(row(number, prompt=f"Problem {number}\u2028?"), ensure_ascii=False) for number in range(30)]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert sum(MathEnv(tasks=str(path), split=split).num_tasks for split in ("train", "heldout")) == 30


def test_a_chat_of_one_user_message_is_the_problem_of_its_text(task_file):
    for number in range(30):
        chat = ({"role": "user", "content": f"Problem {number}"},)
        assert prompt_hash(chat) == prompt_hash(f"Problem {number}") and split_of(chat) == split_of(chat[0]["content"])
    chats = [row(n, prompt=[{"role": "user", "content": f" Problem {n}\n"}]) for n in range(50)]
    path = task_file([row(number) for number in range(50)] + chats)
    texts = [
        env.task(index).messages[-1]["content"].strip()
        for env in (MathEnv(tasks=path), MathEnv(tasks=path, split="heldout"))
        for index in range(env.num_tasks)
    ]
    assert len(texts) == len(set(texts)) == 50


def test_unicode_forms_of_one_prompt_are_one_problem(task_file):
    path = task_file([row(1, prompt="caf\u00e9"), row(2, prompt="cafe\u0301")])
    assert MathEnv(tasks=path, split=split_of("caf\u00e9")).num_tasks == 1


def test_the_split_of_generated_tasks_stays_as_it_is():
    env = MixtureEnv(domains={"math": {"datasets": ["sum_chain"]}, "logic": {"datasets": ["spell_backward"]}})
    ids = [env.task(index).task_id for index in range(4)]
    assert ids == IDS


def test_a_tiny_space_without_a_task_of_the_split_gives_up_by_the_clock(monkeypatch):
    drawn = []

    def make(self, dataset, config, rng):
        drawn.append(1)
        return Draft(next(text for text in map(str, range(99)) if split_of(text) == "train"), {"answer": "1"})

    monkeypatch.setattr(MathDomain, "generate", make)
    monkeypatch.setattr(task_source_module, "MAX_REPEATING_S", 0.0)
    with pytest.raises(TaskError, match=r"none of \d+ candidates .* split 'heldout'"):
        MathEnv(split="heldout").task(0)
    assert len(drawn) < 20


@pytest.mark.parametrize("status", ["unparseable", "timeout", "error"])
def test_only_a_scored_answer_has_a_reward(status):
    assert Verdict(reward=0.0, status=status).reward == 0.0
    with pytest.raises(ValueError, match="must be 0 unless scored"):
        Verdict(reward=1.0, status=status)
