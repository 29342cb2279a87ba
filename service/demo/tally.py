"""What became of everything that was delivered: the reports of all files, added up."""

from collections import Counter
from dataclasses import dataclass, field

from consumers.reports import PARTS, FileReport, Part, StatementReport


@dataclass(slots=True)
class Intake:
    """The sum of all file reports, by unit where it is bank money."""

    message_files: int = 0
    bank_files: int = 0
    refused_files: list[FileReport] = field(default_factory=list)
    same_files: int = 0
    messages: Counter[str] = field(default_factory=Counter)
    units: dict[str, dict[str, Part]] = field(default_factory=dict)
    accounts: dict[str, dict[str, Part]] = field(default_factory=dict)  # of the bank
    advice_files: int = 0
    notices: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    does_not_add_up: list[str] = field(default_factory=list)

    def add(self, report: FileReport) -> None:
        """Count one file."""
        if report.refusal is not None:
            self.refused_files.append(report)
        elif report.statements:
            self.bank_files += 1
        elif report.advices or report.returned is not None:
            self.advice_files += 1
        else:
            self.message_files += 1
        self.same_files += report.same_file
        self.problems += [f"{report.file}: {problem}" for problem in report.problems]
        self.notices += [f"{report.file}: {notice}" for notice in report.notices]
        self.messages.update(report.messages)
        for statement in report.statements:
            for kept, key in ((self.units, statement.unit), (self.accounts, statement.account)):
                _add(kept.setdefault(key, {name: Part() for name in PARTS}), statement)
            if not statement.adds_up():
                self.does_not_add_up.append(report.file)

    def total(self, part: str) -> Part:
        """One part of the lines of all units."""
        found = [parts[part] for parts in self.units.values()]
        return Part(sum(one.lines for one in found), sum(one.amount_minor for one in found))


def _add(parts: dict[str, Part], statement: StatementReport) -> None:
    for name in PARTS:
        part: Part = getattr(statement, name)
        parts[name].lines += part.lines
        parts[name].amount_minor += part.amount_minor
