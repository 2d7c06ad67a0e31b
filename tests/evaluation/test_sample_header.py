import pytest

from prorl_rllib.evaluation.sample_header import check_header

HEADER = {
    "model": "/models/a",
    "kind": "checkpoint",
    "training_iteration": 3,
    "weights_sha256": "ab",
    "env": "prorl/Math-v0",
    "env_config": {"difficulty": 3},
    "num_prompts": 12,
    "samples_per_prompt": 4,
    "temperature": 1,
    "top_p": 0.95,
    "max_completion_length": 64,
    "seed": 1,
}


def test_a_header_with_the_needed_keys_and_others_is_taken():
    check_header("a.jsonl", {**HEADER, "engine": "vllm", "k": "any", "versions": {"torch": "2"}})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("samples_per_prompt", value) for value in (None, [4], 4.7, 4.0, "4", float("inf"), True, 0)),
        *(("num_prompts", value) for value in (None, [1], 1e300, float("inf"), "12", 0)),
        *(("temperature", value) for value in ("hot", None, float("nan"), -1.0)),
        *(("versions", value) for value in (None, [1], "x", {"torch": 1})),
        *(("top_p", 0.0), ("max_completion_length", 0), ("seed", 1.5), ("training_iteration", "x")),
        *(("model", 5), ("kind", None), ("env", None), ("env_config", [1]), ("weights_sha256", None)),
        *(("vocabulary_sha256", [1]), ("chat_template_sha256", 1)),
    ],
)
def test_a_wrong_value_is_named_with_its_key_and_file(key, value):
    with pytest.raises(ValueError, match=rf"a\.jsonl has a wrong header: {key}"):
        check_header("a.jsonl", {**HEADER, key: value})


def test_keys_that_are_missing_are_named():
    with pytest.raises(ValueError, match=r"a\.jsonl has a header without kind, top_p"):
        check_header("a.jsonl", {key: value for key, value in HEADER.items() if key not in ("kind", "top_p")})
