import re

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from prorl_rllib.envs import EnvConfigError, LogicEnv, MathEnv, MixtureEnv, Task, TaskError, TextEnv, TextSpace
from prorl_rllib.envs.registration import ENVIRONMENTS, register_environments


def boxed(task):
    return rf"\boxed{{{task.reference['answer']}}}"


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("env_id", ENVIRONMENTS)
def test_every_id_passes_the_checker_of_gymnasium(env_id):
    check_env(gymnasium.make(env_id).unwrapped, skip_render_check=True)


def test_registration_is_idempotent_and_works_by_module_prefix():
    register_environments()
    env = gymnasium.make("prorl_rllib:prorl/Math-v0", datasets=["sum_chain"], difficulty=2)
    _, info = env.reset(seed=1)
    assert info["dataset"] == "sum_chain"
    _, reward, terminated, truncated, info = env.step(boxed(env.unwrapped.task(info["task_index"])))
    assert (reward, terminated, truncated, info["verdict"].status) == (1.0, True, False, "scored")


def test_the_observation_is_the_prompt_with_the_instruction():
    env = MathEnv(datasets=["sum_chain"])
    observation, info = env.reset(options={"task_index": 7})
    task = env.task(7)
    assert observation == f"{task.prompt}\nPut the final answer in \\boxed{{}}."
    assert info["messages"] == [{"role": "user", "content": observation}]
    assert (info["task_id"], info["domain"]) == (task.task_id, "math")
    assert (info["dataset"], info["task_index"]) == ("sum_chain", 7)
    assert "boxed" not in task.prompt


@pytest.mark.parametrize(("instruction", "ending"), [("", ""), ("In a box.", "\nIn a box.")])
def test_the_instruction_is_a_setting(instruction, ending):
    env = MathEnv(answer_instruction=instruction)
    assert env.reset(options={"task_index": 0})[0] == env.task(0).prompt + ending


def test_a_whole_task_can_be_given():
    env = MathEnv()
    messages = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"})
    task = Task(task_id="mine", domain="math", prompt=messages, reference={"answer": "4"})
    observation, info = env.reset(options={"task": task})
    assert observation.startswith("2 + 2?\n") and info["task_index"] == -1
    assert [message["role"] for message in info["messages"]] == ["system", "user"]
    assert env.step(r"\boxed{4}")[1] == 1.0
    assert task.messages[-1]["content"] == "2 + 2?"


def test_reset_with_a_seed_is_reproducible():
    env = MathEnv()
    assert env.reset(seed=5) == env.reset(seed=5)
    assert {env.reset()[1]["task_id"] for _ in range(20)} != {env.reset(seed=5)[1]["task_id"]}


def test_steps_need_an_episode():
    env = MathEnv()
    with pytest.raises(gymnasium.error.ResetNeeded, match="before reset"):
        env.step("a")
    env.reset()
    env.step("a")
    with pytest.raises(gymnasium.error.ResetNeeded, match="call reset"):
        env.step("a")


def test_answers_must_be_str():
    env = MathEnv()
    env.reset()
    with pytest.raises(TypeError, match="must be a str, got int: 5"):
        env.step(5)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"task_index": 0, "task": None}, EnvConfigError, "both task_index and task"),
        ({"task_index": 10_000}, EnvConfigError, r"task_index = 10000: must be 0\.\.9999"),
        ({"task_index": -1}, EnvConfigError, "task_index = -1"),
        ({"task_index": "3"}, EnvConfigError, "must be an int, got str"),
        ({"task_index": np.array([3, 4])}, EnvConfigError, "must be an int, got ndarray"),
        ([], EnvConfigError, "must be a dict, got list"),
        (0, EnvConfigError, "must be a dict, got int"),
        ({"task_indx": 3}, EnvConfigError, "did you mean 'task_index'"),
        ({"task": "2 + 2"}, EnvConfigError, "must be a prorl_rllib.envs.Task, got str"),
        ([3], EnvConfigError, "must be a dict, got list"),
        ({"task": Task(task_id="a", domain="logic", prompt="p", reference={})}, EnvConfigError, "'logic', not 'math'"),
        ({"task": Task(task_id="a", domain="math", prompt="p", reference={})}, TaskError, "reference.*answer"),
    ],
)
def test_wrong_options_are_named(options, error, message):
    with pytest.raises(error, match=message):
        MathEnv().reset(options=options)


class GuessEnv(MathEnv):
    """Three tries; after a wrong one the environment says so."""

    tries = 3

    def reset(self, **keywords):
        self.left = self.tries
        return super().reset(**keywords)

    def respond(self, answer):
        self.left -= 1
        if self.left == 0 or boxed(self.current_task) in answer:
            return None
        return f"Wrong, {self.left} left."


def test_a_multi_turn_environment_overrides_one_method():
    env = GuessEnv()
    first, _ = env.reset(options={"task_index": 3})
    observation, reward, terminated, truncated, info = env.step("is it 1?")
    assert (observation, reward, terminated, truncated) == ("Wrong, 2 left.", 0.0, False, False)
    assert [message["content"] for message in info["messages"]] == [first, "is it 1?", "Wrong, 2 left."]
    assert info["messages"][-1]["role"] == "user" and "verdict" not in info
    _, reward, terminated, _, info = env.step(boxed(env.task(3)))
    assert (reward, terminated, info["verdict"].reward) == (1.0, True, 1.0)


