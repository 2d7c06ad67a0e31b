import math

import pytest

from prorl_rllib.envs import EnvConfigError, LogicEnv, MathEnv, MixtureEnv, Task
from prorl_rllib.interop.task_rows import as_task, task_to_json
from prorl_rllib.interop.trl import EPISODE_OVER, environment_factory, make_reward_function, to_dataset

pytestmark = pytest.mark.interop
pytest.importorskip("trl", reason="TRL is not installed here: pip install 'prorl-rllib[trl]', or make test-interop")

SUM = Task(task_id="a", domain="math", prompt="2 + 2?", reference={"answer": "4"})
HARD = r"\boxed{\int_0^4 \cos(\pi x)^2 + \frac{1}{2} dx}"  # needs a worker


def grpo_trainer(folder, model, trainer_class=None, **keywords):
    """A GRPOTrainer of two steps with groups of two."""
    from trl import GRPOConfig, GRPOTrainer

    settings = GRPOConfig(
        output_dir=str(folder),
        max_steps=2,
        per_device_train_batch_size=4,
        num_generations=2,
        max_completion_length=32,
        learning_rate=1e-3,
        logging_steps=1,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        disable_tqdm=True,
    )
    return (trainer_class or GRPOTrainer)(model=model, args=settings, **keywords)


def logged(trainer, key):
    return [row[key] for row in trainer.state.log_history if key in row]


@pytest.mark.slow
def test_a_hundred_responses_score_as_verify_does(samples):
    completions = [[{"role": "assistant", "content": sample.response}] for sample in samples]
    tasks = [task_to_json(sample.task) for sample in samples]
    rewards = make_reward_function()(prompts=["?"] * 100, completions=completions, completion_ids=[], prorl_task=tasks)
    assert rewards == [sample.verdict.reward for sample in samples]


