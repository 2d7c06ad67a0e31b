"""The quick start for sweeps: half its batch, on one core, so that two trials run at a time on two cores."""

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.tuned_examples.prorl.quickstart import config as quickstart_config


def one_core_config() -> ProRLConfig:
    """Return a copy of the quick start's config with 32 prompts a step, one process and one thread a trial."""
    return (
        quickstart_config.copy(copy_frozen=False)
        .training(prompts_per_step=32, prompts_per_optimizer_step=16, num_threads_per_learner=1)
        # A sweep makes many checkpoints; those before resets are for runs that one looks into.
        .reference_reset(checkpoint_before=False)
        .evaluation(evaluation_interval=10, evaluation_duration=250)
        .env_runners(num_env_runners=0)
        .resources(num_cpus_for_main_process=1)
    )
