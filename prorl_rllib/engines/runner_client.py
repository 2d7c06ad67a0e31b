"""vLLM's control of the engines during a transfer, on env runners that each have an engine of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from prorl_rllib.engines.actor_calls import Answers
from prorl_rllib.engines.transfer_group import GroupPlan, Round

STEP = "transfer_step"
"""The method of an env runner that takes all steps: the name of the step, and a dict of its arguments."""


class Runners(Protocol):
    """The env runners of a group; `ActorCalls` is one."""

    timeout_s: float

    def call(
        self, method: str, arguments: Mapping[int, tuple[Any, ...]], *, give_up: Callable[[Any], bool] | None = None
    ) -> Answers:
        """Call a method of some of them; see `ActorCalls.call`."""


class TransferBroken(RuntimeError):
    """A member of the group failed, and the others cannot go on without it; the outcome says who and why."""


@dataclass
class Outcome:
    """What came of joining or sending.

    Attributes:
        version: of the weights that were sent; 0 when joining.
        answers: id of the env runner -> its last report, which may tell of a failure.
        lost: id of the env runner -> why its process is no more.
        silent: ids of those that had not answered in time.
        unsent: ids of those that are not known to have failed, but do not hold the weights.
    """

    version: int = 0
    answers: dict[int, Any] = field(default_factory=dict)
    lost: dict[int, str] = field(default_factory=dict)
    silent: tuple[int, ...] = ()
    unsent: tuple[int, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all went well everywhere."""
        return not (self.lost or self.silent or self.unsent or any(failed(report) for report in self.answers.values()))


class RunnerClient:
    """A `VLLMWeightSyncClient` of vLLM: its sender calls the first four methods.

    vLLM's own `RayVLLMWeightSyncClient` waits without a deadline, tells all engines the same rank, and knows no
    versions.

    Attributes:
        on_broken: called when the group cannot go on, from the thread in which that was noticed.
    """

    def __init__(self, runners: Runners, plan: GroupPlan) -> None:
        """Talk to a group.

        Args:
            runners: its env runners.
            plan: their places.
        """
        self._runners, self._plan = runners, plan
        self._alive = set(plan.rank_offsets)
        self._done: set[int] = set()
        self._outcome = Outcome()
        self._round: Round | None = None
        self.on_broken: Callable[[], None] | None = None

    def init_weight_transfer_engine(self, init_info: dict[str, Any]) -> None:
        """Let all engines join.

        Args:
            init_info: what vLLM's sender tells them.

        Raises:
            TransferBroken: if one cannot.
        """
        plan = self._plan
        infos = {
            number: {"init_info": plan.init_info_of(number, init_info), "group": plan.group} for number in self._alive
        }
        self._step("join_weight_transfer", infos, together=True)

    def start_weight_update(self) -> None:
        """Let all engines make ready.

        Raises:
            TransferBroken: if one cannot, and the others cannot go on without it.
        """
        current = self._current()
        self._step_of_all("begin_weight_update", {"version": current.version, "manifest": current.manifest})

    def update_weights(self, update_info: Any) -> None:
        """Let all engines take weights.

        Args:
            update_info: what vLLM's sender tells them.

        Raises:
            TransferBroken: if one cannot, and the others cannot go on without it.
        """
        self._step_of_all("receive_weights", {"update_info": update_info})

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        """Let all engines put the weights in force, and check them by the canary.

        Args:
            weight_version: ignored; the round has a version.

        Raises:
            TransferBroken: if none is left.
        """
        current = self._current()
        arguments = {"number": current.number, "canary": current.canary}
        self._step("end_weight_update", {number: arguments for number in self._alive}, together=False)
        self._done = set(self._alive)

    def begin_round(self, current: Round) -> None:
        """Tell what is sent next.

        Args:
            current: the round.
        """
        self._round, self._outcome, self._done = current, Outcome(version=current.version), set()

    def outcome(self) -> Outcome:
        """What came of the round, or of joining."""
        found = self._outcome
        found.unsent = tuple(sorted(self._alive - self._done)) if self._round is not None else ()
        return found

    @property
    def went_wrong(self) -> bool:
        """Whether a runner failed, which explains what vLLM's sender then raises."""
        found = self._outcome
        return bool(found.lost or found.silent or any(failed(report) for report in found.answers.values()))

    def _current(self) -> Round:
        """The round; a RuntimeError if there is none."""
        if self._round is None:
            raise RuntimeError("weights are sent before begin_round")
        return self._round

    def _step_of_all(self, step: str, arguments: dict[str, Any]) -> None:
        """Take a step with equal arguments. With NCCL the rest of a group cannot go on without a member."""
        self._step(step, {number: arguments for number in self._alive}, together=self._plan.kind != "ipc")

    def _step(self, step: str, arguments: Mapping[int, dict[str, Any]], *, together: bool) -> None:
        """Take a step, and leave out from now on the runners that could not."""
        steps = {number: (step, given) for number, given in arguments.items()}
        found = self._runners.call(STEP, steps, give_up=failed if together else None)
        outcome = self._outcome
        outcome.answers.update(found.answers)
        outcome.lost.update(found.lost)
        outcome.silent = tuple(sorted({*outcome.silent, *found.silent}))
        wrong = {number for number, report in found.answers.items() if failed(report)} | {*found.lost, *found.silent}
        self._alive -= wrong
        if (wrong and together) or not self._alive:
            if self.on_broken is not None:
                self.on_broken()
            raise TransferBroken(f"{step}: the env runners {sorted(wrong)} failed, and the transfer was given up")


def failed(report: Any) -> bool:
    """Tell whether a runner's report (`EngineReport`) is not a good one.

    Args:
        report: what it returned.

    Returns:
        Whether it tells of a failure or a loss.
    """
    return report is not None and (report.failure is not None or report.loss is not None)
