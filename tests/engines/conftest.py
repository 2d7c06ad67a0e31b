import sys
from pathlib import Path

import pytest

from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.model_loading import load_causal_lm

# For the modules beside this file, which test modules and engine processes (they take over the path) import.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def contract_model_path(tmp_path_factory, save_tiny_model):
    """A random Qwen2 with tied embeddings whose head size (32) vLLM's attention on CPU supports."""
    sizes = {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 1}
    return save_tiny_model(tmp_path_factory.mktemp("contract_model"), scale=4.0, **sizes)


@pytest.fixture(scope="session")
def lm(contract_model_path):
    """The contract's model in transformers."""
    return load_causal_lm(contract_model_path)


@pytest.fixture(scope="session")
def vllm_process(contract_model_path):
    """One vLLM engine, in one process, for all tests of a session: a start takes seconds."""
    engine = EngineProcess("probed_engines:ProbedVLLMEngine", {"model": contract_model_path})
    yield engine
    engine.close()


@pytest.fixture
def vllm_engine(vllm_process, contract_model_path):
    """Gives the vLLM engine for keyword arguments, built anew within its process where they differ from the last."""
    current = getattr(vllm_process, "arguments_in_force", {"model": contract_model_path})

    def engine(**arguments):
        wanted = {"model": contract_model_path, **arguments}
        if wanted != getattr(vllm_process, "arguments_in_force", current):
            vllm_process.arguments_in_force = None
            vllm_process.call_method("reopen_with", wanted)
            vllm_process.arguments_in_force = wanted
        return vllm_process

    return engine


@pytest.fixture
def start():
    """Starts engine processes that are closed after the test; without a name, one with an `OddEngine`."""
    engines = []

    def start_engine(engine="odd_engine:OddEngine", call_timeout_s=60.0, start_timeout_s=120.0, **arguments):
        timeouts = {"call_timeout_s": call_timeout_s, "start_timeout_s": start_timeout_s}
        engines.append(EngineProcess(engine, arguments, **timeouts))
        return engines[-1]

    yield start_engine
    for engine in engines:
        engine.close()
