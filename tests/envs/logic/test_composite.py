import pytest

from prorl_rllib.envs import EnvConfigError, LogicEnv, verify

PARTS = [
    {"name": "gcd", "weight": 2, "config": {"max_numbers": 2}},
    {"name": "string_insertion"},
    {"name": "ransom_note"},
]


def blend(parts):
    return LogicEnv(datasets={"composite": {"datasets": parts}})


def test_a_blend_draws_from_its_parts_and_scores_by_them():
    env = blend(PARTS)
    tasks = [env.task(index) for index in range(30)]
    assert {task.metadata["source_dataset"] for task in tasks} == {"gcd", "string_insertion", "ransom_note"}
    for task in tasks[:8]:
        assert verify(task, f"<answer> {task.reference['answer']} </answer>").reward == 1.0
        assert verify(task, "<answer>'a'.join(open('x'))</answer>").reward == 0.0


def test_a_blend_of_few_entries_stays_within_them():
    env = blend([{"name": "word_ladder"}, {"name": "gcd"}])
    assert all(env.task(index).reference["index"] < 20_000 for index in range(5))


def test_parts_of_a_blend_may_have_no_example():
    env = blend([{"name": "rush_hour"}])
    assert env.task(0).reference["answer"] is None


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (None, "must be a list"),
        ([], "must be a list"),
        ([{"name": "gdc"}], "unknown data set 'gdc'.*did you mean 'gcd'"),
        ([{"name": "gcd", "wieght": 2}], "did you mean 'weight'"),
        ([{"name": "gcd", "config": {"max_num": 2}}], "unknown key 'max_num'"),
        ([{"name": "gcd", "config": {"seed": 2}}], "unknown key 'seed'"),
        ([{"name": "composite"}], "cannot be a part"),
        ([{"name": "codeio"}], "cannot be a part"),
        ([{"name": "gcd"}, {"name": "gcd"}], "Duplicate"),
        ([{"name": "gcd", "weight": 0}], "Weight must be positive"),
    ],
)
def test_wrong_blends_are_named(parts, message):
    with pytest.raises(EnvConfigError, match=message):
        blend(parts)


def test_a_blend_needs_a_config():
    with pytest.raises(EnvConfigError, match="must be a list"):
        LogicEnv(datasets=["composite"])
