"""Clusters of several nodes on this machine, started by `ray start` as on several hosts; one of them is lost."""

import collections
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from prorl_rllib.algorithms.cluster_resources import UnplaceableBundle, fit_together, unplaceable

RLLIB = str(Path(sys.executable).with_name("rllib"))
RAY = str(Path(sys.executable).with_name("ray"))
ROOT = Path(__file__).parents[2]

EXPERIMENT = """
import os
import time
from pathlib import Path

import gymnasium as gym
from ray.tune.registry import register_env
from prorl_rllib.algorithms import ProRLConfig

folder = Path({folder!r})

def make(config):
    import prorl_rllib
    import ray
    from prorl_rllib.envs import TextSpace

    node = ray.get_runtime_context().get_node_id()
    with (folder / "made").open("a") as file:
        file.write(node + " " + prorl_rllib.__file__ + chr(10))

    class Letters(gym.Env):
        observation_space, action_space = TextSpace(), TextSpace()

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return f"Write {{self.np_random.integers(10)}}", {{}}

        def step(self, action):
            with (folder / "steps").open("a") as file:
                file.write(node + chr(10))
            # Slow until the test has seen what it waits for.
            time.sleep(0.0 if (folder / "go_on").exists() else 0.1)
            return "", sum(ord(c) % 3 == 0 for c in action) / max(1, len(action)), True, False, {{}}

    return Letters()

register_env("letters", make)
config = (
    ProRLConfig().environment("letters")
    .training(model={model!r}, prompts_per_step=4, prompts_per_optimizer_step=2, group_size=4, lr=1e-3)
    .generation(max_completion_length=8, engine="transformers", engine_config={{"max_num_seqs": 8}})
    .reference_reset(period=None).reporting_samples(interval=None).debugging(seed=0)
)
stop = {{"training_iteration": {iterations}}}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def end(process):
    """Kill a process and all of its session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


class Nodes:
    """`ray start` processes, each a node with a session of processes; the first is the head."""

    def __init__(self, ray=(RAY,)):
        self.folder = Path(tempfile.mkdtemp(prefix="nodes"))  # short: the paths of sockets are
        self.ray, self.processes, self.commands = ray, [], []
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        self.env = {**os.environ, **token, "OMP_NUM_THREADS": "1"}
        self.head = ("--head", "--port", str(port), "--include-dashboard=false", "--temp-dir", str(self.folder / "ray"))

    def start(self, num_cpus):
        where = ("--address", self.address) if self.processes else self.head
        log = self.folder / f"node{len(self.processes)}"
        options = ("--block", "--disable-usage-stats", "--object-store-memory", "80000000")
        command = [*self.ray, "start", *options, "--num-cpus", str(num_cpus), *where]
        with log.open("w") as file:
            node = subprocess.Popen(command, env=self.env, stdout=file, stderr=file, start_new_session=True)
        self.processes.append(node)
        self.wait_until(lambda: "Ray runtime started" in log.read_text(), node, log)
        return node

    def rllib(self, path, *options):
        """Start `rllib train file` on this cluster; its output goes to a file."""
        out = self.folder / f"command{len(self.commands)}"
        where = ("--storage-path", str(path.parent / "results"), "--ray-address", self.address)
        with out.open("w") as file:
            command = [RLLIB, "train", "file", str(path), *where, *map(str, options)]
            # From elsewhere: Ray puts the folder of the command on the workers' import path.
            settings = {"env": self.env, "cwd": path.parent, "start_new_session": True}
            self.commands.append(subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, **settings))
        return self.commands[-1], out

    def wait_until(self, holds, process, log, seconds=300):
        deadline = time.monotonic() + seconds
        while not holds():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)

    def close(self):
        for process in (*self.commands, *self.processes):
            end(process)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def nodes():
    cluster = Nodes()
    yield cluster
    cluster.close()


@pytest.fixture
def letters(tmp_path, tiny_model_path):
    """Write an experiment whose environments say on which node they work."""

    def write(extra, iterations=2):
        path = tmp_path / "letters.py"
        settings = {"folder": str(tmp_path), "model": tiny_model_path, "iterations": iterations}
        path.write_text(EXPERIMENT.format(**settings) + extra)
        return path

    return write


def steps(path):
    """Steps by the node that took them."""
    log = path.parent / "steps"
    return collections.Counter(log.read_text().split()) if log.exists() else collections.Counter()


def results(path):
    (file,) = (path.parent / "results").glob("*/*/result.json")
    return [json.loads(line) for line in file.read_text().splitlines()]


