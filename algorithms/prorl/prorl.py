"""The algorithm: sample groups, filter, update, maybe reset the reference, sync."""

import logging
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.env.env_runner_group import EnvRunnerGroup
from ray.rllib.utils.annotations import override
from ray.rllib.utils.metrics import (
    ENV_RUNNER_RESULTS,
    EVALUATION_RESULTS,
    LEARNER_RESULTS,
    NUM_ENV_STEPS_SAMPLED_LIFETIME,
    TIMERS,
)

from prorl_rllib.algorithms.cluster_resources import check_workers_fit
from prorl_rllib.algorithms.prorl.batch_arithmetic import batch_arithmetic
from prorl_rllib.algorithms.prorl.checkpoints import find_checkpoint, is_uri, prune, write_checkpoint
from prorl_rllib.algorithms.prorl.driver_metrics import learner_facts, log_values, rollout_facts, sampling_metrics
from prorl_rllib.algorithms.prorl.driver_state import DriverState
from prorl_rllib.algorithms.prorl.dynamic_sampling import RolloutBatch, groups_to_train_on, sample_until_full
from prorl_rllib.algorithms.prorl.engine_checks import with_engine
from prorl_rllib.algorithms.prorl.engine_losses import EngineLosses
from prorl_rllib.algorithms.prorl.evaluation import evaluate_held_out
from prorl_rllib.algorithms.prorl.learner_calls import apply_settings, policy_weights, reset_reference
from prorl_rllib.algorithms.prorl.preflight import log_room
from prorl_rllib.algorithms.prorl.prorl_config import ProRLConfig
from prorl_rllib.algorithms.prorl.rollout import check_fits, require_version
from prorl_rllib.algorithms.prorl.rollout_metrics import outcomes
from prorl_rllib.algorithms.prorl.run_setup import run_folder, with_base_model
from prorl_rllib.algorithms.prorl.runner_calls import raise_construction_error
from prorl_rllib.algorithms.prorl.sample_log import SampleLog
from prorl_rllib.algorithms.prorl.sampler import Sampler
from prorl_rllib.algorithms.prorl.stages import env_changes, stage_config, stage_number, stage_settings
from prorl_rllib.algorithms.prorl.training_data import Group, GroupTrainingData, split_into_optimizer_steps
from prorl_rllib.algorithms.prorl.weight_sync import WeightSync

logger = logging.getLogger(__name__)

_STATE = "prorl"
_LIFETIME_STEPS = (ENV_RUNNER_RESULTS, NUM_ENV_STEPS_SAMPLED_LIFETIME)
_BEFORE_RESETS = "checkpoints_before_resets"


