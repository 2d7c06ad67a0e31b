import pytest

from prorl_rllib.algorithms.prorl import preflight
from prorl_rllib.algorithms.prorl.preflight import NotEnoughError, check_room, count_parameters, estimate


def test_parameters_are_counted_without_loading_the_model(tiny_model_path):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model_path)
    assert count_parameters(tiny_model_path) == sum(parameter.numel() for parameter in model.parameters())


def test_a_model_elsewhere_is_not_estimated(make_config, tmp_path):
    assert count_parameters("organisation/model") is None
    assert check_room(make_config(), "organisation/model", tmp_path) == ("", [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 123\n",
        (100).to_bytes(8, "little") + b'{"weight": {"dty',
        (2).to_bytes(8, "little") + b"[]",
        (12).to_bytes(8, "little") + b'{"weight": {"dty',
    ],
)
def test_a_broken_file_of_weights_is_left_to_the_loading_of_the_model(content, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(content)
    assert count_parameters(tmp_path) is None


def test_an_adapter_of_default_size_is_an_adapter(make_config):
    assert estimate(make_config(lora={}), 1000) == estimate(make_config(lora={"rank": 32}), 1000)


def test_the_estimate_counts_policy_reference_gradients_and_moments(make_config):
    config = make_config()
    assert estimate(config, 1000).learner == 5 * 4000
    assert estimate(config, 1000).checkpoint == 4 * 4000
    half = estimate(config.copy().training(model_dtype="bfloat16"), 1000)
    # Two models of 2 bytes, float32 copies, moments and gradients, and half-precision gradients.
    assert (half.learner, half.engine, half.checkpoint) == (22_000, 2000, 16_000)
    assert estimate(config.copy().reference_reset(to="best"), 1000).checkpoint == 5 * 4000


def test_a_run_with_room_is_not_warned_of(make_config, tiny_model_path, tmp_path):
    text, tight = check_room(make_config(), tiny_model_path, tmp_path / "not" / "made" / "yet")
    assert "million parameters" in text
    assert tight == []


def test_what_cannot_work_is_refused_and_what_is_tight_is_said(make_config, tiny_model_path, tmp_path, monkeypatch):
    config = make_config()
    monkeypatch.setattr(preflight, "machine_memory", lambda: (1000, 2000))
    with pytest.raises(NotEnoughError, match=r"2e\+03 B of memory in all|1.95 KiB of memory in all"):
        check_room(config, tiny_model_path, tmp_path)
    monkeypatch.setattr(preflight, "machine_memory", lambda: (1000, 10**12))
    assert "max_tokens_per_microbatch" in check_room(config, tiny_model_path, tmp_path)[1][0]
    monkeypatch.setattr(preflight, "free_disk", lambda folder: 10)
    with pytest.raises(NotEnoughError, match="too little for one checkpoint"):
        check_room(config, tiny_model_path, tmp_path)


def test_remote_learners_and_runners_count_on_a_cluster_of_one_machine(make_config):
    needs = preflight.Estimate(num_parameters=1, learner=100, engine=10, checkpoint=1)
    config = make_config(num_env_runners=3, num_learners=2)
    assert preflight._needed_here(config, needs, alone=True) == 230
    assert preflight._needed_here(config, needs, alone=False) == 0
    assert preflight._needed_here(make_config(), needs, alone=False) == 110
    sharded = config.copy().learners(learner_sharding="fsdp2")
    assert preflight._needed_here(sharded, needs, alone=True) == 130
    on_gpus = config.copy().learners(num_gpus_per_learner=1).env_runners(num_gpus_per_env_runner=0.5)
    assert preflight._needed_here(on_gpus, needs, alone=True) == 0
