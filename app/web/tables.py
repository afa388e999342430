"""Tables that become cards on a phone: shown as blocks they are no tables to some browsers, so each part says its role.

Roles and the heads of the columns are written into the finished rows here, once for every table, so that no page can
forget one. The text is markup already: a "<td" in it comes from a template, never from what somebody typed.
"""

import re

from flask import Flask
from markupsafe import Markup

HEAD = re.compile(r"<thead\b.*?</thead>", re.DOTALL)
COLUMN = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<(td|th)\b([^>]*)>")
GROUP = re.compile(r"<(thead|tbody|tfoot|tr)\b")
SPAN = re.compile(r'\bcolspan="(\d+)"')
TAG = re.compile(r"<[^>]+>")
FOR_READERS = re.compile(r'<span class="vh">.*?</span>', re.DOTALL)
ROLES = {"thead": "rowgroup", "tbody": "rowgroup", "tfoot": "rowgroup", "tr": "row"}


def stacked(rows: Markup) -> Markup:
    """The rows with a role on every part and the head of its column, as data-th, on every cell that has none."""
    text = str(rows)
    head = HEAD.search(text)
    columns = [_words(column) for column in COLUMN.findall(head.group())] if head else []
    text = ROW.sub(lambda row: _row(row.group(), columns), text)
    return Markup(GROUP.sub(lambda part: f'{part.group()} role="{ROLES[part[1]]}"', text))


def _words(column: str) -> str:
    """What a head shows; nothing where it speaks to screen readers alone."""
    return " ".join(TAG.sub("", FOR_READERS.sub("", column)).split()).replace('"', "&#34;")


def _row(row: str, columns: list[str]) -> str:
    at = 0

    def named(cell: re.Match[str]) -> str:
        nonlocal at
        tag, given = cell.groups()
        column, span = columns[at] if at < len(columns) else "", SPAN.search(given)
        at += int(span[1]) if span else 1
        if tag == "th":
            role = "columnheader" if 'scope="col"' in given else "rowheader"
            return f'<th{given} role="{role}">'
        label = "" if "data-th=" in given else f' data-th="{column}"'
        return f'<td{given}{label} role="cell">'

    return CELL.sub(named, row)


def init_app(app: Flask) -> None:
    """Make it a template filter, for the component of tables."""
    app.jinja_env.filters["stacked"] = stacked
