"""What can be wrong with a command line or a file: each ends with exit code 2 and one clear message."""

import re

import pytest

PPO_YAML = "x: {run: PPO, env: CartPole-v1, config: {num_env_runners: 0}, stop: {training_iteration: 1}}"
PBT = '{"hyperparam_mutations": {"lr": [0.1, 0.2]}}'
CARTPOLE = ("train", "--algo", "PPO", "--env", "CartPole-v1")
# The file's name -> its text; the other names on a command line are no files.
FILES = {
    "no_config.py": "stop = {'training_iteration': 1}\n",
    "syntax.py": "config = (\n",
    "no_env.py": "from prorl_rllib.algorithms import ProRLConfig\nconfig = ProRLConfig().training(model='m')\n",
    "bad_report.py": "from ray.rllib.algorithms.ppo import PPOConfig\nconfig = PPOConfig()\nreport = 3\n",
    "no_model.py": (
        "from prorl_rllib.algorithms import ProRLConfig\n"
        "config = ProRLConfig().environment('prorl_rllib:prorl/Math-v0')\n"
    ),
    "good.py": (
        "from ray.rllib.algorithms.ppo import PPOConfig\n"
        "config = PPOConfig().environment('CartPole-v1').env_runners(num_env_runners=0)\n"
        "stop = {'training_iteration': 1}\n"
    ),
    "broken.yaml": "x: {run: PPO\n",
    "twice.yaml": "x: {run: PPO}\nx: {run: DQN}\n",
    "empty.yaml": "",
    "list.yaml": "- run: PPO\n",
    "text.yaml": "x: PPO\n",
    "no_run.yaml": "x: {env: CartPole-v1}\n",
    "wrong_run.yaml": "x: {run: PPOO, env: CartPole-v1}\n",
    "no_env.yaml": "x: {run: PPO}\n",
    "unknown_key.yaml": PPO_YAML.replace("stop:", "stopp:"),
    "unknown_setting.yaml": PPO_YAML.replace("num_env_runners", "num_env_runer"),
    "wrong_type.yaml": PPO_YAML.replace("num_env_runners: 0", "lr: fast"),
    "moved_key.yaml": PPO_YAML.replace("stop:", "checkpoint_freq: 3, stop:"),
    "old_stack.yaml": PPO_YAML.replace("num_env_runners: 0", "enable_rl_module_and_learner: false"),
    "bad_samples.yaml": PPO_YAML.replace("stop:", "num_samples: 0, stop:"),
    "bad_checkpoint.yaml": PPO_YAML.replace("stop:", "checkpoint_config: {freq: 3}, stop:"),
    "lonely_scheduler_config.yaml": PPO_YAML.replace("stop:", "scheduler_config: {a: 1}, stop:"),
    "two.yaml": f"{PPO_YAML}\n{PPO_YAML.replace('x:', 'y:', 1)}\n",
}
WRONG = [
    (("train",), ()),
    (("train", "file"), ("FILE",)),
    (("train", "--env", "CartPole-v1"), ("--algo",)),
    (("train", "--algo", "PPOO", "--env", "CartPole-v1"), ("PPOO", "did you mean 'PPO'")),
    (("train", "--algo", "PPO"), ("--env",)),
    (("train", "--algo", "PPO", "--env", "CartPol-v1"), ("CartPol-v1", "CartPole")),
    (("train", "--algo", "ProRL", "--env", "prorl_rllib:prorl/Mth-v0", "-c", '{"model": "m"}'), ("Mth", "Math")),
    (("train", "--algo", "PPO", "file", "good.py"), ("--algo stands before 'file'",)),
    ((*CARTPOLE, "--config", "{lr: 1}"), ("--config is not JSON",)),
    ((*CARTPOLE, "--config", '{"lrr": 1}'), ("lrr", "did you mean 'lr'")),
    ((*CARTPOLE, "--config", '{"minibatch_size": "x"}'), ("minibatch_size='x'", "number")),
    ((*CARTPOLE, "--stop", "[3]"), ("--stop", "JSON object")),
    ((*CARTPOLE, "--stop", '{"episode_reward_mean": 3}'), ("old API stack", "episode_return_mean")),
    ((*CARTPOLE, "--stop", '{"evaluation/env_runners/episode_return_mean": 3}'), ("evaluation_interval",)),
    ((*CARTPOLE, "--scheduler", "ahsa"), ("did you mean 'asha'",)),
    ((*CARTPOLE, "--scheduler-config", '{"max_t": 3}'), ("--scheduler NAME",)),
    ((*CARTPOLE, "--scheduler", "asha", "--scheduler-config", '{"max": 3}'), ("no setting 'max'",)),
    ((*CARTPOLE, "--num-samples", "0"), ("num-samples",)),
    ((*CARTPOLE, "--checkpoint-freq", "often"), ("checkpoint-freq", "integer")),
    ((*CARTPOLE, "--framework", "tf2"), ("PyTorch",)),
    ((*CARTPOLE, "--local-dir", "x"), ("--storage-path",)),
    ((*CARTPOLE, "--upload-dir", "s3://x"), ("--storage-path",)),
    ((*CARTPOLE, "--local-mode"), ("num_env_runners=0",)),
    ((*CARTPOLE, "--trace"), ("TensorFlow",)),
    ((*CARTPOLE, "--resources-per-trial", "{}"), ("num_cpus_per_env_runner",)),
    ((*CARTPOLE, "--storage-path", "/proc/none"), ("/proc/none", "--storage-path")),
    ((*CARTPOLE, "--storage-path", "s4://bucket"), ("s4://bucket",)),
    ((*CARTPOLE, "--experiment-name", "a/b"), ("a/b",)),
    ((*CARTPOLE, "--restore", "none"), ("no checkpoint at",)),
    ((*CARTPOLE, "--ray-address", "auto", "--ray-num-cpus", "2"), ("--ray-num-cpus", "--ray-address")),
    ((*CARTPOLE, "--runtime-env", "3"), ("--runtime-env",)),
    ((*CARTPOLE, "--wandb-key", "k"), ("--wandb-project",)),
    ((*CARTPOLE, "--restore", ""), ("--restore is empty",)),
    ((*CARTPOLE, "--storage-path", " "), ("--storage-path is empty",)),
    ((*CARTPOLE, "--storage-path", "~nosuchuser/x"), ("nosuchuser",)),
    ((*CARTPOLE, "--stop", '{"training_iteration": ' + "9" * 400 + "}"), ("--stop",)),
    ((*CARTPOLE, "--config", '{"num_env_runners": 1.5}'), ("num_env_runners=1.5", "integer")),
    ((*CARTPOLE, "--config", '{"num_cpus_for_main_process": -1}'), ("num_cpus_for_main_process=-1",)),
    ((*CARTPOLE, "--resume", "--num-samples", "3"), ("--num-samples has no effect with --resume",)),
    ((*CARTPOLE, "--scheduler", "pbt", "--scheduler-config", PBT, "--keep-checkpoints-num", "2"), ("at least 3",)),
    (("rollout", "x"), ("rllib evaluate",)),
    (("trian",), ("trian",)),
    (("train", "file", "prorl/quikstart"), ("did you mean 'prorl/quickstart'",)),
    (("train", "file", "ftp://host/x.py"), ("http://",)),
    (("train", "file", "http://127.0.0.1:9/x.py"), ("could not be fetched",)),
    (("train", "file", "x" * 300), ("cannot be a path",)),
    (("train", "file", "http://h:abc/x.py"), ("could not be fetched",)),
    (("train", "file", "http://127.0.0.1:9/.."), ("name of a file",)),
    (("train", "file", "good.py", "lr=!!int ''"), ("no YAML",)),
    (("train", "file", "good.py", "training.x=3"), ("unknown key 'training'",)),
    (("train", "file", "good.py", "env=null"), ("environment",)),
    (("train", "file", "no_config.py"), ("no `config`",)),
    (("train", "file", "syntax.py"), ("SyntaxError",)),
    (("train", "file", "no_env.py"), ("environment",)),
    (("train", "file", "no_model.py"), ("model",)),
    (("train", "file", "bad_report.py"), ("`report`", "function")),
    (("train", "file", "good.py", "lrr=3"), ("did you mean 'lr'",)),
    (("train", "file", "good.py", "lr"), ("key=value",)),
    (("train", "file", "good.py", "train_batch_size_per_learner=32"), ("minibatch_size",)),
    (("train", "file", "good.py", "env=Nope-v0"), ("Nope",)),
    (("train", "file", "good.py", "--env", "Nope-v0"), ("Nope",)),
    (("train", "file", "good.py", "--resume", "--storage-path", "empty"), ("no run to resume",)),
    (("train", "file", "broken.yaml"), ("broken.yaml", "YAML")),
    (("train", "file", "twice.yaml"), ("given twice",)),
    (("train", "file", "empty.yaml"), ("no experiment",)),
    (("train", "file", "list.yaml"), ("map keys to values",)),
    (("train", "file", "text.yaml"), ("'PPO', of type str",)),
    (("train", "file", "no_run.yaml"), ("`run`",)),
    (("train", "file", "wrong_run.yaml"), ("did you mean 'PPO'",)),
    (("train", "file", "no_env.yaml"), ("`env`",)),
    (("train", "file", "unknown_key.yaml"), ("did you mean 'stop'",)),
    (("train", "file", "unknown_setting.yaml"), ("did you mean 'num_env_runners'",)),
    (("train", "file", "wrong_type.yaml"), ("lr='fast'",)),
    (("train", "file", "moved_key.yaml"), ("checkpoint_frequency",)),
    (("train", "file", "old_stack.yaml"), ("new API stack",)),
    (("train", "file", "bad_samples.yaml"), ("num_samples=0",)),
    (("train", "file", "bad_checkpoint.yaml"), ("freq", "checkpoint_frequency")),
    (("train", "file", "lonely_scheduler_config.yaml"), ("`scheduler`",)),
    (("train", "file", "two.yaml", "--experiment-name", "one"), ("2 experiments",)),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=lambda value: " ".join(value)[:60] or None)
