"""A passbook as a file to take away."""

import csv
import io
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from app.ledger.line_queries import Line

COLUMNS = ("line", "time", "kind", "minutes", "stored_after", "item", "visit", "words", "corrects", "corrected_by")
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def as_csv(lines: Iterable[Line], *, zone: str) -> str:
    """The lines, newest first, as UTF-8 CSV with a byte order mark (spreadsheets open it right); times in `zone`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows(_rows(lines, zone))
    return "\ufeff" + out.getvalue()


def as_xlsx(lines: Iterable[Line], *, zone: str) -> bytes:
    """The same table as a workbook; minutes are numbers."""
    from openpyxl import Workbook  # takes a while to load: only a workbook pays it
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in _rows(lines, zone):
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column, width in {"A": 40, "B": 18, "F": 20, "H": 40}.items():
        sheet.column_dimensions[column].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(lines: Iterable[Line], zone: str) -> Iterator[tuple[str | int, ...]]:
    yield COLUMNS
    for line in lines:
        at = line.at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
        yield (
            line.uid, at, str(line.kind), line.change, line.balance, line.item_code or "", line.visit_id or "",
            _harmless(line.text), line.reverses_uid or "", line.reversed_by_uid or "",
        )  # fmt: skip


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula; some read the wide forms of Chinese keyboards as signs too."""
    return f"'{text}" if text.lstrip().startswith(FORMULA_SIGNS) or text[:1] in ("\t", "\r", "\n") else text
