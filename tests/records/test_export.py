"""Records to take away: five groups, three forms, nothing that a spreadsheet runs, and who took them in the trail."""

import csv
import io
import json
import zipfile

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.db import session as database
from app.errors import NotFound
from app.records import exporting
from app.records.exporting import COLUMNS, TooMuch, as_file, record_of, unit_record
from app.records.models import EntryKind
from tests.people import COMMUNITY, STREET, Cast
from tests.records.support import days_ago, granted, paid, served

GROUPS = ["person", "service", "training", "honours", "evaluation"]


def whole_record(people: Cast) -> exporting.Groups:
    visit = served(people, minutes=42)
    paid(people, visit)
    granted(people, kind=EntryKind.TRAINING, minutes=90, title="=1+1")
    granted(people, minutes=120)
    return record_of([people.volunteer])


def test_the_five_groups_of_the_national_rule_each_have_their_rows(people: Cast) -> None:
    groups = whole_record(people)
    assert list(groups) == GROUPS
    assert [rows[0] for rows in groups.values()] == list(COLUMNS.values())
    assert [len(rows) - 1 for rows in groups.values()] == [1, 1, 1, 1, 1]
    person = dict(zip(groups["person"][0], groups["person"][1], strict=True))
    assert (person["name"], person["service_number"]) == ("李博", f"{COMMUNITY}-00001")
    service = dict(zip(groups["service"][0], groups["service"][1], strict=True))
    assert (service["minutes"], service["proof"], service["state"]) == (42, "door", "confirmed")
    assert str(service["transfer"]).endswith(":post")


def test_a_workbook_has_five_sheets_and_no_formula(people: Cast) -> None:
    body, _media, ending = as_file(whole_record(people), "xlsx")
    book = load_workbook(io.BytesIO(body))
    assert (ending, book.sheetnames) == ("xlsx", GROUPS)
    assert book["training"]["B2"].value == "'=1+1"
    assert book["service"]["H2"].value == 42


def test_tables_are_five_files_in_one_archive(people: Cast) -> None:
    body, _media, ending = as_file(whole_record(people), "csv")
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert (ending, archive.namelist()) == ("zip", [f"{name}.csv" for name in GROUPS])
    rows = list(csv.reader(io.StringIO(archive.read("training.csv").decode("utf-8-sig"))))
    assert rows[1][1] == "'=1+1"


def test_the_document_for_programs_names_every_field(people: Cast) -> None:
    document = json.loads(as_file(whole_record(people), "json")[0])
    assert list(document) == ["format", *GROUPS]
    assert document["honours"][0]["minutes"] == 120


def test_no_elder_is_named_in_a_record_that_is_taken_away(people: Cast) -> None:
    said = as_file(whole_record(people), "json")[0].decode()
    assert all(word not in said for word in (people.chen.name, people.chen.address, people.chen.phone, people.chen.id))


def test_a_units_records_are_bounded_by_days_and_noted_in_the_trail(people: Cast) -> None:
    served(people, ago=3)
    served(people, ago=30)
    groups = unit_record(people.actor(people.lin), COMMUNITY, since=days_ago(10), until=days_ago(0))
    assert (len(groups["person"]), len(groups["service"])) == (3, 2)
    entry = database.scalars(select(AuditEntry).where(AuditEntry.verb == "record.export")).one()
    assert (entry.actor_id, entry.detail["services"], entry.detail["volunteers"]) == (people.lin.id, 1, 2)


def test_nobody_takes_the_records_of_another_place(people: Cast) -> None:
    for person, unit_code in ((people.xu, COMMUNITY), (people.lin, STREET), (people.guo, COMMUNITY)):
        with pytest.raises(NotFound):
            unit_record(people.actor(person), unit_code, since=days_ago(9), until=days_ago(0))


def test_too_much_for_one_file_is_said(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_SERVICES", 1)
    served(people, ago=3)
    served(people, ago=2)
    with pytest.raises(TooMuch):
        unit_record(people.actor(people.lin), COMMUNITY, since=days_ago(9), until=days_ago(0))
