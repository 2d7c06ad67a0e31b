"""What a scoring came to, in numbers."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from prorl_rllib.cli.console import say
from prorl_rllib.cli.tables import show_table
from prorl_rllib.scoring.row_files import ScoredLine

STATUSES = ("scored", "unparseable", "timeout", "error")


def number_of_rows(count: int) -> str:
    """Return a number of rows in words, such as "1 row"."""
    return f"{count} row" if count == 1 else f"{count} rows"


@dataclass
class DomainTally:
    """One domain: verdicts by status, and the sum of the rewards of those that have one."""

    statuses: Counter[str] = field(default_factory=Counter)
    reward_sum: float = 0.0

    @property
    def judged(self) -> int:
        """Verdicts that have a reward."""
        return self.statuses.total() - self.statuses["error"]


@dataclass
class ScoreTally:
    """Verdicts by domain, rejected rows by reason."""

    domains: dict[str, DomainTally] = field(default_factory=lambda: defaultdict(DomainTally))
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def rows(self) -> int:
        """Rows so far."""
        return sum(domain.statuses.total() for domain in self.domains.values()) + self.rejected.total()

    @property
    def judged(self) -> int:
        """Rows that have a reward."""
        return sum(domain.judged for domain in self.domains.values())

    def add(self, line: ScoredLine) -> None:
        """Count a row.

        Args:
            line: of it.
        """
        if line.rejected is not None:
            self.rejected[line.rejected] += 1
            return
        domain = self.domains[line.domain or ""]
        domain.statuses[line.status or ""] += 1
        domain.reward_sum += line.reward or 0.0

    def show(self) -> None:
        """Print the table of the domains, and the rejected rows."""
        rows = [
            (
                name,
                f"{domain.statuses.total()}",
                f"{domain.reward_sum / domain.judged:.4f}" if domain.judged else "-",
                *(f"{domain.statuses[status]}" for status in STATUSES),
            )
            for name, domain in sorted(self.domains.items())
        ]
        if rows:
            show_table("Verdicts", ("Domain", "Responses", "Mean reward", *STATUSES), rows)
        for reason, count in self.rejected.most_common():
            say(f"rejected: {number_of_rows(count)}: {reason}")
