"""The algorithm: sample groups, filter, update, maybe reset the reference, sync."""

import logging
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
import ray
from pyarrow.fs import LocalFileSystem
from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.core import COMPONENT_LEARNER, COMPONENT_RL_MODULE
from ray.rllib.env.env_runner_group import EnvRunnerGroup
from ray.rllib.utils.annotations import override
from ray.rllib.utils.checkpoints import Checkpointable
from ray.rllib.utils.metrics import (
    ENV_RUNNER_RESULTS,
    EVALUATION_RESULTS,
    LEARNER_RESULTS,
    NUM_ENV_STEPS_SAMPLED_LIFETIME,
    TIMERS,
    WEIGHTS_SEQ_NO,
)

from prorl_rllib.algorithms.prorl.batch_arithmetic import batch_arithmetic
from prorl_rllib.algorithms.prorl.checkpoints import find_checkpoint, is_uri, write_checkpoint
from prorl_rllib.algorithms.prorl.prompt_stream import PromptStream
from prorl_rllib.algorithms.prorl.prorl_config import ProRLConfig
from prorl_rllib.algorithms.prorl.reference_reset import ReferenceResetController
from prorl_rllib.algorithms.prorl.rollout import RolloutOrder, check_fits, raise_construction_error, sample_groups
from prorl_rllib.algorithms.prorl.rollout_metrics import completion_length, evaluation_metrics, rollout_metrics
from prorl_rllib.algorithms.prorl.sample_log import SampleLog
from prorl_rllib.algorithms.prorl.signal import drop_failed_verifications, has_signal
from prorl_rllib.algorithms.prorl.training_data import Group, GroupTrainingData, split_into_optimizer_steps
from prorl_rllib.engines.transformers_engine import DEFAULT_MAX_NUM_SEQS
from prorl_rllib.env_runners.prompt_request import PromptRequest

logger = logging.getLogger(__name__)

_PROMPT_STREAM = "prompt_stream"
_CONTROLLER = "reference_reset"
# The evaluation's tasks and seeds are the same in every run and at every time.
_EVALUATION_SEED = 2505_24864


