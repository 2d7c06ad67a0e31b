"""Warm start of the quick start: a 0.5 M parameter model that spells backward and adds, right a third of the time.

    rllib train file tuned_examples/warm_start/quickstart.py

Run by itself it leaves a checkpoint; `tuned_examples/prorl/quickstart.py` imports `config` and takes the model from the
cache. The mistakes in the worked solutions make a base that covers the tasks broadly but noisily (the README has its
held-out pass@1), which is what reinforcement learning sharpens fast.
"""

from prorl_rllib.algorithms.warm_start import WarmStartConfig

env_config = {
    "domains": {
        "math": {"datasets": {"sum_chain": {"min_terms": 3, "max_terms": 4, "max_value": 9}}, "size": 100_000},
        "logic": {"datasets": {"spell_backward": {"min_word_len": 3, "max_word_len": 6}}, "size": 100_000},
    },
    "weights": {"math": 0.6, "logic": 0.4},
}

config = (
    WarmStartConfig()
    .environment("prorl_rllib:prorl/Mixture-v0", env_config=env_config)
    .training(num_steps=1400, mistake_rates={"sum_chain": 0.28, "spell_backward": 0.18})
    .debugging(seed=0)
)

stop = {"training_iteration": config.num_steps // config.steps_per_iteration}
