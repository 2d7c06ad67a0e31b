"""What a reader of the report has to know, as sentences."""

from collections.abc import Iterator, Mapping, Sequence

from prorl_rllib.evaluation.boundary.family_novelty import ANSWERS_PER_TASK
from prorl_rllib.evaluation.boundary.model_samples import ModelSamples
from prorl_rllib.evaluation.boundary.models import prompts_differ
from prorl_rllib.evaluation.boundary.novelty import LENGTHS, Reference
from prorl_rllib.evaluation.boundary.report import FamilyReport, ModelFacts, Role, Settings

Families = Sequence[Mapping[Role, ModelSamples]]


def notes(
    models: Mapping[Role, ModelFacts],
    settings: Settings,
    reports: Sequence[FamilyReport],
    families: Families,
    corpus: Reference | None,
) -> Iterator[str]:
    """Write the notes of a report.

    Args:
        models: What is compared.
        settings: How.
        reports: Of each family.
        families: Samples of each family.
        corpus: What answers were compared with; None for none.

    Yields:
        One or two sentences each.
    """
    yield from _on_models(models, families)
    yield from _on_left_out(reports, families)
    yield (
        f"Intervals are at {100 * settings.interval_level:g}%, over tasks: BCa bootstrap with {settings.resamples} "
        "resamples, paired by task for differences; Clopper-Pearson for the share of tasks solved, and where all tasks "
        "have the same value. They say what other tasks of the same kind would have given, and not what another "
        "training would have."
    )
    if settings.boundary_k != 128:
        yield f"K is {settings.boundary_k}; the paper's boundary is pass@128 from 256 samples."
    yield (
        f"The entropy is estimated from the sampled tokens, under the distribution they were sampled from: after "
        f"temperature {settings.temperature:g} and top_p {settings.top_p:g}, and so lower than the model's own."
    )
    yield (
        "Gain against base strength from all samples is biased below 0 by regression to the mean; the version split in "
        "half takes strength and gain from different samples of the base, and is the one to go by."
    )
    if any(figures.novelty for report in reports for figures in report.models.values()):
        yield from _on_novelty(corpus)


def _on_models(models: Mapping[Role, ModelFacts], families: Families) -> Iterator[str]:
    """Say where models are not the same but for their weights."""
    for role, facts in models.items():
        if role == "base":
            continue
        if facts.weights_sha256 == models["base"].weights_sha256:
            yield f"The {role} model has the weights of the base."
        parts = [
            name
            for name, same in (("tokenizer", facts.same_tokenizer), ("chat template", facts.same_chat_template))
            if same is False
        ]
        unknown = facts.same_tokenizer is None or facts.same_chat_template is None
        if not parts and unknown and any(prompts_differ(samples, role) for samples in families):
            parts = ["tokenizer or chat template"]
        if parts:
            yield (
                f"The {role} model's {' and '.join(parts)} differs from the base's: they are compared on text, and "
                "numbers of tokens and nats a token cannot be compared."
            )


def _on_left_out(reports: Sequence[FamilyReport], families: Families) -> Iterator[str]:
    """Say which tasks and samples are in no figure."""
    for report, samples in zip(reports, families, strict=True):
        asked = int(samples["base"].header["num_prompts"])
        if left_out := asked - report.num_tasks:
            yield (
                f"{report.name}: {left_out} of {asked} tasks are left out: they do not fit a model's context, or all "
                "samples of a model failed in verification."
            )
        failed = {role: figures.num_failed for role, figures in report.models.items() if figures.num_failed}
        if failed:
            counts = ", ".join(f"{count} of {role}" for role, count in failed.items())
            yield f"{report.name}: the verification of samples failed ({counts}); they are in no figure."


def _on_novelty(corpus: Reference | None) -> Iterator[str]:
    """Say what the novelty is, and what it is not."""
    yield (
        "Novelty: L-uniqueness is the share of an answer's words that are in no run of at least L words that the "
        "reference holds too; the index is "
        f"its sum over L = {LENGTHS[0]}..{LENGTHS[-1]}, in [0, {len(LENGTHS)}]. Words "
        "are runs of letters and digits, and other characters alone; case does not count. Answers of fewer than "
        f"{LENGTHS[-1]} words are left out. It is not the paper's creativity index, whose formula and corpus (DOLMA) "
        "are not reproduced: compare its figures with each other only."
    )
    yield (
        f"The base's own answers as a reference: of each task, up to {ANSWERS_PER_TASK} answers with an even "
        "sample_index are compared with the base's answers with an odd one, so that none is compared with itself."
    )
    if corpus is not None:
        yield f"The corpus has {corpus.num_documents} documents and {corpus.num_words} words."
