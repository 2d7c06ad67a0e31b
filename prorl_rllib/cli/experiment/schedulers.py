"""Schedulers of Ray Tune by name, as `--scheduler` and YAML experiments give them."""

import inspect
from collections.abc import Mapping
from typing import Any

from ray.tune.error import TuneError
from ray.tune.schedulers import SCHEDULER_IMPORT, TrialScheduler

from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.envs.settings import did_you_mean

SHORT_NAMES = {"asha": "asynchyperband"}


def make_scheduler(name: str, settings: Mapping[str, Any], where: str) -> TrialScheduler:
    """Make a scheduler.

    Args:
        name: such as "fifo", "asha" or "pbt", in small or capital letters.
        settings: arguments of its class.
        where: what the name was read from, for the message.

    Raises:
        CommandError: if there is no such scheduler, or it does not take the settings.
    """
    known = {**SCHEDULER_IMPORT, **{short: SCHEDULER_IMPORT[long] for short, long in SHORT_NAMES.items()}}
    if name.lower() not in known:
        raise CommandError(
            f"{where}: there is no scheduler {name!r}{did_you_mean(name.lower(), known)}. Schedulers: "
            f"{', '.join(sorted(known))}."
        )
    found = known[name.lower()]
    try:
        # Some are behind a function that imports what they need.
        scheduler_class = found() if inspect.isfunction(found) else found
        _check_arguments(scheduler_class, settings, where)
        return scheduler_class(**settings)
    except (TypeError, ValueError, AssertionError, ImportError, RuntimeError, TuneError) as error:
        raise CommandError(f"{where}: the scheduler {name!r} cannot be made. {describe(error)}") from error


def _check_arguments(scheduler_class: type, settings: Mapping[str, Any], where: str) -> None:
    """Refuse arguments that the scheduler does not have; Tune itself would leave them out without a word."""
    parameters = sorted(inspect.signature(scheduler_class).parameters)
    for key in settings:
        if key not in parameters:
            raise CommandError(
                f"{where}: the scheduler {scheduler_class.__name__} has no setting {key!r}"
                f"{did_you_mean(key, parameters)}. Settings: {', '.join(parameters)}."
            )
