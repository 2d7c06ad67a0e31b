"""`rllib doctor`: look at all that a run depends on, and say what is wrong and what to do about it."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from prorl_rllib.cli.console import say
from prorl_rllib.cli.errors import describe

Status = Literal["ok", "warning", "problem"]
STYLES: dict[str, str | None] = {"ok": "green", "warning": "yellow", "problem": "red"}


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        name: what was looked at.
        status: "ok"; "warning" for what works and may surprise, "problem" for what does not work.
        value: what was found.
        advice: what to do; "" if nothing.
    """

    name: str
    status: Status
    value: str
    advice: str = ""


Check = Callable[[], Finding | Iterable[Finding]]


def examine(checks: Sequence[tuple[str, Check]]) -> Iterator[Finding]:
    """Run checks one after the other; one that fails itself is a problem with its reason.

    Args:
        checks: what each looks at, and the function that looks; it returns one finding or several.

    Yields:
        The findings, each as soon as it is there.
    """
    for name, check in checks:
        try:
            found = check()
            findings = [found] if isinstance(found, Finding) else list(found)
        except Exception as error:  # Whatever is broken here is what the user wants to hear of.
            findings = [Finding(name, "problem", f"this could not be looked at: {describe(error).splitlines()[0]}")]
        yield from findings


def all_checks(model: str | None, storage_path: str | None) -> list[tuple[str, Check]]:
    """Return the checks in the order in which they are shown.

    Args:
        model: a folder or Hugging Face id, whose chat template and memory are looked at too; None for none.
        storage_path: where results go; None for the default.
    """
    # Before Ray is imported, which sets variables of its own.
    environment = dict(os.environ)

    from prorl_rllib.cli.doctor import machine, packages, process, sandbox
    from prorl_rllib.cli.doctor import model as model_checks

    about_model: list[tuple[str, Check]] = [
        ("chat template", lambda: model_checks.chat_template(model)),
        ("memory for the model", lambda: model_checks.room(model, storage_path)),
    ]
    return [
        ("packages", packages.versions),
        ("working directory", packages.working_directory),
        ("engine", lambda: model_checks.engine(model)),
        *(about_model if model is not None else []),
        ("sandbox", sandbox.level),
        ("GPUs", machine.gpus),
        ("CPUs", machine.cpus),
        ("memory", machine.memory),
        ("threads", lambda: process.threads(environment)),
        ("storage path", lambda: machine.storage(storage_path)),
        ("warm-start cache", machine.warm_start_cache),
        ("Ray's authentication", lambda: process.authentication(environment)),
        ("environment variables", lambda: process.variables(environment)),
    ]


def diagnose(model: str | None, storage_path: str | None, *, as_json: bool) -> bool:
    """Run all checks and print what they find.

    Args:
        model: see `all_checks`.
        storage_path: see `all_checks`.
        as_json: whether one JSON object is printed instead of lines.

    Returns:
        Whether there is no problem.
    """
    findings = []
    for finding in examine(all_checks(model, storage_path)):
        findings.append(finding)
        if not as_json:
            show(finding)
    counts = {status: sum(finding.status == status for finding in findings) for status in STYLES}
    if as_json:
        record = {"findings": [asdict(finding) for finding in findings], "counts": counts}
        say(json.dumps(record, indent=2))
    else:
        say()
        say(summary(findings))
    return not counts["problem"]


def show(finding: Finding) -> None:
    """Print a finding: one line, and one more for what to do."""
    say(
        f"{finding.status:<8} {finding.name}: {finding.value}",
        None if finding.status == "ok" else STYLES[finding.status],
    )
    if finding.advice:
        say(f"{'':<8} -> {finding.advice}")


def summary(findings: Sequence[Finding]) -> str:
    """Return the last line: how many problems and warnings there are, and of what.

    Args:
        findings: of all checks.
    """
    parts = []
    for status in ("problem", "warning"):
        names = [finding.name for finding in findings if finding.status == status]
        if names:
            parts.append(f"{len(names)} {status}{'s' if len(names) > 1 else ''} ({', '.join(names)})")
    return f"{', '.join(parts)}." if parts else "No problem found."