class ProRL(Algorithm):
    """Prolonged reinforcement learning of a language model (arXiv 2505.24864)."""

    config: ProRLConfig

    @classmethod
    @override(Algorithm)
    def get_default_config(cls) -> ProRLConfig:
        """Return the paper's first version."""
        return ProRLConfig()

    @classmethod
    @override(Algorithm)
    def from_checkpoint(cls, path: str | Path, *args: Any, **kwargs: Any) -> "ProRL":
        """Build the algorithm that a checkpoint describes and restore it.

        Args:
            path: Folder of a whole checkpoint.
            *args: As RLlib's.
            **kwargs: As RLlib's.

        Raises:
            FileNotFoundError: if `path` is no whole checkpoint.
        """
        return super().from_checkpoint(find_checkpoint(path), *args, **kwargs)

    @override(Algorithm)
    def setup(self, config: ProRLConfig) -> None:
        """Make the base model if need be, then build runners, learners, prompt stream and reset controller.

        Args:
            config: The algorithm's config.
        """
        self._resolve_model()
        logger.info(batch_arithmetic(self.config))
        try:
            super().setup(self.config)
        except IndexError:  # RLlib asks the first runner for its spaces, and logs why there is none
            raise_construction_error(self.env_runner_group, self.config.sample_timeout_s)
            raise
        self._prompt_stream = PromptStream(num_tasks=self._num_tasks(), seed=self.config.seed or 0)
        self._reset_controller = ReferenceResetController(self.config.reference_reset_settings)
        self._reset_reason = ""
        self._prompts_too_long = 0
        self._sample_log = SampleLog(
            self._log_folder(), interval=self.config.samples_log_interval, prompts=self.config.samples_log_prompts
        )
        self._sync_weights()

    def _log_folder(self) -> str:
        """Return the trial's folder; `logdir` is a scratch folder of Ray's when Tune runs the trial."""
        storage = getattr(self, "_storage", None)
        if storage is not None and isinstance(storage.storage_filesystem, LocalFileSystem):
            return storage.trial_fs_path
        return self.logdir

    def _resolve_model(self) -> None:
        """Put the path of a warm-started model into the config; the warm start itself is cached."""
        if self.config.warm_start is None:
            return
        from prorl_rllib.algorithms.warm_start import ensure_warm_start

        config = self.config.copy(copy_frozen=False)
        config.warm_started_model = ensure_warm_start(config.warm_start).path
        config.freeze()
        self.config = config

    @override(Algorithm)
    def training_step(self) -> None:
        """Sample groups, filter, update, maybe reset the reference, sync."""
        with self.metrics.log_time((TIMERS, "sample"), reduce="sum"):
            groups = self._sample_groups_with_signal()
        if groups:
            with self.metrics.log_time((TIMERS, "update"), reduce="sum"):
                self._update(groups)
        self._maybe_reset_reference()
        with self.metrics.log_time((TIMERS, "sync"), reduce="sum"):
            self._sync_weights()

    def _sample_groups_with_signal(self) -> list[Group]:
        """Draw prompts until enough groups have signal, or the cap on rounds is reached."""
        start = time.monotonic()
        self._prompts_too_long = 0
        sampled: list[Group] = []
        kept: list[Group] = []
        rounds = 0
        while len(kept) < self.config.prompts_per_step and rounds < self.config.max_sampling_rounds:
            groups = self._sample(self._prompt_stream.take(self.config.prompts_per_step - len(kept)))
            sampled += groups
            kept += [group for group in drop_failed_verifications(groups) if has_signal(group)]
            rounds += 1
        check_fits(sampled, self._prompts_too_long, self.config.max_completion_length)
        self._log_rollouts(sampled, kept, rounds, time.monotonic() - start)
        return kept

    def _sample(self, prompts: list[PromptRequest], *, evaluation: bool = False) -> list[Group]:
        config = self.config
        settings = config.evaluation_sampling_settings if evaluation else config.sampling_settings
        sequences = config.engine_config.get("max_num_seqs", DEFAULT_MAX_NUM_SEQS)
        order = RolloutOrder(
            settings=settings,
            weights_version=self._weights_version,
            prompts_per_batch=max(1, sequences // settings.group_size),
            timeout_s=config.evaluation_sample_timeout_s if evaluation else config.sample_timeout_s,
            evaluation=evaluation,
        )
        groups, too_long = sample_groups(self.env_runner_group, prompts, order, self._restore_lost_env_runners)
        self._prompts_too_long += len(too_long)
        if too_long:
            logger.warning(
                "%d prompts do not fit the model's context together with max_completion_length=%d and were dropped; "
                "the first is group %s.",
                len(too_long),
                config.max_completion_length,
                too_long[0],
            )
        return groups

    def _log_rollouts(self, sampled: list[Group], kept: list[Group], rounds: int, seconds: float) -> None:
        episodes = [episode for group in sampled for episode in group]
        tokens = sum(map(completion_length, episodes))
        counts = {
            "groups_sampled": len(sampled),
            "groups_kept": len(kept),
            "prompts_too_long": self._prompts_too_long,
            "sampling_rounds": rounds,
            "completion_tokens": tokens,
            "tokens_per_s": tokens / seconds,
        }
        self._log_values(("prorl",), counts)
        if episodes:
            self._log_values((ENV_RUNNER_RESULTS,), rollout_metrics(episodes))
            self._sample_log.write(self.iteration + 1, sampled)
        self.metrics.log_value(
            (ENV_RUNNER_RESULTS, NUM_ENV_STEPS_SAMPLED_LIFETIME), sum(map(len, episodes)), reduce="lifetime_sum"
        )
        if len(kept) < self.config.prompts_per_step:
            logger.info("%d of %d groups have signal after %d rounds.", len(kept), self.config.prompts_per_step, rounds)

    def _log_values(self, prefix: tuple[str, ...], values: dict[str, Any]) -> None:
        """Log a nested dict of numbers of this iteration."""
        for key, value in values.items():
            if isinstance(value, dict):
                self._log_values((*prefix, key), value)
            else:
                self.metrics.log_value((*prefix, key), value, reduce="mean", window=1)

    def _update(self, groups: list[Group]) -> None:
        """Take the optimizer steps of this rollout batch; the driver fixes the groups of each."""
        steps = split_into_optimizer_steps(groups, self.config.prompts_per_optimizer_step)
        results = self.learner_group.update(
            training_data=GroupTrainingData(optimizer_steps=steps),
            timesteps={
                NUM_ENV_STEPS_SAMPLED_LIFETIME: self.metrics.peek(
                    (ENV_RUNNER_RESULTS, NUM_ENV_STEPS_SAMPLED_LIFETIME), default=0
                )
            },
        )
        self.metrics.aggregate(results, key=LEARNER_RESULTS)

    def _maybe_reset_reference(self) -> None:
        """Ask the controller; copy the policy into the reference on every learner if it says so."""
        self._reset_reason = self._reset_controller.step()
        if self._reset_reason:
            for result in self.learner_group.foreach_learner(lambda learner: learner.reset_reference()):
                # RLlib marks a failing learner unhealthy and goes on; a reset on some learners only is a broken run.
                difference = result.get()
                if not result.ok:
                    raise difference
                if difference != 0.0:
                    raise RuntimeError(f"after a reset the reference differs from the policy by {difference}.")
        resets = {
            "reference_reset": int(bool(self._reset_reason)),
            "reference_resets": self._reset_controller.num_resets,
        }
        self._log_values(("prorl",), resets)

    def reset_reference(self) -> None:
        """Reset the reference at the end of the next training step, whatever the triggers say."""
        self._reset_controller.request()

    def _sync_weights(self) -> None:
        """Bring the learner's weights to every runner and wait until they are there.

        RLlib's own sync may drop one that comes before the last was acknowledged, and training would go on stale.
        """
        component = f"{COMPONENT_LEARNER}/{COMPONENT_RL_MODULE}"
        state = self.learner_group.get_state(components=component, inference_only=True)[COMPONENT_LEARNER]
        self._weights_version = state[WEIGHTS_SEQ_NO]
        group = self.env_runner_group
        if group.num_remote_env_runners() == 0:
            group.local_env_runner.set_state(state)
            return
        group.foreach_env_runner(
            "set_state",
            kwargs={"state": ray.put(state)},
            local_env_runner=False,
            timeout_seconds=self.config.weight_sync_timeout_s,
        )

    def _restore_lost_env_runners(self) -> None:
        """Bring lost runners back; a runner that Ray restarted unnoticed counts as healthy, but has no weights yet."""
        if not self.restore_env_runners(self.env_runner_group):
            self._sync_weights()

    @override(Algorithm)
    def restore_env_runners(self, env_runner_group: EnvRunnerGroup) -> list[int]:
        """Bring lost runners back, with the current weights.

        Args:
            env_runner_group: The runners.

        Returns:
            Ids of the runners that came back.
        """
        restored = env_runner_group.probe_unhealthy_env_runners()
        if restored:
            self._sync_weights()
        return restored

    def _num_tasks(self, *, evaluation: bool = False) -> int | None:
        """Ask one runner for the number of tasks of its environment."""
        group = self.env_runner_group
        if group.num_remote_env_runners() == 0:
            return group.local_env_runner.num_tasks(evaluation=evaluation)
        answers = group.foreach_env_runner(
            "num_tasks",
            kwargs={"evaluation": evaluation},
            local_env_runner=False,
            remote_worker_ids=group.healthy_env_runner_ids()[:1],
            timeout_seconds=self.config.sample_timeout_s,
        )
        if not answers:
            raise RuntimeError("no env runner could be built; its exception is in the log above.")
        return answers[0]

    @override(Algorithm)
    def step(self) -> dict[str, Any]:
        """Run one iteration; the first one is preceded by an evaluation, as a baseline."""
        initial: dict[str, Any] = {}
        if self.iteration == 0 and self.config.evaluation_interval and self.config.evaluate_before_training:
            initial = {f"{EVALUATION_RESULTS}_initial": self.evaluate()}
            self._observe_evaluation(initial[f"{EVALUATION_RESULTS}_initial"])
        results = super().step()
        if EVALUATION_RESULTS in results:
            self._observe_evaluation(results[EVALUATION_RESULTS])
        return {**results, **initial, "reference_reset_reason": self._reset_reason}

    def _observe_evaluation(self, results: dict[str, Any]) -> None:
        """Tell the reset controller, unless every verification failed and there is no score."""
        score = results[ENV_RUNNER_RESULTS].get("pass@1")
        if score is not None:
            self._reset_controller.observe_evaluation(score)

    @override(Algorithm)
    def evaluate(self, parallel_train_future: Any = None) -> dict[str, Any]:
        """Evaluate on fixed held-out tasks, on the training runners.

        Args:
            parallel_train_future: Unused; part of RLlib's signature.

        Returns:
            `{"env_runners": {"pass@1", "num_tasks", "domains": {...}, ...}, "seconds": ...}`; without "pass@1" if every
            verification failed.
        """
        start = time.monotonic()
        prompts = self._evaluation_prompts()
        groups = self._sample(prompts, evaluation=True)
        check_fits(groups, len(prompts), self.config.max_completion_length)
        episodes = [episode for group in groups for episode in group]
        return {ENV_RUNNER_RESULTS: evaluation_metrics(episodes), "seconds": time.monotonic() - start}

    def _evaluation_prompts(self) -> list[PromptRequest]:
        num_tasks = self._num_tasks(evaluation=True)
        count = (
            self.config.evaluation_duration if num_tasks is None else min(self.config.evaluation_duration, num_tasks)
        )
        seeds = np.random.SeedSequence(_EVALUATION_SEED).generate_state(count, np.uint64) >> np.uint64(1)
        return [
            PromptRequest(
                group_id=f"evaluation-{index:06d}", task_index=None if num_tasks is None else index, seed=int(seed)
            )
            for index, seed in enumerate(seeds)
        ]

    @classmethod
    @override(Algorithm)
    def _should_create_evaluation_env_runners(cls, eval_config: Any) -> bool:
        """Return False: a second engine for evaluation would only wait."""
        return False

    @override(Algorithm)
    def save_to_path(self, path: str | Path | None = None, **kwargs: Any) -> str:
        """Save a checkpoint that is either whole or not there.

        Args:
            path: Folder to write; RLlib makes a temporary one if None.
            **kwargs: As RLlib's.

        Returns:
            The path.
        """
        save = super().save_to_path
        if path is None:
            path = tempfile.mkdtemp(prefix="prorl_checkpoint_")
        if is_uri(path):
            return save(path, **kwargs)
        return str(write_checkpoint(path, lambda folder: save(folder, **kwargs)))

    @override(Algorithm)
    def restore_from_path(self, path: str | Path, *args: Any, **kwargs: Any) -> None:
        """Restore from a checkpoint and bring its weights to the runners.

        Args:
            path: Folder of a whole checkpoint.
            *args: As RLlib's.
            **kwargs: As RLlib's.

        Raises:
            FileNotFoundError: if `path` is no whole checkpoint.
        """
        # A part of a checkpoint has no marker of its own to look for.
        source = path if "component" in kwargs else find_checkpoint(path)
        super().restore_from_path(source, *args, **kwargs)
        self._sync_weights()

    @override(Algorithm)
    def get_state(
        self,
        components: str | Collection[str] | None = None,
        *,
        not_components: str | Collection[str] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return RLlib's state, the prompt stream and the reset controller.

        Args:
            components: As RLlib's.
            not_components: As RLlib's.
            **kwargs: As RLlib's.
        """
        state = super().get_state(components, not_components=not_components, **kwargs)
        if self._check_component(_PROMPT_STREAM, components, not_components):
            state[_PROMPT_STREAM] = self._prompt_stream.get_state()
        state[_CONTROLLER] = self._reset_controller.get_state()
        return state

    @override(Algorithm)
    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state and bring its weights to the runners.

        Args:
            state: What `get_state` returned.
        """
        super().set_state(state)
        if _PROMPT_STREAM in state:
            self._prompt_stream.set_state(state[_PROMPT_STREAM])
        if _CONTROLLER in state:
            self._reset_controller.set_state(state[_CONTROLLER])
        self._sync_weights()

    @override(Algorithm)
    def get_checkpointable_components(self) -> list[tuple[str, Checkpointable]]:
        """Return RLlib's components and the prompt stream."""
        return [*super().get_checkpointable_components(), (_PROMPT_STREAM, self._prompt_stream)]

    @override(Algorithm)
    def cleanup(self) -> None:
        """Stop runners and learners, and close the log of samples."""
        super().cleanup()
        if hasattr(self, "_sample_log"):
            self._sample_log.close()

    def __repr__(self) -> str:
        """Return the name alone: it is the prefix of every line that Ray prints."""
        return "ProRL"
