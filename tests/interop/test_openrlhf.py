"""OpenRLHF needs CUDA to install; its own executor, from the published wheel, is run here with a scripted engine."""

import asyncio
import importlib.util
import json
import sys
import types
from pathlib import Path

import pytest

from prorl_rllib.envs import EnvConfigError, MathEnv, MixtureEnv, Task, VerifierError
from prorl_rllib.interop.openrlhf import answer_in, make_reward_function, to_jsonl
from prorl_rllib.interop.task_rows import as_task, prompt_messages, task_to_json

pytestmark = pytest.mark.interop
pytest.importorskip("torch", reason="PyTorch is not installed here: make test-interop")

WHEEL = Path(__file__).parents[2] / ".cache" / "interop" / "openrlhf"
REWARD_FILE = """
from prorl_rllib.interop.openrlhf import make_reward_function

reward_func = make_reward_function(end_of_text="<|im_end|>")
"""
SUM = Task(task_id="a", domain="math", prompt="2 + 2?", reference={"answer": "4"})
HARD = r"\boxed{\int_0^4 \cos(\pi x)^2 + \frac{1}{2} dx}"  # needs a worker


@pytest.fixture
def published(monkeypatch):
    """A function that loads a module of OpenRLHF's wheel without the packages around it, which import CUDA code."""
    found = sorted(WHEEL.glob("**/openrlhf/utils/agent.py"))
    if not found:
        pytest.skip("OpenRLHF's wheel is not unpacked here: make test-interop")
    pytest.importorskip("aiohttp", reason="aiohttp is not installed here: make test-interop")
    root = found[0].parents[1]
    for name, folder in (("openrlhf", root), ("openrlhf.utils", root / "utils")):
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        monkeypatch.setitem(sys.modules, name, package)

    def load(path):
        spec = importlib.util.spec_from_file_location(f"published_{path.replace('/', '_')}", root / f"{path}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    yield load
    for name in [name for name in sys.modules if name.startswith("openrlhf.")]:
        monkeypatch.delitem(sys.modules, name)


class ScriptedEngine:
    """Answers each prompt with the tokens of a text written before, as vLLM's engine does."""

    def __init__(self, tokenizer):
        self.tokenizer, self.answer = tokenizer, ""

    async def generate(self, prompt_token_ids, sampling_params, multi_modal_data=None):
        ids = self.tokenizer(self.answer + "<|im_end|>", add_special_tokens=False)["input_ids"]
        output = types.SimpleNamespace(token_ids=ids, text=self.answer, finish_reason="stop", logprobs=None)
        return types.SimpleNamespace(outputs=[output])


def roll_out(published, tokenizer, tmp_path, pairs):
    """What OpenRLHF's single-turn executor returns for (task, response) pairs."""
    (tmp_path / "reward.py").write_text(REWARD_FILE)
    executor = published("utils/agent").SingleTurnAgentExecutor(str(tmp_path / "reward.py"))
    sampling = types.SimpleNamespace(max_tokens=100_000, logprobs=None)
    engine = ScriptedEngine(tokenizer)

    async def run():
        outputs = []
        for task, response in pairs:
            engine.answer = response
            prompt = tokenizer.apply_chat_template(prompt_messages(task), tokenize=False, add_generation_prompt=True)
            outputs.append(await executor.execute(prompt, task_to_json(task), sampling, 10**6, tokenizer, engine))
        return outputs

    return asyncio.run(run())


@pytest.mark.slow
def test_a_hundred_responses_score_as_verify_does_through_the_executor_of_openrlhf(
    published, make_tokenizer, tmp_path, samples
):
    import torch

    pairs = [(sample.task, sample.response) for sample in samples]
    outputs = roll_out(published, make_tokenizer(), tmp_path, pairs)
    # As OpenRLHF's samples_generator does with each output.
    rewards = [torch.tensor([output["reward"]]) for output in outputs]
    assert all(reward.shape == (1,) for reward in rewards)
    assert torch.cat(rewards).tolist() == [sample.verdict.reward for sample in samples]
    assert [output["scores"] for output in outputs] == [output["reward"] for output in outputs]
    for output, sample in zip(outputs, samples, strict=True):
        shown = {key: value.flatten()[0].item() for key, value in output["extra_logs"].items()}
        assert shown == {key: float(sample.verdict.status == key) for key in ("unparseable", "timeout")}


def test_a_failure_of_the_machinery_leaves_the_sample_without_reward(
    published, make_tokenizer, tmp_path, failing_machinery
):
    (output,) = roll_out(published, make_tokenizer(), tmp_path, [(SUM, HARD)])
    assert output["reward"] is None and output["scores"] is None
    with pytest.raises(VerifierError, match="died twice"):
        make_reward_function(end_of_text="</s>")(["2 + 2?" + HARD + "</s>"], ["2 + 2?"], [task_to_json(SUM)])


def test_the_file_of_prompts_is_read_by_openrlhf(published, make_tokenizer, tmp_path):
    pytest.importorskip("tqdm")
    env, tokenizer = MixtureEnv(size=10), make_tokenizer()
    assert to_jsonl(env, tmp_path / "train.jsonl", limit=5) == 5
    preprocess = published("datasets/prompts_dataset").preprocess_data
    for index, line in enumerate((tmp_path / "train.jsonl").read_text().splitlines()):
        prompt, label = preprocess(json.loads(line), None, "prompt", "label", tokenizer.apply_chat_template)
        messages = env.reset(options={"task_index": index})[1]["messages"]
        assert prompt == tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        assert as_task(label) == env.task(index)


def test_the_answer_is_what_follows_the_prompt_without_the_end_of_text():
    assert answer_in("ask: a b</s>", "ask:", "</s>") == " a b"
    assert answer_in("ask: </s> b", "ask:", "</s>") == " </s> b"
    with pytest.raises(ValueError, match="does not start with its prompt"):
        answer_in("sk: a", "ask:", "</s>")


def test_wrong_arguments_are_named(tmp_path):
    with pytest.raises(EnvConfigError, match="end_of_text is empty"):
        make_reward_function(end_of_text="")
    with pytest.raises(EnvConfigError, match=r"must end in \.jsonl"):
        to_jsonl(MathEnv(), tmp_path / "train.json")
    with pytest.raises(EnvConfigError, match="no task"):
        to_jsonl([], tmp_path / "train.jsonl")
    assert not list(tmp_path.iterdir())
