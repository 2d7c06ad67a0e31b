"""Keys under which an episode carries tokens, next to RLlib's own columns."""

# extra_model_outputs, one entry a turn.
TOKEN_IDS = "token_ids"
LOGPROBS = "logprobs"
FINISH_REASON = "finish_reason"
WEIGHTS_VERSION = "weights_version"

# infos. The first belongs to each observation: its tokens, as the model saw them.
OBSERVATION_TOKEN_IDS = "observation_token_ids"
GROUP_ID = "group_id"
DOMAIN = "domain"
DATASET = "dataset"
TASK_ID = "task_id"
VERDICT = "verdict"
ISOLATION_LEVEL = "isolation_level"

# The state that a sync brings to env runners, next to RLlib's own keys.
CANARY = "canary"
