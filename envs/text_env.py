"""Text environments: `TextEnv`, one conversation at a time, and `TextVectorEnv`, many that are verified at once."""

import copy
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from prorl_rllib.envs.domain import get_domain
from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.settings import reject_unknown_keys
from prorl_rllib.envs.spaces import TextSpace
from prorl_rllib.envs.task import Message, Task
from prorl_rllib.envs.task_source import TaskSource, make_source
from prorl_rllib.envs.verification.verify import PendingVerdict

Info = dict[str, Any]
StepResult = tuple[str, float, bool, bool, Info]
OPTIONS = ("task_index", "task", "difficulty")


class TextEnv(gymnasium.Env[str, str]):
    """One task an episode: `reset` gives the prompt, `step` takes the answer and returns its verdict.

    Subclasses name a domain. A multi-turn environment overrides `respond`, and makes its per-episode state there or
    in `reset`, never in `__init__`: the environments of a `TextVectorEnv` are shallow copies.

    Attributes:
        domain_name: the registered domain of the tasks.
        settings: the checked `env_config`.
        source: the tasks.
    """

    metadata: dict[str, Any] = {"render_modes": []}
    domain_name: ClassVar[str] = ""

    def __init__(self, config: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Make the environment.

        Args:
            config: the `env_config` as one dict, as RLlib gives it.
            kwargs: the same keys, as `gymnasium.make` gives them.

        Raises:
            EnvConfigError: naming the wrong key, its value and what is allowed.
        """
        self.settings, self.source = self._setup(config, kwargs)
        self.observation_space = TextSpace()
        self.action_space = TextSpace()
        self._clear()

    def _setup(self, config: dict[str, Any] | None, keywords: dict[str, Any]) -> tuple[Any, TaskSource]:
        """Return the settings and the task source of a config."""
        source = make_source(get_domain(self.domain_name), config, keywords)
        return source.settings, source

    def _clear(self) -> None:
        """Forget the episode."""
        self._task: Task | None = None
        self._task_index = -1
        self._messages: list[Message] = []

    @property
    def num_tasks(self) -> int:
        """Number of tasks; indices go from 0 to one less."""
        return self.source.num_tasks

    def task(self, index: int) -> Task:
        """Return the task at an index: a function of the settings and the index.

        Raises:
            EnvConfigError: when the index is out of range.
        """
        return self.source.task(index)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, Info]:
        """Start an episode.

        Args:
            seed: seeds the choice of tasks.
            options: `{"task_index": i}` or `{"task": Task}` picks the task; a random one when None. `"difficulty"`, a
                dict such as `{"math/sum_chain": 3}`, makes a generated task at another difficulty than configured.

        Returns:
            The last user text, answer instruction included, and an info dict with `messages`, the authoritative chat.

        Raises:
            EnvConfigError: for wrong options.
        """
        super().reset(seed=seed)
        self._task, self._task_index = self._pick({} if options is None else options)
        self._messages = self._opening(self._task)
        return self._messages[-1]["content"], self._info() | {"task_index": self._task_index, "messages": self.messages}

    def step(self, action: str) -> StepResult:
        """Take an answer and return its verdict in `info["verdict"]`, or the next turn.

        Args:
            action: all the model wrote, thinking included.

        Raises:
            gymnasium.error.ResetNeeded: before `reset` or after the end of the episode.
            TypeError: when the answer is no str.
        """
        return self.end_step(self.begin_step(action))

    def begin_step(self, action: str) -> "PendingVerdict | str":
        """First half of `step`: take the answer and start its verification.

        Returns:
            What `end_step` takes: a verdict under way, or the next user text.
        """
        if self._task is None:
            raise gymnasium.error.ResetNeeded("step was called before reset, or after the episode ended: call reset")
        if not isinstance(action, str):
            raise TypeError(f"an answer must be a str, got {type(action).__name__}: {action!r:.100}")
        self._messages.append({"role": "assistant", "content": action})
        observation = self.respond(action)
        if observation is None:
            return self.source.part_of(self._task).submit(self._task, self._messages)
        self._messages.append({"role": "user", "content": observation})
        return observation

    def end_step(self, pending: "PendingVerdict | str") -> StepResult:
        """Second half of `step`: wait for the verdict.

        Args:
            pending: what `begin_step` returned.
        """
        if isinstance(pending, str):
            return pending, 0.0, False, False, self._info() | {"messages": self.messages}
        info = self._info()
        self._clear()
        verdict = pending.result()
        return "", verdict.reward, True, False, info | {"verdict": verdict}

    def respond(self, answer: str) -> str | None:
        """Return the next user text, or None when the answer is the last and is to be verified.

        The task's domain decides; a multi-turn environment may also override this. `self.messages` holds the chat up
        to and including the answer.

        Args:
            answer: all the model wrote in this turn.
        """
        assert self._task is not None
        return self.source.part_of(self._task).respond(self._task, self.messages)

    @property
    def messages(self) -> list[Message]:
        """The chat so far (a copy)."""
        return [dict(message) for message in self._messages]

    @property
    def current_task(self) -> Task | None:
        """The task of the running episode."""
        return self._task

    def copy_for_slot(self) -> "TextEnv":
        """Return an environment with the same settings and task source and an episode of its own."""
        sibling = copy.copy(self)
        sibling._np_random, sibling._np_random_seed = None, None
        sibling._clear()
        return sibling

    def _pick(self, options: dict[str, Any]) -> tuple[Task, int]:
        """Return the task that options ask for, and its index (-1 for a task given whole)."""
        if not isinstance(options, dict):
            raise EnvConfigError(f"reset options must be a dict, got {type(options).__name__}: {options!r:.100}")
        reject_unknown_keys(options, OPTIONS, "reset options")
        if "task" in options:
            if len(options) > 1:
                other = next(key for key in options if key != "task")
                raise EnvConfigError(f"reset options hold both {other} and task: give one")
            return self._accept(options["task"]), -1
        index = options.get("task_index")
        if index is None:
            index = int(self.np_random.integers(self.num_tasks))
        return self.source.task(index, options.get("difficulty")), int(index)

    def _accept(self, task: Any) -> Task:
        """Return a task given to `reset`, checked."""
        if not isinstance(task, Task):
            raise EnvConfigError(f"reset option task must be a prorl_rllib.envs.Task, got {type(task).__name__}")
        self.source.check(task)
        return task

    def _opening(self, task: Task) -> list[Message]:
        """Return the messages of a task, the answer instruction appended to the last."""
        messages = task.messages
        instruction = self.source.part_of(task).answer_instruction()
        if instruction:
            messages[-1]["content"] += "\n" + instruction
        return messages

    def _info(self) -> Info:
        """Return what every info of the running episode says."""
        assert self._task is not None
        facts = self.source.part_of(self._task).facts
        return facts | {"task_id": self._task.task_id, "domain": self._task.domain, "dataset": self._task.dataset}


class TextVectorEnv(VectorEnv[tuple[str, ...], tuple[str, ...], np.ndarray]):
    """Several `TextEnv`s in one process whose answers are verified at once by the pool of workers.

    `reset` and `step` are those of any vector environment (autoreset in the same step: `infos["final_info"]` holds the
    verdicts). A caller that gets its answers one by one uses the slots: `reset_slot`, `submit`, `collect`.
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}

    def __init__(self, envs: Sequence[TextEnv]) -> None:
        """Make the vector environment.

        Args:
            envs: one a slot, at least one.
        """
        if not envs:
            raise EnvConfigError("num_envs = 0: must be at least 1")
        self.envs = list(envs)
        self.num_envs = len(self.envs)
        self.single_observation_space = self.envs[0].observation_space
        self.single_action_space = self.envs[0].action_space
        self._pending: dict[int, PendingVerdict | str] = {}

    # Gymnasium copies the space once a slot, which takes long with hundreds of slots; an env runner never asks for it.
    @cached_property
    def observation_space(self) -> gymnasium.Space[tuple[str, ...]]:  # type: ignore[override]
        """Tuple of one text space a slot."""
        return batch_space(self.single_observation_space, self.num_envs)

    @cached_property
    def action_space(self) -> gymnasium.Space[tuple[str, ...]]:  # type: ignore[override]
        """Tuple of one text space a slot."""
        return batch_space(self.single_action_space, self.num_envs)

    @classmethod
    def from_env(cls, env: TextEnv, num_envs: int) -> "TextVectorEnv":
        """Return `num_envs` environments that share the settings and the task source of one.

        Args:
            env: the model, wrapped or not; it stays apart.
            num_envs: number of slots.
        """
        model = env.unwrapped
        assert isinstance(model, TextEnv)
        if num_envs < 1:
            raise EnvConfigError(f"num_envs = {num_envs}: must be at least 1")
        return cls([model.copy_for_slot() for _ in range(num_envs)])

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[tuple[str, ...], Info]:
        """Start an episode in every slot.

        Args:
            seed: of slot 0, the others count on from it; or one a slot.
            options: as in `TextEnv.reset`, for every slot.
        """
        seeds = self._seeds(seed)
        self._pending.clear()
        observations: list[str] = []
        infos: Info = {}
        for slot, env in enumerate(self.envs):
            observation, info = env.reset(seed=seeds[slot], options=options)
            observations.append(observation)
            infos = self._add_info(infos, info, slot)
        return tuple(observations), infos

    def step(self, actions: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray, Info]:
        """Answer in every slot; a slot whose episode ends starts the next at once.

        Args:
            actions: one answer a slot.
        """
        if isinstance(actions, str) or len(actions) != self.num_envs:
            raise ValueError(f"step takes one answer a slot, {self.num_envs} in all, got {actions!r:.200}")
        for slot, action in enumerate(actions):
            if not isinstance(action, str):
                raise TypeError(f"slot {slot}: an answer must be a str, got {type(action).__name__}: {action!r:.100}")
        for slot, action in enumerate(actions):
            self.submit(slot, action)
        results = [self._collect_and_reset(slot) for slot in range(self.num_envs)]
        infos: Info = {}
        for slot, result in enumerate(results):
            infos = self._add_info(infos, result[4], slot)
        observations, rewards, terminated, truncated, _ = zip(*results, strict=True)
        return tuple(observations), np.array(rewards, np.float64), np.array(terminated), np.array(truncated), infos

    def reset_slot(
        self, slot: int, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, Info]:
        """Start an episode in one slot; a verification under way there is given up. As `TextEnv.reset`."""
        self._check_slot(slot)
        self._pending.pop(slot, None)
        return self.envs[slot].reset(seed=seed, options=options)

    def submit(self, slot: int, answer: str) -> None:
        """Hand in the answer of one slot; its verification starts and this returns at once.

        Raises:
            ValueError: when there is no such slot, or its last answer was not collected yet.
        """
        self._check_slot(slot)
        if slot in self._pending:
            raise ValueError(f"slot {slot} has an answer that was not collected: call collect({slot}) first")
        self._pending[slot] = self.envs[slot].begin_step(answer)

    def collect(self, slot: int) -> StepResult:
        """Wait for the verdict on the answer of one slot. As `TextEnv.step`; the slot is not reset.

        Raises:
            ValueError: when there is no such slot, or no answer was submitted.
        """
        self._check_slot(slot)
        if slot not in self._pending:
            raise ValueError(f"slot {slot} has no answer to collect: call submit({slot}, answer) first")
        return self.envs[slot].end_step(self._pending.pop(slot))

    def _collect_and_reset(self, slot: int) -> StepResult:
        """Collect one slot, and start its next episode when this one ended."""
        observation, reward, terminated, truncated, info = self.collect(slot)
        if terminated or truncated:
            final = {"final_obs": observation, "final_info": info}
            observation, info = self.reset_slot(slot)
            info = info | final
        return observation, reward, terminated, truncated, info

    def _check_slot(self, slot: int) -> None:
        """Raise when there is no such slot (a negative one would address the others from the end)."""
        if not 0 <= slot < self.num_envs:
            raise ValueError(f"slot {slot}: must be 0..{self.num_envs - 1} (`num_envs` = {self.num_envs})")

    def _seeds(self, seed: int | Sequence[int | None] | None) -> list[int | None]:
        """Return one seed a slot."""
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, (int, np.integer)):
            return [int(seed) + slot for slot in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise ValueError(f"reset takes one seed a slot, {self.num_envs} in all, got {len(seed)}")
        return list(seed)


def vector_entry_point(env_class: type[TextEnv]) -> Callable[..., TextVectorEnv]:
    """Return the function that `gymnasium.make_vec` calls for an environment.

    Args:
        env_class: the single environment.

    Returns:
        A function of `num_envs` and the keys of `env_config`.
    """

    def make_vector(num_envs: int = 1, **env_config: Any) -> TextVectorEnv:
        return TextVectorEnv.from_env(env_class(**env_config), num_envs)

    return make_vector
