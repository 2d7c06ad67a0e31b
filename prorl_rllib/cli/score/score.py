"""`rllib score`: read, score, write, count."""

import logging
import math
import time

from ray.exceptions import RayError

from prorl_rllib.cli.cluster import ClusterOptions, ray_cluster
from prorl_rllib.cli.console import say
from prorl_rllib.cli.errors import FAILURE, CommandError, root_cause
from prorl_rllib.cli.score.options import ScoreOptions
from prorl_rllib.cli.score.output import WholeFile
from prorl_rllib.cli.score.tally import ScoreTally, number_of_rows
from prorl_rllib.scoring.row_files import scored_lines

PROGRESS_S = 10.0
"""Seconds between lines that say how far it is."""


def score(options: ScoreOptions, cluster: ClusterOptions, verbosity: int) -> None:
    """Score the rows of a file and write them with their verdicts.

    Args:
        options: what is scored, and where it is written.
        cluster: which Ray.
        verbosity: number of `-v`.

    Raises:
        CommandError: if a file cannot be read or written to its end, or no row has a reward.
    """
    started = time.monotonic()
    tally = ScoreTally()
    with ray_cluster(cluster, verbosity):
        if not verbosity:
            logging.getLogger("ray.data").setLevel(logging.ERROR)
        try:
            _score(options, tally)
        except RayError as error:
            raise CommandError(f"Scoring failed; nothing was written. {root_cause(error)}", FAILURE) from error
        except OSError as error:
            raise CommandError(f"The verdicts could not be written: {error}.", FAILURE) from error
    tally.show()
    say(f"{number_of_rows(tally.rows)} in {time.monotonic() - started:.1f} s: {options.out}")
    if tally.rejected:
        say(f"Rejected rows, with line and reason: {options.rejected}")
    if not tally.judged:
        raise CommandError("No row got a reward; the counts above say why.", FAILURE)


def _score(options: ScoreOptions, tally: ScoreTally) -> None:
    """Write each row to its file, and count it."""
    said = math.inf
    with (
        WholeFile(options.out, keep_empty=True) as out,
        WholeFile(options.rejected, keep_empty=False) as rejected,
    ):
        for line in scored_lines(options.source, options.settings):
            (out if line.rejected is None else rejected).write(line.line)
            tally.add(line)
            said = min(said, time.monotonic())
            if time.monotonic() - said >= PROGRESS_S:
                said = time.monotonic()
                say(number_of_rows(tally.rows))
