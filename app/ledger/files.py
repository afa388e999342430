"""A passbook as a file to take away."""

import csv
import io
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from app.ledger.queries import Line

COLUMNS = ("line", "time", "kind", "minutes", "stored_after", "item", "visit", "words", "corrects", "corrected_by")


def as_csv(lines: Iterable[Line], *, zone: str) -> str:
    """The lines, newest first, as UTF-8 CSV with a byte order mark (spreadsheets open it right); times in `zone`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        at = line.at.astimezone(ZoneInfo(zone)).isoformat(sep=" ", timespec="minutes")
        writer.writerow([
            line.uid, at, str(line.kind), line.change, line.balance, line.item_code or "", line.visit_id or "",
            _harmless(line.text), line.reverses_uid or "", line.reversed_by_uid or "",
        ])  # fmt: skip
    return "\ufeff" + out.getvalue()


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
