"""What the policy says of a few known tokens, for engines to be compared with."""

import numpy as np
import torch
from transformers import PreTrainedModel

from prorl_rllib.engines.canary import Canary, make_canary_token_ids
from prorl_rllib.rl_modules.sharding import end_pass_without_gradient

_LENGTH = 16


@torch.no_grad()
def policy_canary(lm: PreTrainedModel) -> Canary:
    """Score known tokens under the policy, as it samples: without dropout, at temperature 1.

    All learners call it together where the policy is sharded.

    Args:
        lm: The policy, with its adapter if it has one; it is left as it is.

    Raises:
        RuntimeError: if the log-probabilities are no finite numbers.
    """
    text = lm.config.get_text_config()
    length = min(_LENGTH, text.max_position_embeddings - 1)
    token_ids = make_canary_token_ids(text.vocab_size, length)
    training = lm.training
    lm.eval()
    try:
        tokens = torch.tensor([token_ids], device=next(lm.parameters()).device)
        logits = lm(input_ids=tokens, use_cache=False).logits[0, :-1].float()
        end_pass_without_gradient(lm)
    finally:
        lm.train(training)
    logprobs = logits.log_softmax(dim=-1).gather(1, tokens[0, 1:, None]).squeeze(1).cpu().numpy()
    if not np.isfinite(logprobs).all():
        raise RuntimeError(
            "the policy's log-probabilities are not finite numbers: training has diverged. Restore an earlier "
            "checkpoint, and lower the key lr or grad_clip."
        )
    return Canary(token_ids, logprobs.astype(np.float32))
