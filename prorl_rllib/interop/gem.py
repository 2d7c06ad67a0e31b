"""GEM: the environments as `gem.Env`, and their registration. Tested with gem-llm 0.1.

GEM's step has no place for a verification that failed: it raises `VerifierError`, or, with `on_error="nan"`, truncates
the episode with a reward of NaN. GEM's vector environments drop the last `info` of an episode, hence NaN.
"""

import math
from typing import Any, Literal

from prorl_rllib.envs.errors import EnvConfigError, VerifierError
from prorl_rllib.envs.registration import ENVIRONMENTS
from prorl_rllib.envs.task import Verdict
from prorl_rllib.interop.optional_library import missing_library
from prorl_rllib.interop.text_envs import EnvLike, make_text_env

try:
    import gem
    from gem.utils.constants import TERMINAL_STATE
except ImportError as error:
    raise missing_library("prorl_rllib.interop.gem", "gem-llm>=0.1,<0.2", error) from error

StepResult = tuple[str, float, bool, bool, dict[str, Any]]


class ProRLGemEnv(gem.Env):
    """A text environment behind GEM's interface.

    The observation is the last user text; `info["messages"]` is the whole chat, system message included.
    """

    def __init__(
        self,
        env: EnvLike = "prorl/Math-v0",
        seed: int | None = None,
        on_error: Literal["raise", "nan"] = "raise",
        **env_config: Any,
    ) -> None:
        """Make the environment.

        Args:
            env: as in `make_text_env`.
            seed: of the choice of tasks, until `reset` is given another (`gem.make_vec` gives each its own). The tasks
                themselves depend on the `seed` of an instance or a file, never on this one.
            on_error: what a failure of the machinery becomes, see the module.
            env_config: as in `make_text_env`.

        Raises:
            EnvConfigError: naming the wrong key.
        """
        super().__init__()
        if on_error not in ("raise", "nan"):
            raise EnvConfigError(f"on_error = {on_error!r}: must be 'raise' or 'nan'")
        self._arguments = {"env": env, "seed": seed, "on_error": on_error, **env_config}
        self._env = make_text_env(env, env_config)
        self._next_seed, self._on_error = seed, on_error

    def reset(self, seed: int | None = None, **options: Any) -> tuple[str, dict[str, Any]]:
        """Start an episode.

        Args:
            seed: seeds the choice of tasks; no global generator is touched.
            options: of `TextEnv.reset`: `task_index`, `task` or `difficulty`.
        """
        if seed is None:
            seed = self._next_seed
        self._next_seed = None
        return self._env.reset(seed=seed, options=options)

    def step(self, action: str) -> StepResult:
        """Take an answer; its verdict is in `info["verdict"]`.

        Raises:
            VerifierError: when the verification failed and `on_error` is "raise".
        """
        observation, reward, terminated, truncated, info = self._env.step(action)
        if not terminated:
            return observation, reward, terminated, truncated, info
        verdict = info["verdict"]
        if verdict.status == "error":
            return self._failed(verdict, info)
        return TERMINAL_STATE, reward, True, truncated, info

    def _failed(self, verdict: Verdict, info: dict[str, Any]) -> StepResult:
        """Return the step of a verification that failed.

        Raises:
            VerifierError: when `on_error` is "raise".
        """
        if self._on_error == "raise":
            raise VerifierError(
                f"task {info['task_id']!r} was not scored, its sample must be dropped: {verdict.detail}"
            )
        return TERMINAL_STATE, math.nan, False, True, info

    def sample_random_action(self) -> str:
        """Return some text: an answer that is hardly ever right."""
        return self._env.action_space.sample()

    def spawn(self, same_state: bool = False, **kwargs: Any) -> "ProRLGemEnv":
        """Return another environment with the same arguments.

        Args:
            same_state: whether it stands where this one's episode stands.
            kwargs: arguments that differ.
        """
        child = type(self)(**{**self._arguments, **kwargs})
        if same_state and self._env.current_task is not None:
            child.reset(task=self._env.current_task)
            opened = len(child._env.messages)
            for message in self._env.messages[opened:]:
                if message["role"] == "assistant":
                    child._env.step(message["content"])
        return child


def register_environments(**kwargs: Any) -> tuple[str, ...]:
    """Register every environment of this package with GEM: "prorl:Math-v0" for "prorl/Math-v0".

    Args:
        kwargs: defaults of `ProRLGemEnv` for all of them, such as `on_error`.

    Returns:
        The ids; those that GEM knows already are left alone.
    """
    from gem.envs.registration import ENV_REGISTRY

    ids = {env_id.replace("/", ":"): env_id for env_id in ENVIRONMENTS}
    for gem_id, env_id in ids.items():
        if gem_id not in ENV_REGISTRY:
            gem.register(gem_id, "prorl_rllib.interop.gem:ProRLGemEnv", env=env_id, **kwargs)
    return tuple(ids)
