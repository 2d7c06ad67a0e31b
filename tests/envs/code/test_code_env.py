import gymnasium
import pytest

from prorl_rllib.envs import EnvConfigError, Task, get_domain, verify, verify_batch
from prorl_rllib.envs.code import CodeEnv

TESTS = {"type": "fn", "fn_name": "f", "inputs": [[1], [2], [3], [4]], "outputs": [1, 4, 9, 16]}
TASK = Task.model_validate({"task_id": "t", "domain": "code", "prompt": "p", "reference": {"tests": TESTS}})


def answer(program):
    return f"So:\n```python\n{program}\n```"


def test_the_environment_states_its_isolation_and_rewards_the_share_of_tests():
    env = CodeEnv(datasets=["coins"], size=10)
    prompt, info = env.reset(seed=0, options={"task": TASK})
    assert prompt.startswith("p\nPut the complete Python program") and info["isolation"] != ""
    _, reward, terminated, truncated, info = env.step(answer("def f(n): return n * n if n > 1 else 0"))
    assert (reward, terminated, truncated) == (0.75, True, False)
    assert info["verdict"].detail == f"3 of 4 tests passed; 1 wrong; isolation {info['isolation']}"


def test_generated_solutions_score_one_through_the_pool():
    env = gymnasium.make("prorl_rllib:prorl/Code-v0", difficulty=3).unwrapped
    domain = get_domain("code")
    tasks = [env.task(index) for index in range(6)]
    answers = [domain.example_response(domain.check_reference(task)) for task in tasks]
    assert [verdict.reward for verdict in verify_batch(tasks, answers)] == [1.0] * 6


def test_an_endless_program_is_scored_by_the_tests_it_passed():
    program = "def f(n):\n    while n == 4: pass\n    return n * n"
    verdict = verify(TASK, answer(program), timeout_s=0.1, options={"total_time_s": 2.0})
    assert (verdict.status, verdict.reward) == ("scored", 0.75)


def test_no_program_is_unparseable():
    assert verify(TASK, "def f(n): return n * n").status == "unparseable"


def test_missing_isolation_is_an_error_at_the_start_and_never_a_reward():
    options = {"sandbox": "rlimit", "required_isolation": "bwrap"}
    with pytest.raises(EnvConfigError, match="required_isolation = 'bwrap'"):
        CodeEnv(**options)
    verdict = verify(TASK, answer("def f(n): return n * n"), options=options)
    assert verdict.status == "error" and "required_isolation" in verdict.detail