# The algorithm has room on the first node only, which has two CPUs.
ON_THE_FIRST = "config.resources(num_cpus_for_main_process=1.5)\n"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_outlives_a_node_with_a_runner_and_uses_the_one_that_takes_its_place(nodes, letters):
    runners = "config.env_runners(num_env_runners=2, num_cpus_per_env_runner=0.5)\n"  # one beside the algorithm
    path = letters(ON_THE_FIRST + runners, iterations=60)
    nodes.start(2)
    lost = nodes.start(1)
    command, out = nodes.rllib(path)
    nodes.wait_until(lambda: len(steps(path)) == 2 and min(steps(path).values()) >= 16, command, out)
    end(lost)
    nodes.wait_until(lambda: "an engine was lost" in out.read_text(), command, out)
    nodes.start(1)
    nodes.wait_until(lambda: len(steps(path)) == 3, command, out)
    (path.parent / "go_on").touch()
    assert command.wait(timeout=400) == 0, out.read_text()
    rows = results(path)
    assert [row["training_iteration"] for row in rows] == list(range(1, 61))
    assert all(row["env_runners"]["num_episodes"] >= 16 for row in rows)
    assert any("is back, with the present weights" in row["events"] for row in rows)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_whose_only_runner_is_lost_for_good_ends_by_its_deadline(nodes, letters):
    runner = "config.env_runners(num_env_runners=1, sample_timeout_s=20)\n"
    path = letters(ON_THE_FIRST + runner, iterations=1000)
    nodes.start(2)
    lost = nodes.start(1)
    command, out = nodes.rllib(path)
    nodes.wait_until(lambda: sum(steps(path).values()) >= 16, command, out)
    end(lost)
    assert command.wait(timeout=200) == 1, out.read_text()
    assert "sampling took longer than sample_timeout_s=20" in out.read_text()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_that_lost_its_learner_is_resumed_when_there_is_a_node_for_it(nodes, letters):
    path = letters(ON_THE_FIRST + "config.learners(num_learners=1)\n", iterations=30)
    nodes.start(2)
    lost = nodes.start(1)
    command, out = nodes.rllib(path, "-n", "run", "--checkpoint-freq", 1)
    nodes.wait_until(lambda: list((path.parent / "results").glob("run/*/checkpoint_000002")), command, out)
    end(lost)
    assert command.wait(timeout=200) == 1, out.read_text()
    assert "The trial failed." in out.read_text()
    nodes.start(1)
    (path.parent / "go_on").touch()
    command, out = nodes.rllib(path, "-n", "run", "--resume")
    assert command.wait(timeout=400) == 0, out.read_text()
    assert results(path)[-1]["training_iteration"] == 30


def environment_without_the_package(folder):
    """Make a virtual environment that has all that this one has but prorl_rllib; returns its `ray`."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    (site,) = folder.glob("lib/python*/site-packages")
    installed = next(entry for entry in sys.path if entry.endswith("site-packages"))
    # The .pth files of a folder that is named in one are not read, the editable install's neither.
    (site / "installed.pth").write_text(installed + "\n")
    return (str(folder / "bin" / "python"), "-c", "from ray.scripts.scripts import main; main()")


SCORE = """
import prorl_rllib
from prorl_rllib.envs import validate

