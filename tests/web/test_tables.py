"""Tables that become cards on a phone: every part says its role, every cell the head of its column."""

import re

import pytest
from flask import Flask, render_template_string
from markupsafe import Markup

from app.web.tables import stacked
from tests.house.source import ROOT, files

HEAD = '<thead><tr><th scope="col">Who</th><th scope="col" class="n">Much</th><th scope="col">Said</th></tr></thead>'
CALL = re.compile(r"\{%-?\s*call\s+table\((?P<how>.*?)\)\s*-?%\}(?P<rows>.*?)\{%-?\s*endcall", re.DOTALL)
WIDE = 6  # columns that no phone of 360 px shows beside each other


def of(rows: str) -> str:
    return str(stacked(Markup(f"{HEAD}<tbody>{rows}</tbody>")))


def test_every_part_says_its_role() -> None:
    text = of('<tr><th scope="row">Bo</th><td class="n">3</td><td>yes</td></tr>')
    assert text.count('role="rowgroup"') == text.count('role="row"') == 2
    assert text.count('role="columnheader"') == 3
    assert '<th scope="row" role="rowheader">Bo</th>' in text


def test_every_cell_is_named_by_its_column() -> None:
    text = of('<tr><th scope="row">Bo</th><td class="n">3</td><td>yes</td></tr>')
    assert '<td class="n" data-th="Much" role="cell">3</td><td data-th="Said" role="cell">yes</td>' in text


def test_a_cell_over_two_columns_counts_twice() -> None:
    text = of('<tr><td colspan="2">nothing</td><td>yes</td></tr>')
    assert '<td colspan="2" data-th="Who" role="cell">nothing</td><td data-th="Said" role="cell">yes</td>' in text


def test_a_name_given_by_the_page_stays() -> None:
    assert '<td data-th="Own" role="cell">' in of('<tr><th scope="row">Bo</th><td data-th="Own">3</td></tr>')


@pytest.mark.parametrize(
    ("head", "name"),
    [("<b>A</b> B", "A B"), ('<span class="vh">Change</span>', ""), ('so "called"', "so &#34;called&#34;")],
)
def test_a_name_is_what_the_head_shows(head: str, name: str) -> None:
    rows = f'<thead><tr><th scope="col">{head}</th></tr></thead><tbody><tr><td>1</td></tr></tbody>'
    assert f'<td data-th="{name}" role="cell">1</td>' in stacked(Markup(rows))


def test_what_somebody_typed_stays_text(app: Flask) -> None:
    page = """{% from "components/lists.html" import table %}{% call table(caption="T", stack=true) %}
        <thead><tr><th scope="col">A</th></tr></thead><tbody><tr><td>{{ typed }}</td></tr></tbody>{% endcall %}"""
    with app.test_request_context("/"):
        text = render_template_string(page, typed="<td>x</td><tr>")
    assert '<td data-th="A" role="cell">&lt;td&gt;x&lt;/td&gt;&lt;tr&gt;</td>' in text
    assert '<table role="table">' in text


def tables() -> list[tuple[str, str, str]]:
    """Each table of the templates: where it stands, how it is called, and its rows."""
    return [
        (str(path.relative_to(ROOT)), found["how"], found["rows"])
        for path in files("app/templates", ending=".html")
        if path.parent.name != "components"
        for found in CALL.finditer(path.read_text(encoding="utf-8"))
    ]


def columns(rows: str) -> int:
    return rows.count('scope="col"')


def test_cells_of_cards_have_a_column_to_be_named_by() -> None:
    wrong = [
        f"{where}: the table {how} has no head of columns"
        for where, how, rows in tables()
        if "stack=true" in how and not columns(rows.partition("</thead>")[0])
    ]
    assert not wrong, "\n".join(wrong)


def test_wide_tables_are_cards_on_a_phone() -> None:
    wrong = [
        f"{where}: the table {how} has {columns(rows)} columns and is no card on a phone: stack=true"
        for where, how, rows in tables()
        if columns(rows) >= WIDE and "stack=true" not in how
    ]
    assert not wrong, "\n".join(wrong)
