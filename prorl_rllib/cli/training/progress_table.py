"""The progress of a run as lines of text: which columns, and how each number is written."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prorl_rllib.cli.experiment.stop_metrics import cannot_end, missing_metrics
from prorl_rllib.cli.metrics import Result, is_prorl, num_tasks, number, pass_at_1


@dataclass(frozen=True)
class Column:
    """One column of the progress table.

    Attributes:
        title: heading.
        width: characters, at least.
        text: turns an iteration's result into the cell.
    """

    title: str
    width: int
    text: Callable[[Result], str]


def figure(value: float | None, form: str = ".3f") -> str:
    """Write a number, or "-" where there is none."""
    return "-" if value is None or math.isnan(value) else format(value, form)


def duration(seconds: float | None) -> str:
    """Write a length of time, such as `45s`, `3m05s` or `2h10m`; "-" for None."""
    if seconds is None or not math.isfinite(seconds):
        return "-"
    total = max(0, round(seconds))
    if total < 60:
        return f"{total}s"
    if total < 3600:
        return f"{total // 60}m{total % 60:02d}s"
    return f"{total // 3600}h{total % 3600 // 60:02d}m"


def seconds_left(result: Result, stop: Mapping[str, Any]) -> float | None:
    """Estimate when the stop criteria on iterations and time will be met.

    Args:
        result: the newest iteration's result.
        stop: the run's stop criteria.

    Returns:
        Seconds, the smaller of both estimates; None without such a criterion.
    """
    iteration, elapsed = number(result, "training_iteration"), number(result, "time_total_s")
    estimates = []
    if iteration and elapsed is not None and "training_iteration" in stop:
        estimates.append((stop["training_iteration"] - iteration) * elapsed / iteration)
    if elapsed is not None and "time_total_s" in stop:
        estimates.append(stop["time_total_s"] - elapsed)
    return max(0.0, min(estimates)) if estimates else None


def _metric(path: str, form: str) -> Callable[[Result], str]:
    """Make a cell of the number at `path`."""
    return lambda result: figure(number(result, path), form)


def _domain_cell(domain: str) -> Callable[[Result], str]:
    """Make a cell "reward/accuracy" of a domain."""
    where = f"env_runners/domains/{domain}"

    def text(result: Result) -> str:
        """Write the cell."""
        reward, accuracy = number(result, f"{where}/reward_mean"), number(result, f"{where}/accuracy")
        return f"{figure(reward, '.2f')}/{figure(accuracy, '.2f')}"

    return text


def _kept_groups(result: Result) -> str:
    """Write the groups kept of those sampled."""
    kept, sampled = number(result, "prorl/groups_kept"), number(result, "prorl/groups_sampled")
    return f"{figure(kept, '.0f')}/{figure(sampled, '.0f')}"


def _prorl_columns(names: Sequence[str]) -> list[Column]:
    """Choose the columns of a ProRL run."""
    policy = "learners/default_policy"
    return [
        Column("reward", 6, _metric("env_runners/episode_return_mean", ".3f")),
        *(Column(name, max(9, len(name)), _domain_cell(name)) for name in names),
        Column("kl", 7, _metric(f"{policy}/kl", ".4f")),
        Column("entropy", 7, _metric(f"{policy}/entropy", ".3f")),
        Column("tokens", 6, _metric("env_runners/completion_tokens_mean", ".1f")),
        Column("trunc", 6, _metric("env_runners/truncated_share", ".1%")),
        Column("kept", 9, _kept_groups),
        Column("resets", 6, _metric("prorl/reference_resets", ".0f")),
        Column("tok/s", 6, _metric("prorl/tokens_per_s", ".0f")),
    ]


def progress_columns(result: Result, stop: Mapping[str, Any], names: Sequence[str]) -> list[Column]:
    """Choose the columns that fit an algorithm's results.

    Args:
        result: an iteration's result.
        stop: the run's stop criteria.
        names: domains to show.

    Returns:
        ProRL's columns for a run of ProRL, otherwise iteration, mean return and time.
    """
    last = stop.get("training_iteration")

    def iteration(row: Result) -> str:
        """Write "i/N", or "i" where no last iteration is known."""
        done = figure(number(row, "training_iteration"), ".0f")
        return f"{done}/{last}" if last else done

    if is_prorl(result):
        middle = _prorl_columns(names)
    else:
        middle = [Column("return", 9, _metric("env_runners/episode_return_mean", ".2f"))]
    return [
        Column("iter", max(4, 2 * len(str(last or "")) + 1), iteration),
        *middle,
        Column("time", 6, lambda row: duration(number(row, "time_total_s"))),
        Column("left", 6, lambda row: duration(seconds_left(row, stop))),
    ]


def header_line(columns: list[Column]) -> str:
    """Write the headings."""
    return "  ".join(column.title.rjust(column.width) for column in columns)


def value_line(columns: list[Column], result: Result) -> str:
    """Write one iteration."""
    return "  ".join(column.text(result).rjust(column.width) for column in columns)


def legend(names: Sequence[str]) -> str:
    """Explain the columns that need it; empty when there is no domain to show."""
    if not names:
        return ""
    return f"{', '.join(names)}: mean reward/accuracy; kept: groups with signal of those sampled"


def evaluation_line(result: Result, evaluation: str) -> str:
    """Write a held-out evaluation.

    Args:
        result: an iteration's result.
        evaluation: `evaluation`, or `evaluation_initial` for the one before training.

    Returns:
        Text such as `held-out pass@1 0.412 of 256 tasks (logic 0.470, math 0.353)`; empty when there was none.
    """
    shares = pass_at_1(result, evaluation)
    if not shares:
        return ""
    each = ", ".join(f"{name} {figure(value)}" for name, value in shares.items() if name != "all")
    tasks = figure(num_tasks(result, evaluation).get("all"), ".0f")
    return f"held-out pass@1 {figure(shares['all'])} of {tasks} tasks" + (f" ({each})" if each else "")


def _count(value: float, noun: str) -> str:
    """Write a count with its noun, such as `1 prompt` or `2 prompts`."""
    return f"{value:.0f} {noun}{'' if value == 1 else 's'}"


def trouble_lines(result: Result) -> list[str]:
    """Write what was left out of an iteration's learning, and what the health monitor warns of.

    Args:
        result: an iteration's result.

    Returns:
        A line each for optimizer steps skipped, prompts too long and each warning; none where there were none.
    """
    lines = [f"warning: {line}" for line in _lines(result, "health_warnings")]
    if (skipped := number(result, "learners/default_policy/skipped_steps") or 0) > 0:
        lines.append(f"{_count(skipped, 'optimizer step')} skipped: the gradient was not finite")
    if (too_long := number(result, "prorl/prompts_too_long") or 0) > 0:
        room = "lower generation(max_completion_length=...)"
        lines.append(f"{_count(too_long, 'prompt')} left out, too long for the context beside an answer: {room}")
    return lines


def event_lines(result: Result) -> list[str]:
    """Write what happened in an iteration: a stage that began, a difficulty that moved, groups that wait."""
    return _lines(result, "events")


def _lines(result: Result, key: str) -> list[str]:
    """Split a text of the result into lines."""
    return [line for line in str(result.get(key) or "").split("\n") if line]


def unknown_stop_line(stop: Mapping[str, Any], result: Result) -> str:
    """Say which stop metrics the first result lacks, since the run would never meet them.

    Args:
        stop: the run's stop criteria.
        result: the first iteration's result. Metrics of an evaluation may come later.

    Returns:
        A line, or an empty text if all are there, or none is, which ends the run.
    """
    missing = missing_metrics(stop, result)
    if not missing or cannot_end(stop, missing):
        return ""
    names = ", ".join(f"{name!r}{hint}" for name, hint in missing.items())
    return f"no such metric to stop at: {names}; the run goes on until another criterion is met, or Ctrl-C"


def lacks_signal(result: Result) -> bool:
    """Whether all of an iteration's groups were without signal: each had equal scores, so nothing was learned."""
    return number(result, "prorl/groups_kept") == 0


def reset_line(result: Result) -> str:
    """Write that the reference was reset in this iteration, and why; empty when it was not."""
    if not number(result, "prorl/reference_reset"):
        return ""
    return f"reference reset: {result.get('reference_reset_reason') or 'no reason given'}"
