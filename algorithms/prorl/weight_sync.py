"""Bring the learner's weights to every env runner, and know for sure that they are there."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ray.rllib.core.learner.learner_group import LearnerGroup
from ray.rllib.env.env_runner_group import EnvRunnerGroup

from prorl_rllib.algorithms.prorl.engine_losses import EngineLosses
from prorl_rllib.algorithms.prorl.learner_calls import on_every_learner, publish_policy
from prorl_rllib.algorithms.prorl.outgoing_policy import outgoing_policy
from prorl_rllib.algorithms.prorl.runner_calls import (
    RunnerAnswers,
    call_runners,
    end_runners,
    progress_lines,
    raise_construction_error,
    runner_ids,
)
from prorl_rllib.engines.errors import EngineStartError
from prorl_rllib.engines.weight_transfer import make_weight_transfer

# Beyond an engine's own deadline, so that its own error, which says more, comes first.
_SLACK_S = 30.0


class WeightSync:
    """Syncs weights by a call that waits, and starts the engines that they go to.

    RLlib's own sync may drop one that comes before the last was acknowledged, and training would go on stale. Here
    each sync has a number, and a runner that holds another one's weights, having been lost, or none, gets the present.

    Args:
        learner_group: Where the weights are.
        env_runner_group: Where they go.
        config: The run's `ProRLConfig`.
        losses: Where engines that are lost on the way are noted.

    Attributes:
        version: Version of the weights that were sent last; each update raises it.
    """

    def __init__(
        self, learner_group: LearnerGroup, env_runner_group: EnvRunnerGroup, config: Any, losses: EngineLosses
    ) -> None:
        self._learner_group, self._env_runner_group, self._config = learner_group, env_runner_group, config
        self._losses = losses
        self._transfer = make_weight_transfer(
            config.weight_transfer,
            call_learners=partial(on_every_learner, learner_group),
            outgoing=outgoing_policy,
            timeout_s=config.weight_sync_timeout_s,
        )
        self._state: Any = None
        self._number = 0
        self.version = 0

    def sync(self) -> None:
        """Send the present weights to all runners and wait until they are there.

        Raises:
            CanaryError: if an engine computes with other weights afterwards.
            EngineStartError: if an engine did not start.
            TimeoutError: if the weights had not arrived in time.
        """
        self._state = None  # before the next ones are made: the object store then holds one set of weights
        in_store = self._env_runner_group.num_remote_env_runners() > 0
        if self._transfer is not None:
            self._send_between_gpus()
            return
        self.version, self._state = publish_policy(self._learner_group, in_object_store=in_store)
        self._number += 1
        self._bring(runner_ids(self._env_runner_group))
        if not in_store:
            self._state = None

    def restore_unhealthy_env_runners(self) -> list[int]:
        """Bring back the runners whose loss was noticed, if there are any.

        Returns:
            Their ids.

        Raises:
            Exception: as `restore_lost_env_runners` does.
        """
        group = self._env_runner_group
        healthy = set(group.healthy_env_runner_ids())
        if len(healthy) < group.num_remote_env_runners():
            self.restore_lost_env_runners()
        restored = sorted(set(group.healthy_env_runner_ids()) - healthy)
        self._losses.note_return(restored)
        return restored

    def restore_lost_env_runners(self) -> None:
        """Bring lost runners back, and the present weights to those that do not hold them.

        A runner that Ray restarted unnoticed counts as healthy, but has no weights yet.

        Raises:
            Exception: as `sync` does, or what the constructor of a runner raised that was started again.
        """
        group, probe_s = self._env_runner_group, self._config.env_runner_health_probe_timeout_s
        if group.num_remote_env_runners() == 0:
            if self._lagging():
                self.sync()
            return
        group.probe_unhealthy_env_runners()
        if not group.healthy_env_runner_ids():
            raise_construction_error(group, probe_s)
        self._bring(self._lagging())

    def sleep_engines(self) -> None:
        """Let all engines give their GPU memory back until the next sync."""
        ids = runner_ids(self._env_runner_group)
        self._take(self._call("sleep_engine", {number: {} for number in ids}, self._config.weight_sync_timeout_s))

    def _send_between_gpus(self) -> None:
        """Send the present weights from GPU to GPU; runners that were left behind get them by the object store."""
        assert self._transfer is not None
        self._number += 1
        manager = self._env_runner_group._worker_manager
        actors = manager.actors()
        started = self._start(runner_ids(self._env_runner_group))
        outcome = self._transfer.send({number: actors[number] for number in started}, self._number)
        for number in outcome.lost:
            manager.set_actor_state(number, healthy=False)
        # One that waits in NCCL for a member that is gone answers nothing: its process has to end.
        end_runners(self._env_runner_group, outcome.silent, restart=True)
        silent = {number: f"env runner {number} did not answer in a weight transfer" for number in outcome.silent}
        self._losses.note([*outcome.lost.values(), *silent.values()])
        self._take(RunnerAnswers(outcome.answers))
        if outcome.version:  # 0 where the group did not come together
            self.version = outcome.version
        if outcome.unsent:
            self._bring(outcome.unsent)

    def _lagging(self) -> list[int]:
        """The runners that do not hold the present weights."""
        arguments: dict[int, dict[str, Any]] = {number: {} for number in runner_ids(self._env_runner_group)}
        found = self._call("held_sync", arguments, self._config.env_runner_health_probe_timeout_s)
        return [number for number, held in found.answers.items() if held != self._number]

    def _bring(self, ids: Sequence[int]) -> None:
        """Start the engines of some runners where need be, and load the present weights into them."""
        started = self._start(ids)
        limit = self._config.weight_sync_timeout_s
        if self._state is None and started:
            in_store = self._env_runner_group.num_remote_env_runners() > 0
            self.version, self._state = publish_policy(self._learner_group, in_object_store=in_store)
        arguments = {number: {"state": self._state, "number": self._number} for number in started}
        loaded = self._call("sync", arguments, limit)
        if loaded.silent:
            raise TimeoutError(
                f"the weights of version {self.version} had not arrived at the env runners {list(loaded.silent)} after "
                f"{limit:g} s: raise generation(weight_sync_timeout_s=...), or look why they are slow."
            )
        self._take(loaded)

    def _start(self, ids: Sequence[int]) -> list[int]:
        """Start engines; returns the ids of the runners whose engine runs."""
        limit = self._config.engine_start_timeout_s + _SLACK_S
        with progress_lines(f"the engines of {len(ids)} env runners", limit):
            started = self._call("start_engine", {number: {} for number in ids}, limit)
        if started.silent:
            end_runners(self._env_runner_group, started.silent, restart=False)
            raise EngineStartError(
                f"the engines of the env runners {list(started.silent)} had not started after {limit:g} s "
                "(generation(engine_start_timeout_s=...) and 30 s): raise it, or look why they are slow; with "
                "engine_in_own_process=True the error shows what the engine wrote last."
            )
        if self._number > 1:
            started = self._without_failed_restarts(started)
        self._take(started)
        return [number for number, report in started.answers.items() if report.loss is None]

    def _without_failed_restarts(self, started: RunnerAnswers) -> RunnerAnswers:
        """Note engines that ran before and did not start again as lost: what the old one held may still be in use."""
        failed = {
            number: report.failure.text
            for number, report in started.answers.items()
            if report.failure is not None and report.failure.kind == EngineStartError.__name__
        }
        self._losses.note(f"env runner {number}: {text}" for number, text in failed.items())
        answers = {number: report for number, report in started.answers.items() if number not in failed}
        return replace(started, answers=answers)

    def _call(self, method: str, arguments: dict[int, dict[str, Any]], timeout_s: float) -> RunnerAnswers:
        found = call_runners(self._env_runner_group, method, arguments, timeout_s)
        self._losses.note(found.lost.values())
        return found

    def _take(self, found: RunnerAnswers) -> None:
        """Raise what no repetition would mend, and note the engines that were lost."""
        for report in found.answers.values():
            if report.failure is not None:
                raise report.failure.rebuild()
        note_losses(self._env_runner_group, found, self._losses)


def note_losses(group: EnvRunnerGroup, found: RunnerAnswers, losses: EngineLosses) -> None:
    """Note the engines that runners reported as lost, and end the runners whose process is lost with its engine.

    Args:
        group: The runners.
        found: Their reports.
        losses: Where to note it.

    Raises:
        EngineDeadError: if there were too many losses in a row.
    """
    lost = {number: report.loss for number, report in found.answers.items() if report.loss is not None}
    end_runners(group, [number for number, loss in lost.items() if loss.spoils_process], restart=True)
    losses.note(f"env runner {number}: {loss.text}" for number, loss in lost.items())
