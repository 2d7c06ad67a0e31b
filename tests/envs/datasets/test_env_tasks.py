import logging

import pytest

import prorl_rllib.envs.code  # noqa: F401
from prorl_rllib.envs import EnvConfigError, MathEnv, MixtureEnv, TaskError
from prorl_rllib.envs.code import CodeEnv

PROBLEMS = [{"problem": f"Problem {number}", "answer": str(number)} for number in range(50)]


def prompts(kind, tasks, **config):
    envs = [kind(tasks=tasks, split=split, **config) for split in ("train", "heldout")]
    return [{env.task(index).prompt for index in range(env.num_tasks)} for env in envs]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv", "a.parquet"])
def test_an_environment_takes_a_published_data_set_by_schema_and_path(write_file, name):
    train, heldout = prompts(MathEnv, f"deepscaler:{write_file(name, PROBLEMS)}")
    assert train | heldout == {row["problem"] for row in PROBLEMS} and not train & heldout and heldout


def test_wrong_rows_of_a_published_data_set_are_dropped_and_logged(write_file, caplog):
    path = write_file("a.json", [{"problem": "No answer", "answer": ""}, *PROBLEMS])
    with caplog.at_level(logging.WARNING):
        env = MathEnv(tasks=f"deepscaler:{path}")
    assert "No answer" not in {env.task(index).prompt for index in range(env.num_tasks)}
    assert "50 tasks of 51 rows; dropped 1: 1 x no answer" in caplog.text
    _, info = env.reset(options={"task_index": 0})
    assert info["dataset"] == "deepscaler"
    assert env.step(f"\\boxed{{{env.task(0).prompt.split()[1]}}}")[1] == 1.0


def test_an_environment_keeps_the_rows_of_its_domain(write_file):
    def row(ability, number, truth):
        prompt = [{"role": "user", "content": f"{ability} {number}"}]
        return {"ability": ability, "prompt": prompt, "reward_model": {"ground_truth": truth}}

    tests = '{"inputs": ["1"], "outputs": ["2"]}'
    mixed = [row("math", n, "1") for n in range(30)] + [row("code", n, tests) for n in range(30)]
    tasks = f"eurus2:{write_file('train.jsonl', mixed)}"
    assert set.union(*prompts(MathEnv, tasks)) == {f"math {number}" for number in range(30)}
    assert set.union(*prompts(CodeEnv, tasks)) == {f"code {number}" for number in range(30)}
    mixture = MixtureEnv(domains={"math": {"tasks": tasks}, "code": {"tasks": tasks}})
    assert {mixture.task(index).domain for index in range(20)} == {"math", "code"}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.jsonl.gz", "a.parquet", "folder/a.jsonl"])
def test_own_rows_may_lie_in_any_kind_of_file(write_file, name):
    own = [
        {"task_id": f"t{number}", "domain": "math", "prompt": f"P{number}", "reference": {"answer": "1"}}
        for number in range(40)
    ]
    path = write_file(name, own)
    train, heldout = prompts(MathEnv, str(path.parent if name.startswith("folder") else path))
    assert len(train) + len(heldout) == 40


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ("deepscalr:{path}", r"must be 'generated' or the path .*'schema:path'.*did you mean 'deepscaler'"),
        ("deepscaler:{path}.gone", "a.json.gone: no such file or folder"),
        ("{path}.txt", r"must be 'generated' or the path of an existing folder or file \(.json, "),
        ("", "tasks = '': must be 'generated' or the path"),
        ("deepscaler:", "tasks = 'deepscaler:': the path behind the schema is missing"),
        ("gone.jsonl", "a relative path is looked up in /"),
        ("deepscaler:gone.jsonl", "no such file or folder; a relative path is looked up in /"),
        ("livecodebench:{path}", "domain = 'math': the tasks of schema 'livecodebench' are of domain code"),
    ],
)
def test_a_wrong_tasks_key_is_named(write_file, tasks, message):
    path = write_file("a.json", PROBLEMS)
    with pytest.raises(EnvConfigError, match=message):
        MathEnv(tasks=tasks.format(path=path))


def test_own_rows_are_all_right_or_an_error(write_file):
    own = {"task_id": "t", "domain": "math", "prompt": "P", "reference": {"answer": "1"}}
    with pytest.raises(TaskError, match=r"a\.json:2: not a task: unknown keys: answer"):
        MathEnv(tasks=str(write_file("a.json", [own, {**own, "answer": "1"}])))
    with pytest.raises(TaskError, match=r"a\.json:1 and .*a\.json:2 are different problems with one task_id, 't'"):
        MathEnv(tasks=str(write_file("a.json", [own, {**own, "prompt": "Q"}])))
