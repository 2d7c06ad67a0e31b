"""What a batch of episodes looked like, in numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.algorithms.prorl.curriculum import Outcome
from prorl_rllib.algorithms.prorl.signal import has_signal
from prorl_rllib.algorithms.prorl.training_data import Group
from prorl_rllib.env_runners import columns
from prorl_rllib.evaluation.episode_facts import (
    completion_length,
    domain_of,
    has_finite_reward,
    has_verdict,
    is_correct,
    is_truncated,
    verdict_of,
)
from prorl_rllib.evaluation.pass_at_k import pass_at_k


def _status_share(episodes: list[SingleAgentEpisode], status: str) -> float:
    """Return the share of episodes whose last verdict has a status; episodes without a verdict have none."""
    verdicts = map(verdict_of, episodes)
    return _mean(verdict is not None and verdict.status == status for verdict in verdicts)


def rollout_metrics(episodes: list[SingleAgentEpisode]) -> dict[str, Any]:
    """Summarise sampled episodes.

    Args:
        episodes: Finished episodes, failed verifications included; at least one.

    Returns:
        `num_episodes`, `completion_tokens_mean`, shares in [0, 1] of truncated, unparseable, timed-out and failed
        verifications, and of rewards that are no finite number; and, over the episodes that have a verdict,
        `episode_return_mean` and reward and accuracy by domain, with the weakest level at which programs were isolated
        where a domain runs programs.
    """
    metrics: dict[str, Any] = {
        "num_episodes": len(episodes),
        "completion_tokens_mean": _mean(map(completion_length, episodes)),
        "truncated_share": _mean(map(is_truncated, episodes)),
        "unparseable_share": _status_share(episodes, "unparseable"),
        "verifier_timeout_share": _status_share(episodes, "timeout"),
        "verifier_error_share": _status_share(episodes, "error"),
        "nonfinite_reward_share": _mean(not has_finite_reward(episode) for episode in episodes),
    }
    judged = [episode for episode in episodes if has_verdict(episode)]
    if judged:
        metrics["episode_return_mean"] = _mean(episode.get_return() for episode in judged)
    metrics["domains"] = {
        domain: {
            "reward_mean": _mean(episode.get_return() for episode in members),
            "accuracy": _mean(map(is_correct, members)),
            **_isolation(members),
        }
        for domain, members in by_domain(judged).items()
    }
    return metrics


def group_metrics(sampled: list[Group], judged: list[Group]) -> dict[str, Any]:
    """Summarise groups.

    Args:
        sampled: Groups as they were sampled; at least one.
        judged: Groups with at least two verdicts, without the episodes that have none.

    Returns:
        `duplicate_share`, the share of completions that repeat another of their group, token by token; and, where there
        are such groups, `zero_variance_share`, the share of groups without signal, over all and by domain.
    """
    metrics: dict[str, Any] = {"duplicate_share": _mean(map(_duplicate_share, sampled))}
    if judged:
        metrics["zero_variance_share"] = _mean(not has_signal(group) for group in judged)
    by_name: dict[str, list[Group]] = {}
    for group in judged:
        by_name.setdefault(domain_of(group[0]), []).append(group)
    metrics["domains"] = {
        domain: {"zero_variance_share": _mean(not has_signal(group) for group in members)}
        for domain, members in sorted(by_name.items())
    }
    return metrics


def _duplicate_share(group: Group) -> float:
    distinct = {tuple(tuple(e.get_extra_model_outputs(columns.TOKEN_IDS, t)) for t in range(len(e))) for e in group}
    return 1.0 - len(distinct) / len(group)


def outcomes(groups: list[Group]) -> list[Outcome]:
    """Return what the curriculum has to know of groups.

    Args:
        groups: Groups with at least two verdicts, in submission order.
    """
    return [
        Outcome(
            dataset=f"{domain_of(group[0])}/{group[0].get_infos(0).get(columns.DATASET, '')}",
            completions=len(group),
            successes=sum(map(is_correct, group)),
        )
        for group in groups
    ]


def _isolation(episodes: list[SingleAgentEpisode]) -> dict[str, int]:
    """Return `isolation_level`, the weakest among the episodes, for a domain whose infos state one."""
    levels = [info[columns.ISOLATION_LEVEL] for e in episodes if columns.ISOLATION_LEVEL in (info := e.get_infos(0))]
    return {"isolation_level": min(levels)} if levels else {}


def evaluation_metrics(episodes: list[SingleAgentEpisode]) -> dict[str, Any]:
    """Compute pass@k on held-out tasks, over all and by domain.

    Args:
        episodes: Finished episodes, failed verifications included.

    Returns:
        `num_tasks` and `verifier_error_share`; and, over the episodes that have a verdict, `pass@1`,
        `episode_return_mean`, `completion_tokens_mean`, `truncated_share`, and `pass@1` and `num_tasks` by domain;
        where tasks have several answers also `pass@2`, `pass@4` and so on up to their number, by the unbiased estimate.
    """
    judged = [episode for episode in episodes if has_verdict(episode)]
    metrics: dict[str, Any] = {
        "num_tasks": _num_tasks(judged),
        "verifier_error_share": _status_share(episodes, "error"),
    }
    if not judged:
        return metrics
    return {
        **metrics,
        **_pass_at(judged),
        "episode_return_mean": _mean(episode.get_return() for episode in judged),
        "completion_tokens_mean": _mean(map(completion_length, judged)),
        "truncated_share": _mean(map(is_truncated, judged)),
        "domains": {
            domain: {**_pass_at(members), "num_tasks": _num_tasks(members)}
            for domain, members in by_domain(judged).items()
        },
    }


def _pass_at(episodes: list[SingleAgentEpisode]) -> dict[str, float]:
    """Compute pass@1, the share of right answers, and pass@2, pass@4, ... over the tasks with so many answers."""
    outcomes: dict[str, list[bool]] = {}
    for episode in episodes:
        outcomes.setdefault(episode.get_infos(0)[columns.GROUP_ID], []).append(is_correct(episode))
    pass_at, k = {"pass@1": _mean(map(is_correct, episodes))}, 2
    while enough := [group for group in outcomes.values() if len(group) >= k]:
        pass_at[f"pass@{k}"] = _mean(pass_at_k([len(group) for group in enough], [sum(group) for group in enough], k))
        k *= 2
    return pass_at


def by_domain(episodes: list[SingleAgentEpisode]) -> dict[str, list[SingleAgentEpisode]]:
    """Sort episodes by the domain in their infos; environments that name none go under "default".

    Args:
        episodes: Any episodes.
    """
    domains: dict[str, list[SingleAgentEpisode]] = {}
    for episode in episodes:
        domains.setdefault(domain_of(episode), []).append(episode)
    return dict(sorted(domains.items()))


def _num_tasks(episodes: list[SingleAgentEpisode]) -> int:
    """Count distinct tasks; environments that name none have one a group."""
    return len({e.get_infos(0).get(columns.TASK_ID, e.get_infos(0)[columns.GROUP_ID]) for e in episodes})


def _mean(values: Iterable[Any]) -> float:
    return float(np.mean([float(value) for value in values]))
