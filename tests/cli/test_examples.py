import fnmatch
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from prorl_rllib.cli import examples
from prorl_rllib.cli.example_hardware import asks_for_gpus
from prorl_rllib.cli.examples import example_description, example_file, packaged_examples
from prorl_rllib.cli.experiment.experiment_file import load_experiments

ROOT = Path(__file__).parents[2]
PPO = """\"\"\"PPO balances a pole. It takes seconds.\"\"\"

from ray.rllib.algorithms.ppo import PPOConfig

config = (
    PPOConfig()
    .environment("CartPole-v1")
    .env_runners(num_env_runners=0, rollout_fragment_length=64)
    .training(train_batch_size_per_learner=64, minibatch_size=64, num_epochs=1)
)
stop = {"training_iteration": 2}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that takes the place of the packaged examples."""
    (tmp_path / "ppo").mkdir()
    monkeypatch.setattr(examples, "example_folders", lambda: [tmp_path])
    return tmp_path / "ppo"


def test_each_packaged_example_is_found_by_its_id_and_describes_itself_in_a_sentence():
    assert {"prorl/quickstart", "prorl/prorl_v1_1_5b", "warm_start/quickstart"} <= set(packaged_examples())
    for example in packaged_examples():
        path = example_file(example)
        assert path is not None and path.is_file() and path.stem == example.rpartition("/")[2].partition(".")[0]
        assert example_description(path).endswith((".", "?", "!")), f"{example}: {example_description(path)!r}"


def test_python_and_yaml_files_are_examples_and_helpers_are_none(folder):
    for name in ("a.py", "b.yaml", "c.yml", "a.yaml", "__init__.py", "_shared.py", "notes.txt", ".hidden.py"):
        (folder / name).write_text("")
    assert packaged_examples() == ["ppo/a", "ppo/a.yaml", "ppo/b", "ppo/c"]
    assert example_file("ppo/a") == example_file("ppo/a.py") == folder / "a.py"
    assert example_file("ppo/a.yaml") == folder / "a.yaml"
    assert example_file("ppo/b") == example_file("ppo/b.yaml") == folder / "b.yaml"
    assert [example_file(wrong) for wrong in ("ppo/b.py", "ppo/_shared", "ppo", "../ppo/a", "")] == [None] * 5


@pytest.mark.parametrize(
    ("name", "text", "description"),
    [
        (
            "a.py",
            '"""One file with Ray 2.60,\nover two lines. More of it."""\n',
            "One file with Ray 2.60, over two lines.",
        ),
        ("b.yaml", "# What it is: a run. And more.\n# Further.\nname:\n  run: PPO\n", "What it is: a run."),
        ("c.py", "raise SystemExit\n", ""),
        ("d.py", "this is not Python", ""),
        ("e.yaml", "name:\n  run: PPO\n# a comment\n", ""),
    ],
)
def test_the_description_is_the_first_sentence_and_nothing_is_executed(folder, name, text, description):
    (folder / name).write_text(text)
    assert example_description(folder / name) == description


def test_list_shows_each_example_and_its_description(rllib):
    done = rllib("example", "list")
    assert done.exit_code == 0
    for example in packaged_examples():
        (line,) = [line for line in done.stdout.splitlines() if line.startswith(f"{example} ")]
        assert example_description(example_file(example)) in line
    assert "rllib example run ID" in done.stderr


def test_list_filters_by_id_and_description(rllib, folder):
    (folder / "pole.py").write_text(PPO)
    (folder / "other.py").write_text('"""Something else."""')
    for text in ("POLE", "balances"):
        assert [line.split()[0] for line in rllib("example", "list", "-f", text).stdout.splitlines()[1:]] == [
            "ppo/pole"
        ]
    nothing = rllib("example", "list", "--filter", "no such text")
    assert nothing.exit_code == 2
    assert "'no such text'" in nothing.stderr and "all 2" in nothing.stderr


def test_list_neither_executes_the_examples_nor_imports_ray(tmp_path):
    (tmp_path / "broken.py").write_text('"""It does not run."""\nraise SystemExit(7)\n')
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from prorl_rllib.cli import examples\nfrom prorl_rllib.cli.main import main\n"
        f"examples.example_folders = lambda: [Path({str(tmp_path)!r})]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "assert not {'ray', 'torch', 'transformers'} & set(sys.modules)\n"
    )
    arguments = [sys.executable, "-c", code, "example", "list"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "It does not run." in done.stdout


def test_get_prints_the_file_byte_by_byte(rllib, folder):
    content = b'"""Line ends of another system, and no UTF-8: \xff."""\r\nconfig = None\n\n'
    (folder / "odd.py").write_bytes(content)
    assert rllib("example", "get", "ppo/odd").stdout_bytes == content


@pytest.mark.parametrize("action", ["get", "run"])
def test_an_unknown_id_is_refused_with_the_nearest(rllib, action):
    done = rllib("example", action, "prorl/quickstrat")
    assert done.exit_code == 2
    assert done.stderr == (
        "Error: Example prorl/quickstrat not found (did you mean 'prorl/quickstart'?). "
        "Use `rllib example list` to see available examples.\n"
    )


def test_a_file_in_place_of_an_id_is_told_how_it_is_trained(rllib, experiment):
    path = experiment()
    done = rllib("example", "run", path)
    assert done.exit_code == 2
    assert f"rllib train file {path}" in done.stderr


def test_run_trains_the_example_with_the_settings_after_it(rllib, folder, ray_cluster):
    (folder / "pole.py").write_text(PPO)
    done = rllib("example", "run", "ppo/pole", "lr=0.002", "--storage-path", folder / "results", "-n", "run")
    assert done.exit_code == 0, done.output
    (params,) = (folder / "results" / "run").glob("*/params.json")
    assert json.loads(params.read_text())["lr"] == 0.002
    rows = [json.loads(line) for line in (params.parent / "result.json").read_text().splitlines()]
    assert [row["training_iteration"] for row in rows] == [1, 2]
    assert len(list(params.parent.glob("checkpoint_*"))) == 1


@pytest.mark.parametrize("example", packaged_examples())
def test_the_mark_for_gpus_is_what_the_config_asks_for(example):
    path = example_file(example)
    configs = [loaded.config for loaded in load_experiments(str(path))]
    asked = any(config.num_gpus_per_env_runner or config.num_gpus_per_learner for config in configs)
    assert asks_for_gpus(path) == asked


@pytest.mark.parametrize(
    ("name", "text", "asked"),
    [
        ("a.py", "config = C().learners(num_gpus_per_learner=1)", True),
        ("b.py", "GPUS = 1\nconfig = C().env_runners(num_gpus_per_env_runner=GPUS)", True),
        ("c.py", "config = C().learners(num_gpus_per_learner=int(there_is_one()))", False),
        ("d.py", "config = C().learners(num_gpus_per_learner=0)", False),
        ("e.py", "from prorl_rllib.tuned_examples.ppo.a import config", True),
        ("f.yaml", "name:\n  config:\n    num_gpus_per_learner: 1\n", True),
        ("g.yaml", "name:\n  config:\n    num_gpus_per_learner: 0\n", False),
    ],
)
def test_gpus_are_found_in_the_source(folder, name, text, asked):
    (folder / "a.py").write_text("config = C().learners(num_gpus_per_learner=1)")
    (folder / name).write_text(text)
    assert asks_for_gpus(folder / name) is asked


def test_files_of_each_kind_are_in_the_wheel():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    for suffix in set(examples.SUFFIXES) - {".py"}:
        assert any(fnmatch.fnmatch(f"example{suffix}", pattern) for pattern in patterns)
