"""Which groups teach something: dynamic sampling's rule."""

from prorl_rllib.algorithms.prorl.training_data import Group
from prorl_rllib.evaluation.episode_facts import has_verdict


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