for env in ("prorl/Math-v0", "prorl/Code-v0"):
    problems = validate.check_answers(validate.sample_tasks(env, 2))
    assert not problems, problems
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nodes_without_the_package_work_with_the_one_that_is_shipped(letters, tmp_path):
    source, shipped = tmp_path / "source", tmp_path / "shipped"
    source.mkdir()
    for name in ("prorl_rllib", "envs", "algorithms", "tuned_examples"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", shipped, source]
    subprocess.run([sys.executable, *map(str, install)], check=True, timeout=200)
    python, *_ = environment_without_the_package(tmp_path / "venv")
    missing = subprocess.run([python, "-c", "import ray, torch, prorl_rllib"], cwd=tmp_path, capture_output=True)
    assert b"No module named 'prorl_rllib'" in missing.stderr
    path = letters(
        f"SCORE = {SCORE!r}\n"
        "def score_and_make(config):\n    exec(SCORE, {})\n    return make(config)\n"
        "register_env('scored_letters', score_and_make)\n"
        "config.environment('scored_letters').env_runners(num_env_runners=1, num_cpus_per_env_runner=0.5)\n"
        "config.resources(num_cpus_for_main_process=0.5).learners(num_cpus_per_learner=0.5)\n"
        "config.generation(engine_in_own_process=True)\n"
    )
    (tmp_path / "go_on").touch()
    cluster = Nodes(environment_without_the_package(tmp_path / "venv"))
    try:
        cluster.start(1)
        modules = json.dumps({"py_modules": [str(shipped / "prorl_rllib")]})
        command, out = cluster.rllib(path, "--runtime-env", modules)
        assert command.wait(timeout=500) == 0, out.read_text()
    finally:
        cluster.close()
    found = {Path(line.split()[1]) for line in (tmp_path / "made").read_text().splitlines()}
    assert found
    assert all("runtime_resources" in file.parts for file in found)


def test_nothing_at_the_address_is_said_at_once(rllib, experiment, tmp_path, monkeypatch):
    port = free_port()
    began = time.monotonic()
    options = ("--storage-path", tmp_path / "results")
    given = rllib("train", "file", experiment(), *options, "--ray-address", f"127.0.0.1:{port}")
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{port}")
    by_variable = rllib("train", "file", experiment(), *options, "--ray-address", "auto")
    assert time.monotonic() - began < 20
    for result in (given, by_variable):
        assert result.exit_code == 2
        assert "no Ray cluster answers at" in result.output
        assert "ray start --head" in result.output


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nonsense", "names no cluster"),
        ("127.0.0.1:70000", "names no cluster"),
        ("ray://127.0.0.1:10001", "on a host of the cluster"),
    ],
)
def test_what_is_no_address_is_refused(rllib, experiment, tmp_path, address, message):
    result = rllib("train", "file", experiment(), "--storage-path", tmp_path / "results", "--ray-address", address)
    assert result.exit_code == 2
    assert f"--ray-address {address}" in result.output
    assert message in result.output


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worker_that_fits_on_no_node_is_refused(experiment, tmp_path):
    path = experiment("config.env_runners(num_env_runners=1, num_cpus_per_env_runner=3)\n")
    options = ("--storage-path", tmp_path / "results", "--ray-num-nodes", 2, "--ray-num-cpus", 2)
    command = [RLLIB, "train", "file", path, *options]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "1 x (3 CPU), each on one node, and the 2 nodes have room for 0" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("bundles", "found"),
    [
        ([{"CPU": 1}, {"CPU": 0.5}, {"CPU": 0.5}], None),
        ([{"CPU": 2}], UnplaceableBundle({"CPU": 2}, 1, 0)),
        ([{"CPU": 0.6}] * 3, UnplaceableBundle({"CPU": 0.6}, 3, 2)),
        ([{"CPU": 0.1}] * 20, None),
        ([{}, {"CPU": 1, "GPU": 1}], UnplaceableBundle({"CPU": 1, "GPU": 1}, 1, 0)),
    ],
)
def test_a_bundle_lies_on_one_node(bundles, found):
    assert unplaceable(bundles, [{"CPU": 1}, {"CPU": 1}]) == found


@pytest.mark.parametrize(
    ("bundles", "nodes", "fit"),
    [
        # Each kind fits by itself, and there is enough in all.
        ([{"CPU": 0.5}, {"CPU": 0.75}, {"CPU": 0.75}], [{"CPU": 1}, {"CPU": 1}], False),
        ([{"CPU": 0.25}, {"CPU": 0.75}, {"CPU": 0.75}], [{"CPU": 1}, {"CPU": 1}], True),
        ([{"CPU": 0.1}] * 10, [{"CPU": 1}], True),
        ([{"CPU": 0.1}] * 10 + [{"CPU": 0.05}], [{"CPU": 1}], False),
        # Found only by taking back: 6 + 4 and 4 + 3 + 3.
        ([{"CPU": 6}, {"CPU": 4}, {"CPU": 4}, {"CPU": 3}, {"CPU": 3}], [{"CPU": 10}, {"CPU": 10}], True),
        ([{"CPU": 1}, {"GPU": 1, "CPU": 1}], [{"CPU": 1, "GPU": 1}, {"CPU": 1}], True),
        ([{"CPU": 2, "GPU": 0}], [{"CPU": 2}], True),
        ([], [], True),
    ],
)
def test_bundles_fit_together_or_not(bundles, nodes, fit):
    assert fit_together(bundles, nodes) is fit


def test_the_search_for_a_placement_is_short():
    began = time.monotonic()
    assert fit_together([{"CPU": 1}] * 100, [{"CPU": 10}] * 10)
    assert not fit_together([{"CPU": 0.4}] * 21, [{"CPU": 1}] * 10)
    assert fit_together([{"CPU": 1}] * 5000, [{"CPU": 5000}])
    # There is no room for the last of these, but to know that takes too long, and the run may start.
    assert fit_together([{"CPU": 4 + i / 100} for i in range(25)], [{"CPU": 9 + i / 100} for i in range(12)])
    assert time.monotonic() - began < 10
