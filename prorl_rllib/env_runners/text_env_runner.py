"""Samples groups of completions: text environments on one side, a text engine on the other."""

import contextlib
import math
import time
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.env import INPUT_ENV_SINGLE_SPACES, INPUT_ENV_SPACES
from ray.rllib.env.env_runner import EnvRunner
from ray.rllib.env.single_agent_episode import SingleAgentEpisode
from ray.rllib.utils.annotations import override
from ray.rllib.utils.checkpoints import Checkpointable

from prorl_rllib.engines.chat_tokenizer import ChatTokenizer
from prorl_rllib.engines.errors import EngineDeadError
from prorl_rllib.engines.requests import Completion, GenerationRequest
from prorl_rllib.env_runners import columns
from prorl_rllib.env_runners.engine_host import EngineHost
from prorl_rllib.env_runners.env_slots import EnvSlots
from prorl_rllib.env_runners.prompt_request import PromptRequest
from prorl_rllib.env_runners.reports import SampleReport
from prorl_rllib.env_runners.runner_envs import RunnerEnvs
from prorl_rllib.env_runners.task_space import TaskSpace


@dataclass(frozen=True)
class SamplingSettings:
    """How completions are drawn.

    Attributes:
        group_size: Completions a prompt.
        max_completion_length: Tokens a turn at most.
        temperature: Sampling temperature.
        top_p: Nucleus probability.
    """

    group_size: int
    max_completion_length: int
    temperature: float
    top_p: float


class StaleWeightsError(RuntimeError):
    """The runner holds other weights than it was asked to sample with."""


@dataclass
class _Rollout:
    """One episode in the making: its slot, its tokens so far and the request it waits for."""

    slot: int
    index: int
    prompt: PromptRequest
    episode: SingleAgentEpisode
    context: list[int] = field(default_factory=list)


