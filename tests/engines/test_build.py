import pytest

from prorl_rllib.engines.build import build_engine
from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.errors import EngineStartError
from prorl_rllib.engines.requests import GenerationRequest
from prorl_rllib.engines.selection import EngineChoice
from prorl_rllib.engines.transformers_engine import TransformersEngine

CHOICE = EngineChoice("transformers", "as the key `engine` says")
REQUEST = GenerationRequest("r", (5, 6), n=2, max_new_tokens=5, temperature=1.0, top_p=1.0, seed=0, stop_token_ids=())


@pytest.mark.parametrize(("own_process", "kind"), [(False, TransformersEngine), (True, EngineProcess)])
def test_the_engine_lives_where_it_was_asked_for(tiny_model_path, own_process, kind):
    engine = build_engine(CHOICE, tiny_model_path, own_process=own_process, options={"max_num_seqs": 4})
    try:
        assert type(engine) is kind
        assert len(list(engine.generate([REQUEST]))) == 2
    finally:
        engine.close()


@pytest.mark.parametrize("own_process", [False, True])
def test_an_unknown_option_is_named_with_what_there_is(tiny_model_path, own_process):
    with pytest.raises(ValueError, match=r"transformers engine.*'max_num_seq'.*mean 'max_num_seqs'.*num_threads"):
        build_engine(CHOICE, tiny_model_path, own_process=own_process, options={"max_num_seq": 4})


def test_a_value_that_the_engine_refuses_is_named(tiny_model_path):
    with pytest.raises(ValueError, match="max_num_seqs=0"):
        build_engine(CHOICE, tiny_model_path, own_process=False, options={"max_num_seqs": 0})


def test_the_start_deadline_reaches_the_process():
    odd = EngineChoice("odd_engine:OddEngine", "for this test")
    with pytest.raises(EngineStartError, match=r"not ready after 3 s \(engine_start_timeout_s\)"):
        build_engine(odd, "", own_process=True, options={"does": {"start": "sleep"}}, start_timeout_s=3)