def test_a_mixture_blends_by_weight_and_keeps_the_domains_apart():
    env = MixtureEnv(
        domains={"math": {"datasets": ["sum_chain"]}, "logic": {"datasets": ["spell_backward"]}},
        weights={"math": 3, "logic": 1},
        split="heldout",
        seed=4,
    )
    tasks = [env.task(index) for index in range(400)]
    share = sum(task.domain == "math" for task in tasks) / len(tasks)
    assert 0.68 < share < 0.82
    alone = MathEnv(datasets=["sum_chain"], split="heldout", seed=4)
    index = next(index for index, task in enumerate(tasks) if task.domain == "math")
    assert tasks[index] == alone.task(index)
    other = next(index for index, task in enumerate(tasks) if task.domain == "logic")
    assert env.reset(options={"task_index": other})[0].endswith("<answer></answer>.")
    word = tasks[other].metadata["word"]
    assert env.step(f"<answer>{word[::-1]}</answer>")[1] == 1.0


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"domains": {"maths": {}}}, "unknown domain 'maths'.*did you mean 'math'"),
        ({"domains": {"math": {"split": "heldout"}}}, "set it once, beside `domains`"),
        ({"domains": {"math": {"sede": 1}}}, r"domains\['math'\]: unknown key 'sede'.*did you mean 'seed'"),
        ({"domains": {"math": {"weights": {"gdc": 1}}}}, r"domains\['math'\]: unknown key 'gdc' in weights"),
        ({"domains": {"math": {"tasks": "gone.jsonl"}}}, r"domains\['math'\]: tasks = 'gone.jsonl'"),
        ({"domains": {}}, "domains"),
        ({"domains": {"math": {}}, "weights": {"logic": 1}}, "unknown key 'logic' in weights"),
        ({"domains": {"math": {}}, "weights": {"math": 0}}, "at least one weight must be above 0"),
        ({"domains": {"math": {"size": 5}}, "size": 6}, "size = 6: the largest domain has 5"),
    ],
)
def test_wrong_mixtures_are_named(config, message):
    with pytest.raises(EnvConfigError, match=message):
        MixtureEnv(config)


def test_the_space_of_texts_takes_every_text_within_its_length():
    space = TextSpace(max_length=10)
    assert all(text in space for text in ("", "½ \n", "\ud800", "x" * 10))
    assert not any(thing in space for thing in ("x" * 11, 5, None, b"x"))
    space.seed(3)
    samples = [space.sample() for _ in range(50)]
    assert all(sample in space for sample in samples)
    assert max(len(TextSpace().sample()) for _ in range(50)) <= 64
    assert TextSpace(max_length=10) == space and TextSpace(max_length=11) != space


def test_environments_take_one_dict_or_keywords_but_no_key_twice():
    assert MathEnv({"seed": 3}).task(5) == MathEnv(seed=3).task(5) == MathEnv({"seed": 3}, split="train").task(5)
    with pytest.raises(EnvConfigError, match="'seed' is given twice: 3 in the dict, 4"):
        MathEnv({"seed": 3}, seed=4)


def test_subclasses_name_a_registered_domain():
    with pytest.raises(EnvConfigError, match=re.escape("unknown domain ''")):
        TextEnv()
    assert LogicEnv.domain_name == "logic"


def test_a_mixture_has_the_size_of_its_largest_domain_and_wraps_the_others():
    math, logic = {"datasets": ["sum_chain"], "size": 3}, {"datasets": ["spell_backward"], "size": 50}
    env = MixtureEnv(domains={"math": math, "logic": logic})
    assert env.num_tasks == 50
    alone = MathEnv(math)
    drawn = {index: task for index in range(50) if (task := env.task(index)).domain == "math"}
    assert max(drawn) > 3 and all(task == alone.task(index % 3) for index, task in drawn.items())


def test_a_domain_without_weight_does_not_count_for_the_size_of_a_mixture():
    logic = {"datasets": ["spell_backward"], "size": 50}
    env = MixtureEnv(domains={"math": {"size": 3}, "logic": logic}, weights={"logic": 0})
    assert env.num_tasks == 3
    with pytest.raises(EnvConfigError, match="size = 4: the largest domain has 3"):
        MixtureEnv(domains={"math": {"size": 3}, "logic": logic}, weights={"logic": 0}, size=4)


def test_a_task_can_be_made_at_another_difficulty_than_configured():
    env = MathEnv(datasets=["sum_chain"], difficulty=2)
    harder = MathEnv(datasets=["sum_chain"], difficulty=5)
    prompt, _ = env.reset(options={"task_index": 3, "difficulty": {"math/sum_chain": 5}})
    assert prompt == harder.reset(options={"task_index": 3})[0]
    assert env.current_task.metadata["difficulty"] == 5
    assert env.reset(options={"task_index": 3, "difficulty": {"math/sum_chain": 2}}) == env.reset(
        options={"task_index": 3}
    )
    assert env.source.difficulties()["math/sum_chain"].high == 10


@pytest.mark.parametrize(
    ("difficulty", "message"),
    [
        ({"math/sum_chains": 1}, "unknown key 'math/sum_chains'"),
        ({"math/sum_chain": 11}, r"must be 1..10"),
        ({"math/sum_chain": "3"}, r"must be 1..10"),
        (3, "must map data sets to difficulties"),
    ],
)
def test_a_wrong_difficulty_is_named(difficulty, message):
    env = MathEnv(datasets=["sum_chain"])
    with pytest.raises(EnvConfigError, match=message):
        env.reset(options={"task_index": 0, "difficulty": difficulty})


def test_a_blend_passes_difficulties_on_to_its_domains():
    domains = {"math": {"datasets": ["sum_chain"]}, "logic": {"datasets": ["spell_backward"]}}
    env = MixtureEnv(domains=domains)
    assert set(env.source.difficulties()) == {"math/sum_chain", "logic/spell_backward"}
    wanted = {"math/sum_chain": 4, "logic/spell_backward": 2}
    made = [env.source.task(index, wanted) for index in range(10)]
    assert {(task.domain, task.metadata["difficulty"]) for task in made} == {("math", 4), ("logic", 2)}
