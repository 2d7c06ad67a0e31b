import json
import os
import subprocess
import sys

import pytest

from prorl_rllib.envs import EnvConfigError
from prorl_rllib.envs.datasets import load_tasks
from prorl_rllib.envs.datasets.hub import is_hub_id

COMMIT = "a" * 40
LOAD = "import sys; from prorl_rllib.envs.datasets import load_tasks; print(load_tasks(*sys.argv[1:3]).summary())"


@pytest.fixture
def load_offline(tmp_path):
    """Load tasks in a process whose hub cache is a folder of the test's and which goes nowhere else."""
    pytest.importorskip("huggingface_hub")

    def load(schema, hub_id):
        environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
        return subprocess.run(
            [sys.executable, "-c", LOAD, schema, hub_id],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return load


def test_a_data_set_in_the_cache_of_the_hub_is_loaded_by_its_id(tmp_path, load_offline):
    cached = tmp_path / "hub" / "datasets--nvidia--posts"
    folder = cached / "snapshots" / COMMIT / "RL" / "instruction_following"
    folder.mkdir(parents=True)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(COMMIT)
    row = {"input": "Hi", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
    (folder / "rows.jsonl").write_text(json.dumps(row))
    (cached / "snapshots" / COMMIT / "SFT.jsonl").write_text("{}")  # another part of the data set
    done = load_offline("llama_nemotron_if", "nvidia/posts")
    assert done.stdout.startswith("llama_nemotron_if: 1 tasks of 1 rows"), done.stderr
    assert "nvidia/posts@v2: no such file or folder" in load_offline("llama_nemotron_if", "nvidia/posts@v2").stderr


def test_a_data_set_that_cannot_be_fetched_is_named(load_offline):
    done = load_offline("deepscaler", "nobody/nothing")
    assert "nobody/nothing: no such file or folder, and it cannot be fetched from the Hugging Face hub" in done.stderr
    assert "give the path of a local copy" in done.stderr


def test_without_the_hub_library_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(EnvConfigError, match=r"nobody/nothing: no such file.*pip install huggingface_hub"):
        load_tasks("deepscaler", "nobody/nothing")


def test_a_missing_local_file_is_no_id_of_the_hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    assert is_hub_id("org/name") and is_hub_id("org/name@v1.0")
    for path in ("data/name", "org/rows.jsonl", "name", "./org/name", "a/b/c", "/org/name"):
        assert not is_hub_id(path)
        with pytest.raises(EnvConfigError, match="no such file or folder"):
            load_tasks("deepscaler", path)
