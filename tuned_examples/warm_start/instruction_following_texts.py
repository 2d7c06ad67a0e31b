"""Warm start of `prorl/instruction_following_texts`: a tiny model that follows instructions when it thinks of them.

    rllib train file tuned_examples/warm_start/instruction_following_texts.py

The texts are the shortest that do what is asked; each instruction is forgotten with the probability `mistake_rate`.

The base (seed 0) answers 0.31 of the held-out tasks right, and 0.68 of them at least once in eight tries: it knows how,
and slips, which is what reinforcement learning sharpens.
"""

from prorl_rllib.algorithms.warm_start import WarmStartConfig

env_config = {
    "datasets": {
        "composed": {
            "instructions": [
                "keywords:existence",
                "detectable_format:title",
                "detectable_format:number_bullet_lists",
                "detectable_content:number_placeholders",
                "detectable_content:postscript",
                "startend:quotation",
            ],
            "min_instructions": 2,
            "max_instructions": 2,
            "tightness": 1,
        }
    },
    "size": 100_000,
}

config = (
    WarmStartConfig()
    .environment("prorl_rllib:prorl/InstructionFollowing-v0", env_config=env_config)
    .model_architecture(hidden_size=64, num_layers=2, num_heads=2, intermediate_size=256, max_position_embeddings=256)
    .vocabulary(vocabulary_prompts=500, min_fragment_share=0.02)
    .training(num_steps=700, batch_size=32, mistake_rate=0.3)
    .debugging(seed=0)
)

stop = {"training_iteration": config.num_steps // config.steps_per_iteration}
