"""`rllib train`: trials that run, what is shown of them, and what they leave."""
