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
            if config.get("broken_reward") or (action and ord(action[0]) % config.get("nan_rewards", 10**9) == 0):
                reward = float("nan")
            info = {}
            if config.get("failing_verifier"):
                info["verdict"] = Verdict(reward=0.0, status="error", detail="a worker died")
            time.sleep(config.get("seconds", 0.0))
            return "More", reward, self.turn == self.turns, False, info

        def close(self):
            note("closed")

    return Letters()


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


def make_groups(seed=0, num_groups=6, size=4, finish_reasons=("stop",)):
    """Groups of random episodes of one turn, of two reward levels each, with log-probabilities of a sampler."""
    import numpy as np
    from ray.rllib.env.single_agent_episode import SingleAgentEpisode

    from prorl_rllib.env_runners import columns
    from prorl_rllib.envs import TextSpace

    rng = np.random.default_rng(seed)
    space = TextSpace()
    groups = []
    for number in range(num_groups):
        prompt = rng.integers(3, 300, rng.integers(2, 20)).tolist()
        group = []
        for index in range(size):
            episode = SingleAgentEpisode(id_=f"{number}-{index}", observation_space=space, action_space=space)
            infos = {columns.GROUP_ID: f"{seed}-{number}", columns.OBSERVATION_TOKEN_IDS: prompt}
            episode.add_env_reset(observation="", infos=infos)
            length = rng.integers(1, 30)
            outputs = {
                columns.TOKEN_IDS: tuple(rng.integers(3, 300, length).tolist()),
                columns.LOGPROBS: rng.normal(-5.7, 0.3, length).astype(np.float32),
                columns.FINISH_REASON: finish_reasons[index % len(finish_reasons)],
            }
            reward = float((index + number) % 2) + 0.1 * index
            episode.add_env_step("", "", reward, infos={}, terminated=True, extra_model_outputs=outputs)
            group.append(episode)
        groups.append(group)
    return groups


@pytest.fixture(name="make_groups")
def make_groups_fixture():
    """The function `make_groups(seed=..., num_groups=..., size=..., finish_reasons=...)`."""
    return make_groups


@pytest.fixture
def make_learner(tiny_model_path):
    """A function from attributes of a `ProRLConfig` to a local learner, without env runners and without Ray."""
    from ray.rllib.core import DEFAULT_MODULE_ID

    from prorl_rllib.algorithms import ProRLConfig
    from prorl_rllib.envs import TextSpace

    def make(**settings):
        small = {
            "prompts_per_step": 4,
            "prompts_per_optimizer_step": 2,
            "group_size": 4,
            "lr": 1e-3,
            "lr_warmup_steps": 2,
            "max_completion_length": 30,
            "num_threads_per_learner": 1,
        }
        config = ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model=tiny_model_path)
        config.update_from_dict({**small, **settings}).validate()
        return config.build_learner(spaces={DEFAULT_MODULE_ID: (TextSpace(), TextSpace())})

    return make