class TextEnvRunner(EngineHost, EnvRunner, Checkpointable):
    """Drives text environments with a language model and returns whole groups of episodes.

    It builds no RLModule: the engine holds the weights, and they arrive through `set_state` (the driver calls `sync`,
    which does the same and reports what went wrong). The engine starts when it is first needed. Every Gymnasium
    environment with text spaces will do; it is driven through reset and step alone.

    Args:
        config: The algorithm's config.
        **kwargs: What RLlib gives an env runner; `env_creator` and `worker_index` are used.
    """

    def __init__(self, *, config: Any, **kwargs: Any) -> None:
        super().__init__(config=config, **kwargs)
        self._env_creator = kwargs["env_creator"]
        self._runner_envs = RunnerEnvs(config, self._env_creator, self.worker_index or 0)
        self._tokenizer = ChatTokenizer(config.model_path)
        self._deadline = math.inf
        self._engine = self.make_engine()
        self.make_env()

    @override(EnvRunner)
    def make_env(self) -> None:
        """Create the training environment; the one for evaluation is made when it is first needed."""
        self.env = self._runner_envs.get()

    def task_space(self, *, evaluation: bool = False, env_changes: Mapping[str, Any] | None = None) -> TaskSpace:
        """Describe the tasks of the environment.

        Args:
            evaluation: Ask the environment for evaluation instead of the one for training.
            env_changes: As in `sample`.
        """
        if not evaluation:
            self._change_env(env_changes or {})
        return self._runner_envs.task_space(evaluation=evaluation)

    def _change_env(self, changes: Mapping[str, Any]) -> None:
        """Make the training environment anew if a stage changed it since it was made."""
        self._runner_envs.change(changes)
        self.make_env()

    @override(EnvRunner)
    def sample(
        self,
        *,
        prompts: Sequence[PromptRequest],
        settings: SamplingSettings,
        weights_version: int,
        prompts_per_batch: int,
        timeout_s: float,
        evaluation: bool = False,
        env_changes: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> list[SingleAgentEpisode]:
        """Sample a group of episodes for every prompt.

        Args:
            prompts: The prompts, in order.
            settings: Group size and sampling parameters.
            weights_version: The version that the engine must hold.
            prompts_per_batch: Prompts whose groups are sampled side by side. What is decoded together depends on this
                alone, not on how the prompts were dealt out to runners.
            timeout_s: Seconds that the sampling may take.
            evaluation: Use the environment for evaluation.
            env_changes: Keys of the training environment's `env_config` that a stage changed.
            **kwargs: Forward compatibility.

        Returns:
            Episodes in the order of the prompts, `settings.group_size` each. A prompt that does not fit the model's
            context gives none.

        Raises:
            StaleWeightsError: if the engine holds other weights than asked for.
            TimeoutError: if the deadline passed between two answers.
        """
        if self._engine.weights_version != weights_version:
            raise StaleWeightsError(
                f"env runner {self.worker_index} holds weights version {self._engine.weights_version}, "
                f"asked to sample with version {weights_version}: load the current weights first (set_state)."
            )
        self._deadline = time.monotonic() + timeout_s
        if not evaluation:
            self._change_env(env_changes or {})
        slots = self._runner_envs.slots(prompts_per_batch * settings.group_size, evaluation=evaluation)
        episodes: list[SingleAgentEpisode] = []
        for start in range(0, len(prompts), prompts_per_batch):
            episodes += self._sample_batch(slots, prompts[start : start + prompts_per_batch], settings)
        return episodes

    def _sample_batch(
        self, slots: EnvSlots, prompts: Sequence[PromptRequest], settings: SamplingSettings
    ) -> list[SingleAgentEpisode]:
        """Play the episodes of some prompts, turn by turn, all side by side."""
        rollouts = self._start(slots, prompts, settings)
        finished = list(rollouts)
        turn = 0
        while rollouts:
            rollouts = self._play_turn(slots, rollouts, settings, turn)
            turn += 1
        return [rollout.episode for rollout in finished]

    def sample_report(self, *, prompts: Sequence[PromptRequest], **kwargs: Any) -> SampleReport:
        """Sample as `sample` does, and report what else the driver has to know.

        Args:
            prompts: The prompts, in order.
            **kwargs: The other arguments of `sample`.

        Returns:
            The episodes, or the exception that prevented them.
        """
        try:
            episodes = self.sample(prompts=prompts, **kwargs)
        except StaleWeightsError:
            self._engine.held = None  # so that the driver sends the present weights, whatever these are
            return SampleReport(stale=True)
        except EngineDeadError as error:
            loss = self.note_loss(error)
            return SampleReport(loss=loss) if loss else SampleReport(error=traceback.format_exc())
        except Exception:
            return SampleReport(error=traceback.format_exc())
        sampled = {episode.get_infos(0)[columns.GROUP_ID] for episode in episodes}
        return SampleReport(episodes, [prompt.group_id for prompt in prompts if prompt.group_id not in sampled])

    def _start(self, slots: EnvSlots, prompts: Sequence[PromptRequest], settings: SamplingSettings) -> list[_Rollout]:
        """Reset the slots of each prompt's group and encode the prompt once."""
        rollouts: list[_Rollout] = []
        for number, prompt in enumerate(prompts):
            token_ids: list[int] | None = None
            for index in range(settings.group_size):
                slot = number * settings.group_size + index
                observation, info = slots.reset_slot(slot, seed=prompt.seed % 2**31, options=prompt.reset_options)
                if token_ids is None:
                    messages = info.get("messages") or [{"role": "user", "content": observation}]
                    token_ids = self._tokenizer.encode_chat(messages)
                    if len(token_ids) + settings.max_completion_length > self._engine.max_model_len:
                        break
                rollouts.append(self._new_rollout(slot, index, prompt, observation, info, token_ids))
        return rollouts

    def _new_rollout(
        self,
        slot: int,
        index: int,
        prompt: PromptRequest,
        observation: str,
        info: dict[str, Any],
        token_ids: list[int],
    ) -> _Rollout:
        episode = SingleAgentEpisode(
            id_=f"{prompt.group_id}-{index}",
            observation_space=self.env.observation_space,
            action_space=self.env.action_space,
        )
        infos = {**info, columns.GROUP_ID: prompt.group_id, columns.OBSERVATION_TOKEN_IDS: token_ids}
        episode.add_env_reset(observation=observation, infos=infos)
        return _Rollout(slot=slot, index=index, prompt=prompt, episode=episode, context=list(token_ids))

    def _play_turn(
        self, slots: EnvSlots, rollouts: list[_Rollout], settings: SamplingSettings, turn: int
    ) -> list[_Rollout]:
        """Sample one answer for each rollout, step its environment, and return those that go on."""
        requests, waiting = self._requests(rollouts, settings, turn)
        completions: dict[int, Completion] = {}
        with contextlib.closing(self._engine.generate(requests)) as stream:
            for completion in stream:
                rollout = waiting[completion.request_id, completion.index]
                completions[rollout.slot] = completion
                # Verification starts here, while the engine goes on with the longer answers.
                slots.submit(rollout.slot, self._tokenizer.decode(completion.token_ids))
                if time.monotonic() > self._deadline:
                    raise TimeoutError(
                        f"env runner {self.worker_index} had not finished sampling at its deadline; raise "
                        "env_runners(sample_timeout_s=...), or look why the environment or the engine is slow."
                    )
        return [
            rollout for rollout in rollouts if self._finish_turn(slots, rollout, completions[rollout.slot], settings)
        ]

    def _requests(
        self, rollouts: list[_Rollout], settings: SamplingSettings, turn: int
    ) -> tuple[list[GenerationRequest], dict[tuple[str, int], _Rollout]]:
        """One request a group in the first turn, where all share the prompt; one a rollout later."""
        shared = turn == 0
        requests: list[GenerationRequest] = []
        waiting: dict[tuple[str, int], _Rollout] = {}
        for rollout in rollouts:
            request_id = rollout.prompt.group_id if shared else f"{rollout.episode.id_}-{turn}"
            waiting[request_id, rollout.index if shared else 0] = rollout
            if shared and rollout.index > 0:
                continue
            requests.append(
                GenerationRequest(
                    request_id=request_id,
                    prompt_token_ids=tuple(rollout.context),
                    n=settings.group_size if shared else 1,
                    max_new_tokens=settings.max_completion_length,
                    temperature=settings.temperature,
                    top_p=settings.top_p,
                    seed=rollout.prompt.seed + (0 if shared else turn * settings.group_size + rollout.index),
                    stop_token_ids=self._tokenizer.stop_token_ids,
                )
            )
        return requests, waiting

    def _finish_turn(
        self, slots: EnvSlots, rollout: _Rollout, completion: Completion, settings: SamplingSettings
    ) -> bool:
        """Write one turn into the episode; True if the episode goes on."""
        observation, reward, terminated, truncated, info = slots.collect(rollout.slot)
        _check_observation(rollout, observation)
        rollout.context.extend(completion.token_ids)
        if not (terminated or truncated):
            observation_ids = self._tokenizer.encode_observation(observation)
            info = {**info, columns.OBSERVATION_TOKEN_IDS: observation_ids}
            rollout.context.extend(observation_ids)
            # The next answer would not fit: the episode ends here, as a time limit would end it.
            truncated = len(rollout.context) + settings.max_completion_length > self._engine.max_model_len
        rollout.episode.add_env_step(
            observation=observation,
            action=self._tokenizer.decode(completion.token_ids),
            reward=reward,
            infos=info,
            terminated=terminated,
            truncated=truncated,
            extra_model_outputs={
                columns.TOKEN_IDS: completion.token_ids,
                columns.LOGPROBS: completion.logprobs,
                columns.FINISH_REASON: completion.finish_reason,
                columns.WEIGHTS_VERSION: completion.weights_version,
            },
        )
        return not (terminated or truncated)

    @override(EnvRunner)
    def get_spaces(self) -> dict[str, tuple[gym.Space[Any], gym.Space[Any]]]:
        """Return the text spaces under the keys that the algorithm's set-up looks for."""
        spaces = (self.env.observation_space, self.env.action_space)
        return {INPUT_ENV_SPACES: spaces, INPUT_ENV_SINGLE_SPACES: spaces, DEFAULT_MODULE_ID: spaces}

    @override(EnvRunner)
    def get_metrics(self) -> dict[str, Any]:
        """Return nothing: the driver computes metrics from the episodes, in submission order."""
        return {}

    @override(EnvRunner)
    def assert_healthy(self) -> None:
        """Check that the constructor ran to its end.

        Raises:
            AssertionError: if environment or engine is missing.
        """
        assert self.env is not None and self._engine is not None

    @override(EnvRunner)
    def stop(self) -> None:
        """Close the environments and the engine."""
        self._runner_envs.close()
        self._engine.close()

    @override(Checkpointable)
    def get_state(
        self,
        components: str | Collection[str] | None = None,
        *,
        not_components: str | Collection[str] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return nothing of weight: prompt order and seeds live on the driver, weights on the learner."""
        return {}

    @override(Checkpointable)
    def get_ctor_args_and_kwargs(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what rebuilds the runner."""
        return (), {"config": self.config, "env_creator": self._env_creator}


def _check_observation(rollout: _Rollout, observation: Any) -> None:
    """Refuse an observation that no model could read, with the place it came from."""
    if not isinstance(observation, str):
        raise TypeError(
            f"the environment's step for group {rollout.prompt.group_id} (task_index={rollout.prompt.task_index}) "
            f"returned an observation of type {type(observation).__name__}: it must be a str."
        )
