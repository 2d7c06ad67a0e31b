"""Which groups teach something: dynamic sampling's rule."""

import math

from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.algorithms.prorl.training_data import Group
from prorl_rllib.env_runners import columns
from prorl_rllib.envs import Verdict


def has_verdict(episode: SingleAgentEpisode) -> bool:
    """Return False where the reward means nothing: the verification failed, or the reward is no finite number.

    Args:
        episode: A finished episode.
    """
    verdict = verdict_of(episode)
    return has_finite_reward(episode) and (verdict is None or verdict.status != "error")


def has_finite_reward(episode: SingleAgentEpisode) -> bool:
    """Return whether an episode's rewards add up to a finite number.

    Args:
        episode: A finished episode.
    """
    return math.isfinite(episode.get_return())


def verdict_of(episode: SingleAgentEpisode) -> Verdict | None:
    """Return the verdict of an episode's last answer; environments that are not ours may have none.

    Args:
        episode: A finished episode.
    """
    verdict = episode.get_infos(-1).get(columns.VERDICT)
    return verdict if isinstance(verdict, Verdict) else None


def drop_failed_verifications(groups: list[Group]) -> list[Group]:
    """Take episodes without a verdict out of their groups, and groups of which fewer than two are left.

    Args:
        groups: Sampled groups.
    """
    kept = [[episode for episode in group if has_verdict(episode)] for group in groups]
    return [group for group in kept if len(group) >= 2]


def has_signal(group: Group) -> bool:
    """Return whether the raw verifier scores of a group differ; equal ones have no group-relative advantage.

    ProRL (arXiv 2505.24864), section 2.3, after DAPO: prompts that are always or never solved are left out.

    Args:
        group: Episodes of one prompt.
    """
    returns = [episode.get_return() for episode in group]
    return max(returns) - min(returns) > 1e-8
