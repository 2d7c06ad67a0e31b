"""Entry point of the `rllib` console script.

Nothing heavy is imported here: the command must be able to say which packages are missing, and Ray reads its
environment variables when it is imported.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from prorl_rllib.cli.quiet import prepare_environment

REQUIRED = ("typer", "rich", "ray", "torch", "transformers", "matplotlib")


def missing_packages(required: Sequence[str] = REQUIRED) -> list[str]:
    """List the packages of the `rllib` extra that are not installed.

    Args:
        required: import names to look for.

    Returns:
        The names that cannot be imported, in the given order.
    """
    return [name for name in required if find_spec(name) is None]


def main() -> None:
    """Run the `rllib` command; exit with code 2 when the packages it needs are not installed, 130 for Ctrl-C."""
    try:
        _run()
    except KeyboardInterrupt:
        # While packages are imported: the command itself reports its interruption.
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)


def _run() -> None:
    """Run the command."""
    missing = missing_packages()
    if missing:
        print(
            f"Error: the rllib command needs packages that are not installed: {', '.join(missing)}.\n"
            "Install them with: pip install '.[rllib]' in a clone of prorl_rllib.",
            file=sys.stderr,
        )
        sys.exit(2)
    prepare_environment()

    from prorl_rllib.cli.app import app

    app(prog_name="rllib")


if __name__ == "__main__":
    main()