class ProRL(Algorithm):
    """Prolonged reinforcement learning of a language model (arXiv 2505.24864).

    `config` is the config in force: the run's own, with the changes of the stages that have begun.
    """

    config: ProRLConfig
    _iteration: int

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
        """Check that there is room, make the base model if need be, then build runners, learners and what remembers.

        Args:
            config: The algorithm's config.
        """
        check_workers_fit(self.config)
        self.config = self._run_config = with_engine(with_base_model(self.config))
        self._folder = run_folder(self)
        logger.info(batch_arithmetic(self.config))
        log_room(self.config, self.config.model_path, self._folder)
        try:
            super().setup(self.config)
        except IndexError:  # RLlib asks the first runner for its spaces, and logs why there is none
            raise_construction_error(self.env_runner_group, self.config.sample_timeout_s)
            raise
        self._losses = EngineLosses()
        self._weights = WeightSync(self.learner_group, self.env_runner_group, self.config, self._losses)
        self._sampler = Sampler(self.env_runner_group, self._weights, self.config, self._losses)
        self._stage = 0
        self._remembered = DriverState(self.config, self._sampler.task_space(), self._folder)
        self._sampler.check_stages()
        self._events: list[str] = []
        self._warnings: list[str] = []
        self._reset_reasons: list[str] = []
        self._sample_log = SampleLog.of(self.config, self._folder)
        self._weights.sync()

    @override(Algorithm)
    def training_step(self) -> None:
        """Sample groups, filter, update, maybe reset the reference, sync."""
        self._begin_stage_if_due()
        with self.metrics.log_time((TIMERS, "sample"), reduce="sum"):
            batch = self._sample_groups_with_signal()
        groups = self._groups_to_train_on(batch)
        if groups:
            with self.metrics.log_time((TIMERS, "update"), reduce="sum"):
                self._update(groups)
        self._check_health(batch, updated=bool(groups))
        self._reset_reference_if_due()
        with self.metrics.log_time((TIMERS, "sync"), reduce="sum"):
            self._weights.sync()

    def _begin_stage_if_due(self) -> None:
        """Put the stages that begin in this iteration in force."""
        stages = self._run_config.training_stages
        number = stage_number(stages, self.iteration + 1)
        begun = stages[self._stage : number]
        if not begun:
            return
        resets = any(stage.get("reset_reference") for stage in begun)
        if resets and self.config.reset_checkpoint_before:
            self._save_before_reset(completed=self.iteration)
        self._events.append(f"stage {number} of {len(stages)} begins")
        self._drop_waiting("they were sampled under the settings of the stage before")
        self._enter_stage(number)
        if resets:
            self._reset_reference("stage")
            self._weights.sync()

    def _enter_stage(self, number: int) -> None:
        """Put a stage in force on driver and learners; env runners are told with each order."""
        self._stage, stages = number, self._run_config.training_stages[:number]
        self.config = self._sampler.config = stage_config(self._run_config, stages)
        apply_settings(self.learner_group, stage_settings(self._run_config, stages))
        self._remembered.reset_controller.settings = self.config.reference_reset_settings
        changes = env_changes(self._run_config, stages)
        if changes != self._sampler.env_changes:
            self._sampler.env_changes = changes
            self._remembered.change_tasks(self.config, self._sampler.task_space())
        logger.info(batch_arithmetic(self.config))

    def _drop_waiting(self, why: str) -> None:
        if self._remembered.waiting:
            self._events.append(f"{len(self._remembered.waiting)} groups that waited were dropped: {why}")
            self._remembered.waiting = []

    def _sample_groups_with_signal(self) -> RolloutBatch:
        """Sample until the batch is full or the cap is reached, and let the curriculum see what came of it."""
        start = time.monotonic()
        remembered, sampler = self._remembered, self._sampler
        require_version([episode for group in remembered.waiting for episode in group], self._weights.version)
        sampler.num_too_long = 0
        batch = sample_until_full(
            lambda count: sampler.sample(remembered.prompt_stream.take(count)),
            remembered.waiting,
            groups=self.config.prompts_per_step,
            max_rounds=self.config.max_sampling_rounds,
        )
        if batch.rounds:
            check_fits(batch.sampled, sampler.num_too_long, self.config.max_completion_length)
        seconds = time.monotonic() - start
        log_values(self.metrics, sampling_metrics(batch, num_too_long=sampler.num_too_long, seconds=seconds))
        self._sample_log.write(self.iteration + 1, batch.sampled)
        self.metrics.log_value(_LIFETIME_STEPS, sum(map(len, batch.episodes)), reduce="lifetime_sum")
        moved = remembered.prompt_stream.observe(outcomes(batch.judged))
        self._events += [f"difficulty of {name} is now {level}" for name, level in moved.items()]
        log_values(self.metrics, {"prorl": {"difficulty": remembered.prompt_stream.difficulties}})
        return batch

    def _groups_to_train_on(self, batch: RolloutBatch) -> list[Group]:
        """Return the groups of this iteration; those of one that is capped and does not train wait for the next."""
        size = self.config.prompts_per_step
        groups = groups_to_train_on(batch, groups=size, on_cap=self.config.on_sampling_cap)
        # They stay as good as new: without an update the weights are those they were sampled with.
        self._remembered.waiting = [] if groups else batch.kept
        if self._remembered.waiting:
            self._events.append(f"{len(batch.kept)} of {size} groups have signal and wait: no update in this iteration")
        return groups

    def _update(self, groups: list[Group]) -> None:
        """Take the optimizer steps of this rollout batch; the driver fixes the groups of each."""
        if self.config.sleep_between_rollouts:
            self._weights.sleep_engines()
        steps = split_into_optimizer_steps(groups, self.config.prompts_per_optimizer_step)
        results = self.learner_group.update(
            training_data=GroupTrainingData(optimizer_steps=steps),
            timesteps={NUM_ENV_STEPS_SAMPLED_LIFETIME: self.metrics.peek(_LIFETIME_STEPS, default=0)},
        )
        self.metrics.aggregate(results, key=LEARNER_RESULTS)

    def _check_health(self, batch: RolloutBatch, *, updated: bool) -> None:
        """Tell reset controller and health monitor what this iteration measured."""
        learned = learner_facts(self.metrics.peek((LEARNER_RESULTS, DEFAULT_MODULE_ID))) if updated else None
        self._warnings = self._remembered.check_health(self.iteration + 1, rollout_facts(batch), learned)

    def _reset_reference_if_due(self) -> None:
        """Ask the controller; reset the reference on every learner if it says so."""
        controller = self._remembered.reset_controller
        controller.count_iteration()
        if reason := controller.due():
            if self.config.reset_checkpoint_before:
                self._save_before_reset(completed=self.iteration + 1)
            self._reset_reference(reason)
        counts = {"reference_reset": int(bool(self._reset_reasons)), "reference_resets": controller.num_resets}
        log_values(self.metrics, {"prorl": counts | {"stage": self._stage}})

    def _reset_reference(self, reason: str) -> None:
        """Copy the policy, or the best one since the last reset, into the reference, in place on every learner."""
        best = self._remembered.best_policy
        weights = best.load() if self.config.reset_to == "best" else None
        if weights is not None:
            self._events.append(f"the policy is set back to iteration {best.iteration} (score {best.score:.3f})")
            self._drop_waiting("they were sampled with a policy that is no more")
        reset_reference(self.learner_group, weights)
        self._remembered.record_reset()
        self._reset_reasons.append(reason)

    def _save_before_reset(self, completed: int) -> None:
        """Save a checkpoint that stays; an iteration that has trained counts as completed."""
        path = Path(self._folder) / _BEFORE_RESETS / f"iteration_{completed:06d}"
        counted, self._iteration = self._iteration, completed
        try:
            self._save(path)
        finally:
            self._iteration = counted
        self._events.append(f"checkpoint before the reset: {path}")

    def reset_reference(self) -> None:
        """Reset the reference at the end of the next training step, whatever the triggers say."""
        self._remembered.reset_controller.request()

    @override(Algorithm)
    def restore_env_runners(self, env_runner_group: EnvRunnerGroup) -> list[int]:
        """Bring lost runners back, with the current weights.

        Args:
            env_runner_group: The runners.

        Returns:
            Ids of the runners that came back.
        """
        return self._weights.restore_unhealthy_env_runners()

    @override(Algorithm)
    def step(self) -> dict[str, Any]:
        """Run one iteration; the first one is preceded by an evaluation, as a baseline."""
        self._events, self._warnings, self._reset_reasons = [], [], []
        initial: dict[str, Any] = {}
        if self.iteration == 0 and self.config.evaluation_interval and self.config.evaluate_before_training:
            initial = {f"{EVALUATION_RESULTS}_initial": self.evaluate()}
            self._observe_evaluation(initial[f"{EVALUATION_RESULTS}_initial"], iteration=0)
        results = super().step()
        if EVALUATION_RESULTS in results:
            self._observe_evaluation(results[EVALUATION_RESULTS], iteration=self.iteration + 1)
        return {
            **results,
            **initial,
            "reference_reset_reason": ", ".join(self._reset_reasons),
            "events": "\n".join([*self._losses.take_events(), *self._events]),
            "health_warnings": "\n".join(self._warnings),
            **self._remembered.scores(self.iteration + 1),
        }

    def _observe_evaluation(self, results: dict[str, Any], *, iteration: int) -> None:
        """Take note of an evaluation, unless every verification failed and there is no score."""
        score = results[ENV_RUNNER_RESULTS].get("pass@1")
        if score is not None:
            self._remembered.observe_evaluation(
                score,
                iteration,
                keep=self.config.reset_to == "best",
                weights=lambda: policy_weights(self.learner_group, adapter=self.config.lora is not None),
            )

    @override(Algorithm)
    def evaluate(self, parallel_train_future: Any = None) -> dict[str, Any]:
        """Evaluate on fixed held-out tasks, on the training runners.

        Args:
            parallel_train_future: Unused; part of RLlib's signature.

        Returns:
            `{"env_runners": {"pass@1", "num_tasks", "domains": {...}, ...}, "seconds": ...}`; without "pass@1" if every
            verification failed.
        """
        return evaluate_held_out(self._sampler)

    @classmethod
    @override(Algorithm)
    def _should_create_evaluation_env_runners(cls, eval_config: Any) -> bool:
        """Return False: a second engine for evaluation would only wait."""
        return False

    @override(Algorithm)
    def save_to_path(self, path: str | Path | None = None, **kwargs: Any) -> str:
        """Save a checkpoint that is either whole or not there; delete what `checkpoints_to_keep` lets go beside it.

        Args:
            path: Folder to write; RLlib makes a temporary one if None.
            **kwargs: As RLlib's.

        Returns:
            The path.
        """
        path = tempfile.mkdtemp(prefix="prorl_checkpoint_") if path is None else path
        if is_uri(path):
            return super().save_to_path(path, **kwargs)
        written = self._save(path, **kwargs)
        if keep := self._run_config.checkpoints_to_keep:
            prune(written.parent, run=self._remembered.run, keep=keep, keep_best=self._run_config.keep_best_checkpoint)
        return str(written)

    def _save(self, path: str | Path, **kwargs: Any) -> Path:
        save, iteration = super().save_to_path, self.iteration
        facts = {"run": self._remembered.run, "iteration": iteration, "score": self._remembered.score_of(iteration)}
        return write_checkpoint(path, lambda folder: save(folder, **kwargs), facts)

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
        self._weights.sync()

    @override(Algorithm)
    def get_state(
        self,
        components: str | Collection[str] | None = None,
        *,
        not_components: str | Collection[str] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return RLlib's state and what the driver remembers.

        Args:
            components: As RLlib's.
            not_components: As RLlib's.
            **kwargs: As RLlib's.
        """
        state = super().get_state(components, not_components=not_components, **kwargs)
        return {**state, _STATE: {**self._remembered.get_state(), "sampling": self.config.sampling_settings}}

    @override(Algorithm)
    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state and bring its weights to the runners.

        Args:
            state: What `get_state` returned.
        """
        super().set_state(state)
        if own := state.get(_STATE):
            # The stage comes first: it changes what the other parts are about.
            self._enter_stage(stage_number(self._run_config.training_stages, self.iteration))
            self._remembered.set_state(own)
            if own["sampling"] != self.config.sampling_settings:
                self._drop_waiting("they were sampled under other settings than this config's")
        self._weights.sync()

    @override(Algorithm)
    def get_ctor_args_and_kwargs(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return what rebuilds the algorithm: the run's own config, without what stages changed."""
        return (self._run_config.get_state(),), {}

    @override(Algorithm)
    def cleanup(self) -> None:
        """Stop runners and learners, and close the log of samples."""
        super().cleanup()
        if hasattr(self, "_sample_log"):
            self._sample_log.close()

    def __repr__(self) -> str:
        """Return the name alone: it is the prefix of every line that Ray prints."""
        return "ProRL"