def test_a_wrong_command_line_ends_with_2_and_one_message(rllib, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    for name in FILES.keys() & set(arguments):
        (tmp_path / name).write_text(FILES[name])
    result = rllib(*arguments)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert len(re.findall("^Error: ", result.output, re.MULTILINE)) <= 1
    flowing = " ".join(result.output.replace("│", " ").split())
    for word in words:
        assert word in flowing


@pytest.mark.parametrize(
    ("overrides", "more_cpus", "words"),
    [
        (("num_env_runners={cpus}", "rollout_fragment_length=auto"), 1, ("{cpus} env runners",)),
        (("num_learners=1", "num_gpus_per_learner=1"), 0, ("1 GPU where the cluster has 0",)),
        (("num_env_runners={{grid_search: [0, {cpus}]}}", "rollout_fragment_length=auto"), 1, ()),
    ],
)
def test_what_could_only_wait_for_ever_ends_with_2(rllib, tmp_path, ray_cluster, overrides, more_cpus, words):
    (tmp_path / "good.py").write_text(FILES["good.py"])
    given = [text.format(cpus=ray_cluster) for text in overrides]
    result = rllib("train", "file", tmp_path / "good.py", *given, "--storage-path", tmp_path)
    assert result.exit_code == 2, result.output
    for word in words:
        assert word.format(cpus=ray_cluster) in result.output
    if more_cpus:
        assert f"{ray_cluster + more_cpus} CPU where the cluster has {ray_cluster}" in result.output


@pytest.mark.slow
def test_a_run_whose_stop_metric_never_comes_ends_with_2(rllib, experiment, tmp_path, ray_cluster):
    stop = '{"env_runners/num_episodez": 100}'
    result = rllib("train", "file", experiment(), "--stop", stop, "--storage-path", tmp_path / "results")
    assert result.exit_code == 2, result.output
    assert "'env_runners/num_episodez' (did you mean 'env_runners/num_episodes'?)" in result.output
    assert "Traceback" not in result.output


def test_the_traceback_of_a_wrong_file_comes_with_vv(rllib, tmp_path):
    (tmp_path / "syntax.py").write_text(FILES["syntax.py"])
    assert "Traceback" in rllib("train", "file", tmp_path / "syntax.py", "-vv").output
