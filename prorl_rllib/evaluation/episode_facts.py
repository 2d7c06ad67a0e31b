"""What a sampled episode says of itself: whether it was judged, whether it is right, and how long it is."""

import math

from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.env_runners import columns
from prorl_rllib.envs import Verdict

# A continuous verifier score counts as solved when it is full.
_FULL_SCORE = 1.0 - 1e-9


def verdict_of(episode: SingleAgentEpisode) -> Verdict | None:
    """Return the verdict of an episode's last answer; environments that are not ours may have none.

    Args:
        episode: A finished episode.
    """
    verdict = episode.get_infos(-1).get(columns.VERDICT)
    return verdict if isinstance(verdict, Verdict) else None


def has_finite_reward(episode: SingleAgentEpisode) -> bool:
    """Return whether an episode's rewards add up to a finite number.

    Args:
        episode: A finished episode.
    """
    return math.isfinite(episode.get_return())


def has_verdict(episode: SingleAgentEpisode) -> bool:
    """Return False where the reward means nothing: the verification failed, or the reward is no finite number.

    Args:
        episode: A finished episode.
    """
    verdict = verdict_of(episode)
    return has_finite_reward(episode) and (verdict is None or verdict.status != "error")


def is_correct(episode: SingleAgentEpisode) -> bool:
    """Return whether the episode earned the full score.

    Args:
        episode: A finished episode.
    """
    return episode.get_return() >= _FULL_SCORE


def completion_length(episode: SingleAgentEpisode) -> int:
    """Return the number of sampled tokens of an episode.

    Args:
        episode: A finished episode.
    """
    return sum(len(episode.get_extra_model_outputs(columns.TOKEN_IDS, turn)) for turn in range(len(episode)))


def is_truncated(episode: SingleAgentEpisode) -> bool:
    """Return whether the last answer ran into the length limit.

    Args:
        episode: A finished episode.
    """
    return episode.get_extra_model_outputs(columns.FINISH_REASON, -1) == "length"


def domain_of(episode: SingleAgentEpisode) -> str:
    """Return the domain in an episode's infos, "default" where there is none.

    Args:
        episode: Any episode.
    """
    return str(episode.get_infos(0).get(columns.DOMAIN, "default"))
