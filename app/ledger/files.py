"""Tables to take away as files: one writer that escapes for all, and the passbook as one of its tables."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from app.ledger.line_queries import Line

COLUMNS = ("line", "time", "kind", "minutes", "stored_after", "item", "visit", "words", "corrects", "corrected_by")
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


Row = Iterable[str | int | None]


def as_csv(lines: Iterable[Line], *, zone: str) -> str:
    """A passbook's lines, newest first, as a table; times in `zone`."""
    return csv_of(_rows(lines, zone))


def as_xlsx(lines: Iterable[Line], *, zone: str) -> bytes:
    """The same table as a workbook; minutes are numbers."""
    return xlsx_of(_rows(lines, zone), widths={"A": 40, "B": 18, "F": 20, "H": 40})


def csv_of(rows: Iterable[Row]) -> str:
    """Any table, its headings first, as UTF-8 CSV with a byte order mark (spreadsheets open it right)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows(_safe(rows))
    return "\ufeff" + out.getvalue()


def xlsx_of(rows: Iterable[Row], *, widths: Mapping[str, int] | None = None) -> bytes:
    """The same as a workbook: numbers are numbers, the headings bold and always in sight; `widths` by column letter."""
    from openpyxl import Workbook  # takes a while to load: only a workbook pays it
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in _safe(rows):
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column, width in (widths or {}).items():
        sheet.column_dimensions[column].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook_of(sheets: Mapping[str, Iterable[Row]]) -> bytes:
    """Several tables as one workbook, a sheet each by its title."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in _safe(rows):
            sheet.append(row)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(rows: Iterable[Row]) -> Iterator[list[str | int]]:
    """Every text harmless, nothing left empty by None."""
    for row in rows:
        yield [_harmless(cell) if isinstance(cell, str) else "" if cell is None else cell for cell in row]


def _rows(lines: Iterable[Line], zone: str) -> Iterator[tuple[str | int, ...]]:
    yield COLUMNS
    for line in lines:
        at = line.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
        yield (
            line.uid, at, str(line.kind), line.change, line.balance, line.item_code or "", line.visit_id or "",
            line.text, line.reverses_uid or "", line.reversed_by_uid or "",
        )  # fmt: skip


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula; some read the wide forms of Chinese keyboards as signs too."""
    return f"'{text}" if text.lstrip().startswith(FORMULA_SIGNS) or text[:1] in ("\t", "\r", "\n") else text
