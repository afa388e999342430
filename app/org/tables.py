"""Reading a table that somebody keeps in a spreadsheet: every broken cell is named, nothing else is stored.

A file is UTF-8 (with or without a mark) or GB18030, has a header, and is read whole before anything is changed.
"""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.errors import Invalid

MOST_ROWS = 50_000  # twice the people of the largest city frame
MOST_BYTES = 16 * 1024 * 1024
EARLIEST = date(1900, 1, 1)
WHOLE = re.compile(r"[0-9]{1,9}")
DECIMAL = re.compile(r"-?[0-9]{1,4}(\.[0-9]{1,12})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    BROKEN = "broken"


@dataclass(frozen=True)
class Problem:
    """One thing that cannot be read: its row (the header is row 1; 0 is the file itself), its column, why."""

    row: int
    column: str
    text: Any
    data: dict[str, object] = field(default_factory=dict)
    code: str = ""  # the row's own key

    def sentence(self) -> str:
        """Why, in the reader's language."""
        return str(self.text) % self.data if self.data else str(self.text)


@dataclass
class Line:
    """What became of one row."""

    number: int
    code: str
    name: str
    outcome: Outcome
    remarks: list[Any] = field(default_factory=list)


@dataclass
class Report:
    """What became of a file, row by row."""

    kind: str
    unit_code: str | None = None
    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    dry_run: bool = False

    def count(self, outcome: Outcome | str) -> int:
        """How many rows ended so."""
        return sum(line.outcome == outcome for line in self.lines)

    def problems_of(self, number: int) -> list[Problem]:
        """What is wrong in one row."""
        return [problem for problem in self.problems if problem.row == number]


class BrokenFile(Invalid):
    """A file of which nothing was stored; the report names every broken row."""

    text = _l("Nothing was stored: the file has to be corrected first.")

    def __init__(self, report: Report) -> None:
        super().__init__({"file": str(self.text)})
        self.report = report


class OnlyTried(Exception):
    """The end of a dry run: everything was done and is now taken back; the report says what would happen."""

    def __init__(self, report: Report) -> None:
        super().__init__("dry run")
        self.report = report


class Row:
    """One row of a file: asks for cells by column and notes what cannot be read."""

    def __init__(self, number: int, cells: dict[str, str], problems: list[Problem]) -> None:
        self.number = number
        self.cells = cells
        self._problems = problems
        self.broken = False

    def wrong(self, column: str, text: Any, **data: object) -> None:
        """Note that this cell cannot be used."""
        self.broken = True
        self._problems.append(Problem(self.number, column, text, data, code=self.raw("code")[:40]))

    def raw(self, column: str) -> str:
        """The cell as it stands, trimmed; empty where there is no such column."""
        return self.cells.get(column, "").strip()

    def text(self, column: str, *, longest: int, required: bool = False) -> str:
        """The words of a cell."""
        value = self.raw(column)
        if required and not value:
            self.wrong(column, _l("This must be filled in."))
        if len(value) > longest:
            self.wrong(column, _l("This is longer than %(longest)s characters."), longest=longest)
        return value

    def one_of(self, column: str, known: Collection[str], *, default: str | None = None) -> str:
        """One word of a closed list; `default` stands for an empty cell, which is a problem without one."""
        value = self.raw(column) or (default or "")
        if value not in known:
            self.wrong(column, _l("“%(value)s” is not one of: %(known)s."), value=value, known=", ".join(known))
        return value

    def several_of(self, column: str, known: Collection[str]) -> tuple[str, ...]:
        """Words of a closed list, joined by |."""
        values = self.listed(column)
        for value in values:
            if value not in known:
                self.wrong(column, _l("“%(value)s” is not known here."), value=value)
        return values

    def listed(self, column: str) -> tuple[str, ...]:
        """Words joined by |, each once, in their order."""
        return tuple(dict.fromkeys(word.strip() for word in self.raw(column).split("|") if word.strip()))

    def flag(self, column: str) -> bool:
        """0 or 1; an empty cell is 0."""
        return self.one_of(column, ("0", "1"), default="0") == "1"

    def whole(self, column: str, *, least: int = 0, most: int) -> int | None:
        """A whole number; None where the cell is empty or wrong."""
        return self._parsed(
            column,
            _whole(least, most),
            _l("“%(value)s” is not a whole number from %(least)s to %(most)s."),
            least=least,
            most=most,
        )

    def degrees(self, column: str, most: int) -> float | None:
        """Degrees north or east, WGS-84; None where the cell is empty or wrong."""
        return self._parsed(
            column, _degrees(most), _l("“%(value)s” is not a number of degrees from -%(most)s to %(most)s."), most=most
        )

    def day(self, column: str, *, required: bool = False) -> date | None:
        """A date written 2026-11-25; None where the cell is empty or wrong."""
        if required and not self.raw(column):
            self.wrong(column, _l("This must be filled in."))
        return self._parsed(column, _day, _l("“%(value)s” is not a date. Write it like 2026-11-25."))

    def clock(self, column: str) -> int | None:
        """A time of day written 14:30, in minutes since midnight; None where the cell is empty or wrong."""
        return self._parsed(column, clock_minutes, _l("“%(value)s” is not a time of day. Write it like 14:30."))

    def _parsed(self, column: str, read: Callable[[str], Any], complaint: Any, **data: object) -> Any:
        value = self.raw(column)
        if not value:
            return None
        found = read(value)
        if found is None:
            self.wrong(column, complaint, value=value[:40], **data)
        return found


def _whole(least: int, most: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        return int(text) if WHOLE.fullmatch(text) and least <= int(text) <= most else None

    return read


def _degrees(most: int) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        return float(text) if DECIMAL.fullmatch(text) and -most <= float(text) <= most else None

    return read


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
    return found if found is not None and found >= EARLIEST else None


def clock_minutes(text: str) -> int | None:
    """Minutes since midnight of 14:30 (24:00 is 1440); None for anything else."""
    match = CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        return None
    return hour * 60 + minute


# Files ---------------------------------------------------------------------------------------------------------------


def rows_of(data: bytes, report: Report, *, needed: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a file; what is wrong with the file as a whole is noted in the report, and then there are none."""
    text = _decoded(data, report)
    if text is None:
        return
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=False))
    except csv.Error:
        _about_file(report, 0, "", _l("This file is not a table of comma-separated values (CSV)."))
        return
    header = [name.strip() for name in lines[0]] if lines else []
    if not _is_good_header(header, report, needed, optional):
        return
    filled = [(number, cells) for number, cells in enumerate(lines[1:], 2) if any(cell.strip() for cell in cells)]
    if not filled:
        _about_file(report, 0, "", _l("The file has a header but no rows."))
    if len(filled) > MOST_ROWS:
        _about_file(report, 0, "", _l("The file has more than %(most)s rows. Split it."), most=MOST_ROWS)
        return
    for number, cells in filled:
        row = Row(number, dict(zip(header, cells, strict=False)), report.problems)
        _check_shape(row, cells, len(header))
        yield row


def _decoded(data: bytes, report: Report) -> str | None:
    if not data.strip():
        _about_file(report, 0, "", _l("The file is empty."))
        return None
    if len(data) > MOST_BYTES:
        _about_file(report, 0, "", _l("The file is too large. Split it."))
        return None
    if data[:2] in (b"PK", b"\xd0\xcf"):
        _about_file(report, 0, "", _l("This is a spreadsheet. Save it as CSV (comma separated) and try again."))
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    _about_file(report, 0, "", _l("The letters of this file can't be read. Save it as UTF-8 or GB18030."))
    return None


def _is_good_header(header: list[str], report: Report, needed: Sequence[str], optional: Sequence[str]) -> bool:
    known = [*needed, *optional]
    for name in needed:
        if name not in header:
            _about_file(
                report, 1, name, _l("The header has no such column. It needs: %(columns)s."), columns=",".join(known)
            )
    for name in dict.fromkeys(header):
        if name not in known:
            _about_file(
                report,
                1,
                name[:40],
                _l("The header has a column that this file doesn't take. It takes: %(columns)s."),
                columns=",".join(known),
            )
        if header.count(name) > 1:
            _about_file(report, 1, name[:40], _l("The header has this column twice."))
    return not report.problems


def _check_shape(row: Row, cells: list[str], columns: int) -> None:
    if len(cells) > columns and any(cell.strip() for cell in cells[columns:]):
        row.wrong("", _l("This row has more cells than the header. Put cells with a comma in quotes."))
    for name, cell in row.cells.items():
        if any(ord(c) < 32 and c not in "\r\n\t" for c in cell):
            row.wrong(name, _l("This cell has a character that can't be stored."))


def _about_file(report: Report, row: int, column: str, text: Any, **data: object) -> None:
    report.problems.append(Problem(row, column, text, data))


def unique_code(row: Row, seen: dict[str, int], column: str = "code") -> str:
    """The row's own key, which no other row of the file may have."""
    code = row.text(column, longest=40, required=True)
    if code and code in seen:
        row.wrong(column, _l("“%(code)s” stands in row %(row)s already."), code=code, row=seen[code])
    seen.setdefault(code, row.number)
    return code


def finish(report: Report, *, dry_run: bool) -> Report:
    """The report of a file that was read and stored. Raises BrokenFile or OnlyTried, and nothing is stored."""
    broken = {problem.row: problem.code for problem in report.problems}
    known = {line.number for line in report.lines}
    report.lines += [
        Line(row, code, "", Outcome.BROKEN) for row, code in broken.items() if row > 1 and row not in known
    ]
    report.lines.sort(key=lambda line: line.number)
    for line in report.lines:
        if line.number in broken:
            line.outcome = Outcome.BROKEN
    report.dry_run = dry_run
    if report.problems:
        report.problems.sort(key=lambda problem: problem.row)
        raise BrokenFile(report)
    if dry_run:
        raise OnlyTried(report)
    return report
