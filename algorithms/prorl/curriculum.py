"""Difficulty that follows the success rate: a pure state machine, one level a data set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from prorl_rllib.envs.settings import did_you_mean
from prorl_rllib.envs.task_source import DifficultyRange


@dataclass(frozen=True)
class CurriculumSettings:
    """How the difficulty follows the success rate.

    Attributes:
        target_low: Success rate, in [0, 1], below which a data set gets easier by one level.
        target_high: Success rate, in [0, 1], above which it gets harder by one level.
        window: Newest completions at a level that its success rate is measured over; nothing moves before there are
            as many.
        difficulty: Domain or "<domain>/<data set>" -> lowest and highest level, within the environment's range.
    """

    target_low: float
    target_high: float
    window: int
    difficulty: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Outcome:
    """What became of one group: its data set, "<domain>/<data set>", completions and how many got the full score."""

    dataset: str
    completions: int
    successes: int


class Curriculum:
    """The level of each data set and the outcomes it is judged by.

    It sees outcomes in submission order and moves levels between rollout batches only, so that it does not depend on
    the number of env runners.

    Args:
        settings: Targets and window.
        ranges: What the environment offers; a data set begins at its configured difficulty.

    Raises:
        ValueError: if the environment has nothing of several difficulties, or the settings name what it has not.
    """

    def __init__(self, settings: CurriculumSettings, ranges: Mapping[str, DifficultyRange]) -> None:
        if not ranges:
            raise ValueError(
                "curriculum(enabled=True) needs generated tasks of several difficulties, and this environment has "
                "none: set curriculum(enabled=False), or take an environment such as prorl/Math-v0."
            )
        self._settings = settings
        self._bounds = _bounds(settings.difficulty, ranges)
        self._levels = {
            name: min(max(given.configured, self._bounds[name][0]), self._bounds[name][1])
            for name, given in sorted(ranges.items())
        }
        self._outcomes: dict[str, list[tuple[int, int]]] = {name: [] for name in self._levels}

    @property
    def levels(self) -> dict[str, int]:
        """Level by data set, sorted by name (a copy)."""
        return dict(self._levels)

    def observe(self, outcomes: Iterable[Outcome]) -> dict[str, int]:
        """Take note of the groups sampled at the present levels, then move the levels that are due.

        Args:
            outcomes: In submission order; those of other data sets are passed over.

        Returns:
            The new level of each data set that moved.
        """
        for outcome in outcomes:
            if outcome.dataset in self._outcomes and outcome.completions:
                self._outcomes[outcome.dataset].append((outcome.successes, outcome.completions))
        before = self.levels
        for name in self._levels:
            self._move(name)
        return {name: level for name, level in self._levels.items() if level != before[name]}

    def _move(self, name: str) -> None:
        """Cut the window of one data set; step its level when the window is full and its rate off target."""
        window = self._outcomes[name]
        while sum(count for _, count in window[1:]) >= self._settings.window:
            del window[0]
        completions = sum(count for _, count in window)
        if completions < self._settings.window:
            return
        rate = sum(successes for successes, _ in window) / completions
        low, high = self._bounds[name]
        step = (rate > self._settings.target_high) - (rate < self._settings.target_low)
        level = min(max(self._levels[name] + step, low), high)
        if level != self._levels[name]:
            self._levels[name] = level
            window.clear()

    def get_state(self) -> dict[str, Any]:
        """Return levels and windows."""
        return {"levels": self.levels, "outcomes": {name: list(window) for name, window in self._outcomes.items()}}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over levels and windows of the data sets that are still there.

        Args:
            state: What `get_state` returned.
        """
        for name in self._levels:
            if name in state["levels"]:
                low, high = self._bounds[name]
                self._levels[name] = min(max(state["levels"][name], low), high)
                self._outcomes[name] = [tuple(pair) for pair in state["outcomes"][name]]


def _bounds(wanted: Mapping[str, tuple[int, int]], ranges: Mapping[str, DifficultyRange]) -> dict[str, tuple[int, int]]:
    """Return the lowest and highest level of each data set; what is wanted of a data set precedes its domain's."""
    known = set(ranges) | {name.partition("/")[0] for name in ranges}
    for key in wanted:
        if key not in known:
            raise ValueError(
                f"curriculum(difficulty=...) names {key!r}{did_you_mean(key, known)}, which this environment does not "
                f"have; it has {', '.join(sorted(known))}."
            )
    return {name: _bound(name, wanted, given) for name, given in ranges.items()}


def _bound(name: str, wanted: Mapping[str, tuple[int, int]], given: DifficultyRange) -> tuple[int, int]:
    domain = name.partition("/")[0]
    low, high = wanted.get(name, wanted.get(domain, (given.low, given.high)))
    if not given.low <= low <= high <= given.high:
        raise ValueError(
            f"curriculum(difficulty=...) gives {name!r} the levels {low}..{high}: they must lie within "
            f"{given.low}..{given.high}."
        )
    return low, high
