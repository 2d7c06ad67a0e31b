import json
import random
import subprocess
import sys

import numpy as np
import pytest

from prorl_rllib.envs import EnvConfigError, LogicEnv, TaskError, verify
from prorl_rllib.envs.logic import LogicDomain, LogicOptions
from prorl_rllib.envs.logic import reasoning_gym as rg
from prorl_rllib.envs.logic.reference import LogicReference

SLOW = {"acre", "futoshiki", "knight_swap", "sokoban", "zebra_puzzles"}
ALLOWED = [name for name in rg.all_names() if name != "composite"]


def spell_backward(**config):
    return LogicEnv(datasets={"spell_backward": config})


@pytest.mark.parametrize("name", [name for name in ALLOWED if name not in SLOW])
def test_every_allowed_dataset_generates_and_scores_its_example_answer(name):
    domain = LogicDomain()
    draft = domain.generate(name, domain.dataset_config(name, {}, 1), random.Random(5))
    json.dumps(draft.metadata)
    reference = LogicReference.model_validate(draft.reference)
    score = domain.scorer(reference, LogicOptions())
    if reference.answer is not None:
        assert score(reference.answer.strip()).reward == 1.0
    assert score("no such answer").reward < 1.0


def test_spell_backward_is_scored_by_reasoning_gym():
    task = spell_backward(max_word_len=5).task(3)
    word = task.metadata["word"]
    assert len(word) <= 5
    assert verify(task, f"<answer> {word[::-1]}\n</answer>").reward == 1.0
    assert 0.0 < verify(task, f"<answer>{word[::-1][:2]}</answer>").reward < 1.0
    assert verify(task, f"<answer>x</answer> <answer>{word[::-1]}</answer>").reward == 1.0


@pytest.mark.parametrize(
    "response", ["", "olleh", "<answer>olleh", "olleh</answer>", "<answer></answer>", "<think><answer>a</answer>"]
)
def test_responses_without_tags_are_unparseable(response):
    verdict = verify(spell_backward().task(0), response)
    assert (verdict.status, verdict.reward) == ("unparseable", 0.0)


def test_an_answer_beyond_the_cap_is_unparseable():
    verdict = verify(spell_backward().task(0), f"<answer>{'a' * 30_000}</answer>")
    assert verdict.status == "unparseable" and "30000" in verdict.detail


def test_crumbs_for_any_text_are_no_reward():
    task = LogicEnv(datasets=["prime_factorization"]).task(0)
    verdict = verify(task, "<answer>no such answer</answer>")
    assert (verdict.status, verdict.reward) == ("scored", 0.0)


@pytest.mark.parametrize(("answer", "reward"), [("True", 1.0), ("true.", 1.0), ("False", 0.0), ("anything", 0.0)])
def test_game_of_life_halting_compares_truth_values(answer, reward):
    env = LogicEnv(datasets=["game_of_life_halting"])
    task = next(task for task in map(env.task, range(50)) if task.reference["answer"] == "True")
    assert verify(task, f"<answer>{answer}</answer>").reward == reward


def test_a_task_of_another_version_or_question_is_an_error_and_no_reward():
    task = spell_backward().task(0)
    for change, message in (
        ({"version": "0.0.1"}, "made by reasoning-gym 0.0.1"),
        ({"index": task.reference["index"] + 1}, "another question"),
        ({"dataset": "n_quens"}, "unknown data set 'n_quens'"),
    ):
        changed = task.model_copy(update={"reference": {**task.reference, **change}})
        with pytest.raises(TaskError, match=message):
            verify(changed, "<answer>x</answer>")


DIGEST = """
from prorl_rllib.envs import LogicEnv
import hashlib, warnings
warnings.simplefilter("ignore")
env = LogicEnv(datasets={names!r})
print(hashlib.sha256("".join(env.task(i).model_dump_json() for i in range(150)).encode()).hexdigest())
"""


FRAGILE = ["list_functions", "pool_matrix", "group_anagrams", "spell_backward", "course_schedule"]
FRAGILE += ["isomorphic_strings", "polynomial_multiplication", "ransom_note", "knight_swap"]


@pytest.mark.parametrize(
    "names", [FRAGILE, pytest.param([n for n in ALLOWED if n not in SLOW], marks=pytest.mark.slow)]
)
def test_tasks_do_not_depend_on_the_process(names):
    script = DIGEST.format(names=names)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "2")
    ]
    digests = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(digests[0].strip()) == 64 and digests[0] == digests[1]


