"""`rllib boundary`: sample each model on each family, compare, write the report."""

from collections.abc import Mapping

import prorl_rllib.algorithms  # noqa: F401 - registers ProRL with Ray and mutes its notices
from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.cli.boundary.families import sample_path
from prorl_rllib.cli.boundary.models import Source, completion_length, find_models
from prorl_rllib.cli.boundary.options import BoundaryOptions
from prorl_rllib.cli.boundary.out_folder import SAMPLES, claimed_folder
from prorl_rllib.cli.boundary.summary import show_summary
from prorl_rllib.cli.console import say
from prorl_rllib.cli.errors import FAILURE, CommandError, describe, reason
from prorl_rllib.cli.evaluate.env import make_held_out_env
from prorl_rllib.cli.evaluate.language_model import evaluate_language_model
from prorl_rllib.cli.evaluate.open_model import OpenModel
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.cli.experiment.experiment_file import load_experiment
from prorl_rllib.cli.quiet import mute_loggers
from prorl_rllib.cli.termination import sigterm_interrupts
from prorl_rllib.evaluation.boundary.compare import CompareSettings, VerificationsFailedError, compare
from prorl_rllib.evaluation.boundary.family import Family
from prorl_rllib.evaluation.boundary.render import MARKDOWN, PAGE, render_report
from prorl_rllib.evaluation.boundary.report import BoundaryReport, Role

REPORT = "report.json"


def boundary(options: BoundaryOptions, file: str | None, verbosity: int) -> None:
    """Compare models and write the report.

    Args:
        options: of the command line.
        file: the experiment the models were trained with, executed first for what it registers; None for none.
        verbosity: number of `-v`.

    Raises:
        CommandError: with code 2 for a wrong model, family or option, or samples that do not fit each other; with
            code 1 if sampling or too many verifications fail.
    """
    mute_loggers(verbosity)
    if file is not None:
        load_experiment(file)
    models = find_models(options.models, file)
    _check_environments(options)
    with sigterm_interrupts(), claimed_folder(options.out):
        evaluations = _evaluations(models, options)
        _remove_replaced(options)
        _sample_all(models, evaluations, options)
        _report(options)


def _check_environments(options: BoundaryOptions) -> None:
    """Make each family's environment once: what is wrong with the last one is to be said before hours of sampling."""
    for name, family in options.families.items():
        try:
            made, _ = make_held_out_env(family.env, {}, family.env_config, ProRLConfig())
        except CommandError as error:
            raise CommandError(f"Family {name}: {error.message}", error.exit_code) from error
        made.close()


def _evaluations(models: Mapping[Role, Source], options: BoundaryOptions) -> dict[tuple[Role, str], EvaluateOptions]:
    """Return the options of each evaluation, by role and family: a wrong file is found before any is sampled."""
    length = options.sampling.get("max_completion_length")
    if length is None:
        first = next(iter(options.families))
        length = completion_length(models["trained"], options.evaluation("trained", first, 1))
    return {(role, name): options.evaluation(role, name, length) for role in models for name in options.families}


def _remove_replaced(options: BoundaryOptions) -> None:
    """Remove what `--overwrite` replaces, all at once: what is left, a later `--resume` would take for this call's."""
    if not options.overwrite:
        return
    samples = [sample_path(options.out, role, name) for role in options.models for name in options.families]
    for path in (*samples, *(options.out / name for name in (REPORT, MARKDOWN, PAGE))):
        path.unlink(missing_ok=True)


def _sample_all(
    models: Mapping[Role, Source], evaluations: Mapping[tuple[Role, str], EvaluateOptions], options: BoundaryOptions
) -> None:
    """Sample every model on every family, or keep what there is."""
    number = 0
    try:
        for role, source in models.items():
            with OpenModel(source) as model:
                for name in options.families:
                    number += 1
                    say(f"\n[{number}/{len(evaluations)}] {role} model, family {name}", "bold")
                    evaluate_language_model(model, evaluations[role, name])
    except KeyboardInterrupt:
        say(_how_to_go_on(options), "yellow")
        raise
    except CommandError as error:
        if error.exit_code == FAILURE:
            raise CommandError(f"{error.message}\n{_how_to_go_on(options)}", FAILURE) from error
        raise


def _how_to_go_on(options: BoundaryOptions) -> str:
    """Say what is kept."""
    how = "with --resume in place of --overwrite" if options.overwrite else "with --resume"
    return f"Samples so far are kept in {options.out / SAMPLES}: the same command {how} goes on."


def _report(options: BoundaryOptions) -> None:
    """Compare, write and show."""
    say("\nComparing the models", "bold")
    report = _compare(options)
    path = options.out / REPORT
    try:
        path.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
        written = [path, *render_report(report, options.out)]
    except (OSError, ValueError) as error:
        raise CommandError(f"The report could not be written to {options.out}. {describe(error)}", FAILURE) from error
    show_summary(report)
    say("Report: " + ", ".join(str(each) for each in written if each.suffix != ".png"))


def _compare(options: BoundaryOptions) -> BoundaryReport:
    """Compare the samples."""
    families = [
        Family(
            name=name,
            files={role: sample_path(options.out, role, name) for role in options.models},
            training=family.training,
            difficulty=family.difficulty,
            finished=True,
        )
        for name, family in options.families.items()
    ]
    settings = CompareSettings(
        ks=options.ks,
        boundary_k=options.boundary_k,
        tolerance=options.tolerance,
        novelty=options.novelty,
        corpus=options.corpus,
        labels=options.labels,
    )
    try:
        return compare(families, settings)
    except (OSError, ValueError) as error:
        code = {"exit_code": FAILURE} if isinstance(error, VerificationsFailedError) else {}
        raise CommandError(f"The samples in {options.out} give no report. {reason(error)}", **code) from error
