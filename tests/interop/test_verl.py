import asyncio
import importlib.metadata

import pytest

from prorl_rllib.envs import EnvConfigError, MathEnv, MixtureEnv, Task, VerifierError
from prorl_rllib.interop.task_rows import as_task, task_to_json
from prorl_rllib.interop.verl import compute_score, to_parquet, to_rows

SUM = Task(task_id="a", domain="math", prompt="2 + 2?", reference={"answer": "4"})
HARD = r"\boxed{\int_0^4 \cos(\pi x)^2 + \frac{1}{2} dx}"  # needs a worker


@pytest.fixture(scope="module")
def verl():
    return pytest.importorskip("verl", reason="verl is not installed here: make test-interop")


def reward_manager(tokenizer, name, **reward_kwargs):
    """A reward manager of verl, made from its own configuration as a run makes it."""
    from hydra import compose, initialize_config_module
    from verl.trainer.ppo.reward import load_reward_manager

    with initialize_config_module("verl.trainer.config", version_base=None):
        config = compose(
            "ppo_trainer",
            overrides=[
                "reward.custom_reward_function.path=pkg://prorl_rllib.interop.verl",
                "reward.custom_reward_function.name=compute_score",
                f"reward.reward_manager.name={name}",
                *(
                    f"+reward.custom_reward_function.reward_kwargs.{key}={value}"
                    for key, value in reward_kwargs.items()
                ),
            ],
        )
    return load_reward_manager(config, tokenizer)


def rolled_out(tokenizer, row, response):
    """What verl's rollout hands to a reward manager: a row of the file, and the tokens of a response, padded."""
    import numpy as np
    import torch
    from verl import DataProto

    ids = tokenizer(response, add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
    tensors = {
        "prompts": torch.tensor([[1, 1]]),
        "responses": torch.tensor([ids + [0] * 3]),
        "attention_mask": torch.tensor([[1, 1] + [1] * len(ids) + [0] * 3]),
    }
    others = {key: np.array([value, None], dtype=object)[:1] for key, value in row.items()}
    return DataProto.from_dict(tensors=tensors, non_tensors=others)


async def run_all(manager, items):
    return await asyncio.gather(*(manager.run_single(item) for item in items))


@pytest.mark.interop
@pytest.mark.parametrize("name", ["naive", "dapo"])
def test_a_hundred_responses_score_as_verify_does_through_the_reward_managers_of_verl(
    verl, make_tokenizer, samples, name
):
    tokenizer = make_tokenizer()
    rows = to_rows([sample.task for sample in samples])
    items = [rolled_out(tokenizer, row, sample.response) for row, sample in zip(rows, samples, strict=True)]
    manager = reward_manager(tokenizer, name)
    found = manager.loop.run_until_complete(run_all(manager, items))
    assert [each["reward_score"] for each in found] == [sample.verdict.reward for sample in samples]
    for each, sample in zip(found, samples, strict=True):
        shown = each["reward_extra_info"]
        assert (shown["unparseable"], shown["timeout"]) == tuple(
            float(sample.verdict.status == status) for status in ("unparseable", "timeout")
        )


@pytest.mark.interop
def test_options_of_the_verifiers_are_set_in_verls_configuration(verl, make_tokenizer):
    tokenizer = make_tokenizer()
    instructions = {
        "instruction_id_list": ["punctuation:no_comma", "change_case:english_lowercase"],
        "kwargs": [{}, {}],
    }
    task = Task(task_id="b", domain="instruction_following", prompt="Write.", reference=instructions)
    (row,) = to_rows([task])
    item = rolled_out(tokenizer, row, "No comma but capitals in This Text.")
    scores = []
    for options in ({}, {"options": "{instruction_following:{binary:true}}"}):
        manager = reward_manager(tokenizer, "naive", **options)
        scores.append(manager.loop.run_until_complete(manager.run_single(item))["reward_score"])
    assert scores == [0.5, 0.0]
    manager = reward_manager(tokenizer, "naive", timout_s=1)
    with pytest.raises(TypeError, match="timout_s"):
        manager.loop.run_until_complete(manager.run_single(item))


@pytest.mark.interop
def test_a_failure_of_the_machinery_ends_the_run_of_verl(verl, make_tokenizer, failing_machinery):
    tokenizer = make_tokenizer()
    (row,) = to_rows([SUM])
    manager = reward_manager(tokenizer, "naive")
    with pytest.raises(VerifierError, match="'prorl/math' failed: the worker died twice"):
        manager.loop.run_until_complete(manager.run_single(rolled_out(tokenizer, row, HARD)))


@pytest.mark.interop
def test_the_data_set_of_verl_reads_the_file(verl, make_tokenizer, tmp_path):
    from omegaconf import OmegaConf
    from verl.utils.dataset.rl_dataset import RLHFDataset

    env = MixtureEnv(size=12)
    assert to_parquet(env, tmp_path / "train.parquet") == 12
    config = OmegaConf.create({"max_prompt_length": 10**6, "cache_dir": str(tmp_path / "cache")})
    data = RLHFDataset(str(tmp_path / "train.parquet"), make_tokenizer(), config)
    assert len(data) == 12
    for index in range(12):
        row = data[index]
        assert list(row["raw_prompt"]) == env.reset(options={"task_index": index})[1]["messages"]
        assert as_task(row["reward_model"]["ground_truth"]) == env.task(index)
        assert (row["data_source"], row["index"]) == (f"prorl/{env.task(index).domain}", index)


@pytest.mark.interop
def test_the_version_of_verl_is_one_that_the_page_names(verl):
    assert importlib.metadata.version("verl").startswith("0.9.")


def test_the_score_says_what_became_of_the_answer():
    task = task_to_json(SUM)
    names = ("score", "acc", "unparseable", "timeout")
    assert [compute_score("prorl/math", r"\boxed{4}", task, {})[name] for name in names] == [1.0, 1.0, 0.0, 0.0]
    assert [compute_score("prorl/math", "four", task)[name] for name in names] == [0.0, 0.0, 1.0, 0.0]


def test_a_failure_of_the_machinery_is_an_error(failing_machinery):
    with pytest.raises(VerifierError, match="the worker died twice"):
        compute_score("prorl/math", HARD, task_to_json(SUM))


def test_the_file_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(EnvConfigError, match=r"must end in \.parquet"):
        to_parquet(MathEnv(), tmp_path / "train.json")
    with pytest.raises(EnvConfigError, match="no task"):
        to_parquet([], tmp_path / "train.parquet")
    with pytest.raises(TypeError, match="must hold"):
        to_parquet([SUM, "x"], tmp_path / "train.parquet")
    assert not list(tmp_path.iterdir())


def test_a_row_holds_the_columns_of_verl():
    (row,) = to_rows([SUM], split="val", answer_instruction="")
    assert row == {
        "data_source": "prorl/math",
        "prompt": [{"role": "user", "content": "2 + 2?"}],
        "ability": "math",
        "reward_model": {"style": "rule", "ground_truth": task_to_json(SUM)},
        "extra_info": {"split": "val", "index": 0, "task_id": "a"},
    }