@pytest.mark.parametrize("name", ["list_functions", "pool_matrix"])
def test_generation_does_not_depend_on_the_global_random_state(name):
    questions = []
    for state in (1, 2):
        random.seed(state)
        np.random.seed(state)
        questions.append([rg.entry(name, "{}", 0, index)["question"] for index in range(300)])
    assert questions[0] == questions[1]


def test_generation_leaves_the_global_random_state_alone():
    random.seed(1)
    np.random.seed(1)
    expected = random.random(), np.random.random()
    random.seed(1)
    np.random.seed(1)
    LogicEnv(datasets=["pool_matrix", "list_functions"]).task(1)
    assert (random.random(), np.random.random()) == expected


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"datasets": ["spel_backward"]}, "did you mean 'spell_backward'"),
        ({"datasets": {"spell_backward": {"max_len": 3}}}, "did you mean 'max_word_len'"),
        ({"datasets": {"spell_backward": {"min_word_len": 9, "max_word_len": 3}}}, "max_word_len must be >="),
        ({"datasets": {"spell_backward": {"seed": 3}}}, "unknown key 'seed'"),
        ({"datasets": ["gcd"], "difficulty": 6}, "difficulty = 6: domain 'logic' takes 1..5"),
    ],
)
def test_wrong_configs_are_named(config, message):
    with pytest.raises(EnvConfigError, match=message):
        LogicEnv(config)


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("<answer>a</answer> and <answer> b\n</answer>", "b"),
        ("<answer>a</answer> </answer>", "a"),
        ("<answer>a</answer> <answer>", "a"),
        ("<answer><answer>a</answer></answer>", "a"),
        ("<answer>see <answer>a</answer>, so b</answer>", "a"),
    ],
)
def test_the_answer_is_between_the_last_closed_tag_and_its_first_close(response, answer):
    assert LogicDomain().extract(response) == answer


def public(task, **changes):
    """The task with the reference that a user writes by hand."""
    given = {key: task.reference[key] for key in ("dataset", "seed", "index")}
    config = json.loads(task.reference["config"])
    return task.model_copy(update={"reference": {**given, "config": config, **changes}})


def test_a_reference_of_dataset_config_seed_and_index_is_enough():
    task = public(spell_backward(max_word_len=5).task(3))
    assert verify(task, f"<answer>{task.metadata['word'][::-1]}</answer>").reward == 1.0
    assert verify(task, "<answer>no such</answer>").reward < 1.0
    env = LogicEnv(datasets=["spell_backward"])
    env.reset(options={"task": task})
    assert env.step(f"<answer>{task.metadata['word'][::-1]}</answer>")[1] == 1.0


WRONG_REFERENCES = [
    ({"dataset": "spel_backward"}, "unknown data set 'spel_backward'.*did you mean 'spell_backward'"),
    ({"config": {"max_len": 3}}, "unknown key 'max_len'"),
    ({"config": {"min_word_len": 9, "max_word_len": 3}}, "max_word_len must be >="),
    ({"config": "{"}, "config"),
    ({"config": [3]}, "must be a dict"),
    ({"version": "0.0.1"}, "made by reasoning-gym 0.0.1"),
    ({"question_sha256": "0" * 64}, "not the digest of its prompt"),
]


@pytest.mark.parametrize(("change", "message"), WRONG_REFERENCES)
def test_wrong_references_are_named_when_a_file_is_read(tmp_path, change, message):
    task = public(spell_backward().task(0), **change)
    path = tmp_path / "tasks.jsonl"
    path.write_text(task.model_dump_json())
    with pytest.raises(TaskError, match=rf"tasks\.jsonl:1: .*{message}"):
        LogicEnv(tasks=str(path))
    with pytest.raises(TaskError, match=message):
        verify(task, "<answer>x</answer>")


def test_the_entry_is_trusted_over_the_answer_in_the_reference():
    task = spell_backward().task(0)
    lying = task.model_copy(update={"reference": {**task.reference, "answer": "forty-two"}})
    assert verify(lying, "<answer>forty-two</answer>").reward < 1.0
    assert verify(lying, f"<answer>{task.metadata['word'][::-1]}</answer>").reward == 1.0


def test_an_entry_that_cannot_be_made_is_an_error_and_no_verdict():
    task = LogicEnv(datasets=["list_functions"]).task(0)
    with pytest.raises(TaskError, match="cannot be made"):
        verify(public(task, index=10**9), "<answer>x</answer>")