@pytest.mark.slow
def test_grpo_trains_on_the_rewards_of_the_verifiers(tmp_path, tiny_model_path):
    import torch

    # Random texts hold some of the letters, so that there is something to learn from.
    letters = [{"letter": letter, "let_frequency": 1, "let_relation": "at least"} for letter in "etaoin"]
    reference = {"instruction_id_list": ["keywords:letter_frequency"] * 6, "kwargs": letters}
    domain = "instruction_following"
    data = [Task(task_id=name, domain=domain, prompt=f"Say {name}.", reference=reference) for name in "abcdefgh"]
    calls = []
    score = make_reward_function()

    def verifier_reward(**keywords):
        rewards = score(**keywords)
        calls.append((keywords, rewards))
        return rewards

    rows = to_dataset(data)
    trainer = grpo_trainer(tmp_path, tiny_model_path, train_dataset=rows, reward_funcs=verifier_reward)
    before = [parameter.detach().clone() for parameter in trainer.model.parameters()]
    trainer.train()
    keywords, _ = calls[0]
    tasks = [as_task(each) for each in keywords["prorl_task"]]
    assert tasks[0] == tasks[1] and tasks[2] == tasks[3] and {tasks[0].task_id, tasks[2].task_id} <= set("abcdefgh")
    assert [message["content"] for message in keywords["prompts"][0]] == [tasks[0].prompt]
    assert logged(trainer, "reward") == pytest.approx([sum(rewards) / 4 for _, rewards in calls])
    assert all(math.isfinite(loss) for loss in logged(trainer, "loss")) and len(calls) == 2
    assert logged(trainer, "verdict/error") == [0.0, 0.0]
    after = list(trainer.model.parameters())
    assert len({reward for _, rewards in calls for reward in rewards}) > 1, "the rewards must differ to teach"
    assert any(not torch.equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.slow
def test_a_failure_of_the_machinery_is_no_reward_for_trl(failing_machinery, tmp_path, tiny_model_path):
    data = to_dataset([SUM] * 4)
    score = make_reward_function()

    def answers_that_need_a_worker(completions, **keywords):
        return score(completions=["nothing", HARD] * 2, **keywords)

    trainer = grpo_trainer(tmp_path, tiny_model_path, train_dataset=data, reward_funcs=answers_that_need_a_worker)
    trainer.train()
    assert score(["?"] * 2, ["nothing", HARD], prorl_task=[task_to_json(SUM)] * 2) == [0.0, None]
    assert logged(trainer, "verdict/error") == [0.5, 0.5]
    assert all(math.isfinite(loss) for loss in logged(trainer, "loss"))


def test_a_data_set_without_tasks_is_an_error_that_says_what_to_do():
    with pytest.raises(EnvConfigError, match=r"no column 'prorl_task', only answer.*to_dataset"):
        make_reward_function()(["?"], ["4"], answer=["4"])
    with pytest.raises(EnvConfigError, match="did you mean 'math'"):
        make_reward_function(options={"maths": {}})


def test_a_data_set_holds_the_prompts_of_the_environment_and_its_tasks():
    env = MixtureEnv(domains={"math": {}, "logic": {}, "code": {"answer_instruction": "Only the program."}}, size=30)
    data = to_dataset(env, limit=12)
    assert len(data) == 12
    for index, row in enumerate(data):
        assert row["prompt"] == env.reset(options={"task_index": index})[1]["messages"]
        assert as_task(row["prorl_task"]) == env.task(index)


TOOL_CALL = '<tool_call>\n{{"name": "step", "arguments": {{"answer": "{}"}}}}\n</tool_call><|im_end|>'


@pytest.mark.slow
def test_a_game_of_several_turns_is_played_by_tool_calls(tmp_path, save_tiny_model, monkeypatch):
    """The trainer, its tool loop and the environment are real; what the model says is written here."""
    from transformers import AutoTokenizer
    from trl import GRPOTrainer
    from trl.chat_template_utils import qwen3_chat_template

    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    model = save_tiny_model(tmp_path / "model", max_position_embeddings=8192)
    tokenizer = AutoTokenizer.from_pretrained(model)
    tokenizer.chat_template = qwen3_chat_template
    disks = {"min_disks": 3, "max_disks": 3, "min_pegs": 3, "max_pegs": 3}
    env = LogicEnv(datasets={"tower_of_hanoi": disks}, move_by_move=True, size=4)
    task = env.task(0)
    moves = task.reference["answer"].splitlines()
    turns = []

    class Scripted(GRPOTrainer):
        """The first rollout of the group solves the game, the second gives up after a move."""

        def _generate_single_turn(self, prompt_ids, *others, **more):
            said = []
            for index, ids in enumerate(prompt_ids):
                seen = tokenizer.decode(ids)
                played = seen.count("Moves left")
                goes_on = EPISODE_OVER not in seen and (played == 0 or len(prompt_ids) < 4 or index % 2 == 0)
                move = moves[played] if goes_on else None
                text = TOOL_CALL.format(f"<answer>{move}</answer>") if move else "I am done.<|im_end|>"
                said.append(tokenizer(text)["input_ids"])
            turns.append(len(prompt_ids))
            return said, None

    trainer = grpo_trainer(
        tmp_path,
        model,
        Scripted,
        processing_class=tokenizer,
        train_dataset=to_dataset([task, task], options={"logic": {"move_by_move": True}}),
        environment_factory=environment_factory(env),
    )
    trainer.args.max_steps = 1
    trainer.max_completion_length = 6000
    trainer.train()
    assert turns[0] == 4 and len(turns) == len(moves) + 1
    assert logged(trainer, "rewards/TextEnvironment/mean") == [0.5]


def test_an_environment_for_trl_takes_its_task_from_the_row_and_gives_its_reward():
    env = MathEnv(size=4)
    made = environment_factory(env)
    one, other = made(), made()
    rows = to_dataset(env)
    assert one.reset(**rows[0]) is None and other.reset(**rows[1]) is None
    assert one.get_reward() == 0.0
    assert one.step(rf"\boxed{{{env.task(0).reference['answer']}}}") == EPISODE_OVER
    assert other.step("no idea") == EPISODE_OVER == other.step(rf"\boxed{{{env.task(1).reference['answer']}}}")
    assert (one.get_reward(), other.get_reward()) == (1.0, 0.0)
    one.reset(**rows[2])
    assert one.get_reward() == 0.0


def test_a_failure_of_the_machinery_is_no_reward_of_an_environment(failing_machinery):
    env = environment_factory("prorl_rllib:prorl/Math-v0", datasets=["sum_chain"])()
    env.reset(prorl_task=task_to_json(SUM))
    env.step(HARD)
    assert env.get_reward() is None


def test_a_verification_that_cannot_begin_is_no_reward_of_an_environment(monkeypatch):
    from prorl_rllib.envs import VerifierError
    from prorl_rllib.envs.verification.pool import WorkerPool

    def refuse(self, message, timeout_s):
        raise VerifierError("the pool of verifier workers is closed")

    monkeypatch.setattr(WorkerPool, "submit", refuse)
    env = environment_factory("prorl_rllib:prorl/Math-v0", datasets=["sum_chain"])()
    env.reset(prorl_task=task_to_json(SUM))
    # Of an exception TRL would make a text for the model, and the reward 0 of an episode that did not end.
    assert env.step(HARD) == EPISODE_OVER
    assert env.get_reward() is None


def test_environments_need_rows_with_tasks_and_must_be_ours():
    import gymnasium

    with pytest.raises(EnvConfigError, match=r"no task in 'prorl_task'.*to_dataset"):
        environment_factory(MathEnv())().reset(prompt="2 + 2?")
    with pytest.raises(EnvConfigError, match="must be an environment of prorl_rllib, got CartPoleEnv"):
        environment_factory(gymnasium.make("CartPole-v1"))
    with pytest.raises(EnvConfigError, match="difficulty: settings go with an id"):
        environment_factory(MathEnv(), difficulty=2)
