"""What a learner sends to the engines when weights go from GPU to GPU."""

from typing import Any

from prorl_rllib.algorithms.prorl.policy_canary import policy_canary
from prorl_rllib.engines.weight_sender import OutgoingPolicy


def outgoing_policy(learner: Any) -> OutgoingPolicy:
    """Return the policy of a learner, as it samples; called on every learner.

    Args:
        learner: A `ProRLTorchLearner`.
    """
    module = learner.policy_module()
    return OutgoingPolicy(learner._weights_seq_no, module.policy_weights(), policy_canary(module.lm))
