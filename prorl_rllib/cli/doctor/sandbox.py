"""What `rllib doctor` looks at in the sandbox: the isolation that programs of a model run in."""

from prorl_rllib.cli.doctor.diagnosis import Finding
from prorl_rllib.envs.sandbox import isolation_levels

WEAK = "rlimit"
"""The level below which there is none, and which does not hide the machine from a program."""
REMOTE = "remote"


def level() -> Finding:
    """Try each level with a real program."""
    return describe_levels(isolation_levels())


def describe_levels(reasons: dict[str, str]) -> Finding:
    """Say which level is used and what a stronger one lacks.

    Args:
        reasons: level -> "" if it is usable, else why not; strongest first.
    """
    usable = [name for name, reason in reasons.items() if not reason]
    if not usable:
        tried = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        return Finding(
            "sandbox",
            "problem",
            f"none works, so that the code domain cannot be used ({tried})",
            "install the package bubblewrap, or set sandbox_url in env_config",
        )
    taken = usable[0]
    stronger = [name for name in reasons if name != REMOTE][: list(reasons).index(taken)]
    missing = "; ".join(f"{name} would be stronger: {reasons[name]}" for name in stronger)
    return Finding("sandbox", "warning" if taken == WEAK else "ok", taken, missing)
