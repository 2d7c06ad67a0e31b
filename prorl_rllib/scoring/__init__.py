"""Verdicts on responses without a training: rows of a file or a Ray Data set, and a service over HTTP.

Names are imported on first use (PEP 562): the client and the rows need neither ray nor torch.
"""

from typing import TYPE_CHECKING

from prorl_rllib.lazy_names import import_on_first_use

if TYPE_CHECKING:
    from prorl_rllib.scoring.client import ScoringClient, ScoringServiceError
    from prorl_rllib.scoring.data_stage import score_dataset
    from prorl_rllib.scoring.scorer import ScoredRow, score_rows
    from prorl_rllib.scoring.settings import ScoringSettings

_HOME = {
    "ScoredRow": "scorer",
    "ScoringClient": "client",
    "ScoringServiceError": "client",
    "ScoringSettings": "settings",
    "score_dataset": "data_stage",
    "score_rows": "scorer",
}
"""Public name -> the module of this package that defines it."""

__all__ = ["ScoredRow", "ScoringClient", "ScoringServiceError", "ScoringSettings", "score_dataset", "score_rows"]


__getattr__ = import_on_first_use(__name__, _HOME)
