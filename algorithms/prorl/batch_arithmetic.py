"""How the batch sizes multiply, in one line."""

from typing import Any


def batch_arithmetic(config: Any) -> str:
    """Write how the batch sizes of a ProRL config multiply.

    Args:
        config: an algorithm's configuration.

    Returns:
        Text such as `256 prompts x 16 = 4096 completions -> 4 optimizer steps of 64 prompts`; empty for an algorithm
        that has no such sizes.
    """
    if not hasattr(config, "prompts_per_optimizer_step"):
        return ""
    prompts, each, group = config.prompts_per_step, config.prompts_per_optimizer_step, config.group_size
    steps = -(-prompts // each)
    plural = "s" if steps > 1 else ""
    return (
        f"Each iteration: {prompts} prompts x {group} = {prompts * group} completions -> "
        f"{steps} optimizer step{plural} of {each} prompts"
    )
