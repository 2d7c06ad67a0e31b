import pytest


def make_letters_env(config):
    """A third party's environment: no task index, no messages, a random model earns varied rewards."""
    import time
    from pathlib import Path

    import gymnasium as gym

    from prorl_rllib.envs import TextSpace, Verdict

    def note(event):
        if "log" in config:
            with Path(config["log"]).open("a") as file:
                file.write(event + "\n")

    class Letters(gym.Env):
        observation_space = TextSpace()
        action_space = TextSpace()

        def __init__(self):
            note("made")
            self.turns = config.get("turns", 1)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.turn = 0
            number = self.np_random.integers(10)
            return f"Write {number}" + "!" * (1000 if number < config.get("long", 0) else 0), {}

        def step(self, action):
            self.turn += 1
            reward = sum(ord(letter) % 3 == 0 for letter in action) / max(1, len(action)) / self.turns
            if config.get("broken_reward"):
                reward = float("nan")
            info = {}
            if config.get("failing_verifier"):
                info["verdict"] = Verdict(reward=0.0, status="error", detail="a worker died")
            time.sleep(config.get("seconds", 0.0))
            return "More", reward, self.turn == self.turns, False, info

        def close(self):
            note("closed")

    return Letters()


@pytest.fixture(scope="session")
def ray_cluster():
    """One Ray instance for all tests of a process."""
    import ray

    if not ray.is_initialized():
        ray.init(num_cpus=4, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture
def make_config(tiny_model_path, ray_cluster):
    """A function from overrides to a small `ProRLConfig`."""
    from ray.tune.registry import register_env

    from prorl_rllib.algorithms import ProRLConfig

    register_env("letters", make_letters_env)

    def make(*, num_env_runners=0, num_learners=0, env_config=None, **training):
        settings = {
            "model": tiny_model_path,
            "prompts_per_step": 4,
            "prompts_per_optimizer_step": 2,
            "group_size": 4,
            "lr": 1e-3,
            "lr_warmup_steps": 2,
            "max_sampling_rounds": 2,
            "num_threads_per_learner": 1,
        }
        return (
            ProRLConfig()
            .environment("letters", env_config=env_config or {})
            .training(**{**settings, **training})
            .generation(max_completion_length=8, engine_config={"max_num_seqs": 8})
            .env_runners(num_env_runners=num_env_runners, num_cpus_per_env_runner=0.5)
            .learners(num_learners=num_learners, num_cpus_per_learner=0.5)
            .reference_reset(period=2, min_spacing=1)
            .reporting_samples(interval=None)
            .debugging(seed=0)
        )

    return make
