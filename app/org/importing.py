"""The organisation from a file of official codes: city, district, street and community in each row."""

from flask_babel import lazy_gettext as _l

from app.access.actor import Actor
from app.audit.service import record
from app.org.models import OrgUnit, UnitLevel
from app.org.queries import find_unit
from app.org.service import add_unit
from app.org.tables import Line, Outcome, Report, Row, finish, rows_of, unique_code

NEEDED = (
    "code", "official_name", "short_name", "street_code", "street_name", "district_code", "district_name",
    "city_code", "city_name",
)  # fmt: skip
OPTIONAL = ("kind", "province_name")
PATH = (
    (UnitLevel.CITY, "city_code", "city_name"),
    (UnitLevel.DISTRICT, "district_code", "district_name"),
    (UnitLevel.STREET, "street_code", "street_name"),
)
LONGEST_CODE = 17  # a grid's code has three digits more and must fit


def import_units(actor: Actor, data: bytes, *, dry_run: bool = False) -> Report:
    """The report of a file in the columns of admin/communities.csv. Raises BrokenFile or OnlyTried."""
    report = Report("org")
    seen: dict[str, int] = {}
    for row in rows_of(data, report, needed=NEEDED, optional=OPTIONAL):
        _read(row, report, seen)
    record(actor, "org.import", "org:file", detail={"rows": len(report.lines)})
    return finish(report, dry_run=dry_run)


def _read(row: Row, report: Report, seen: dict[str, int]) -> None:
    code = unique_code(row, seen)
    name = row.text("short_name", longest=80, required=True)
    official = row.text("official_name", longest=120)
    _check_code(row, "code", code)
    parent: str | None = None
    for level, code_column, name_column in PATH:
        unit_code, unit_name = (
            row.text(code_column, longest=20, required=True),
            row.text(name_column, longest=80, required=True),
        )
        _check_code(row, code_column, unit_code)
        if row.broken:
            return
        _unit(row, code_column, unit_code, parent, level, unit_name)
        parent = unit_code
    if not row.broken:
        there = _unit(row, "code", code, parent, UnitLevel.COMMUNITY, name, official)
        report.lines.append(Line(row.number, code, name, there))


def _check_code(row: Row, column: str, code: str) -> None:
    if code and not (code.isascii() and code.isalnum() and len(code) <= LONGEST_CODE):
        row.wrong(
            column,
            _l("“%(code)s” is not the code of a unit: only digits, at most %(most)s."),
            code=code[:40],
            most=LONGEST_CODE,
        )


def _unit(
    row: Row, column: str, code: str, parent: str | None, level: UnitLevel, name: str, official: str = ""
) -> Outcome:
    """Make the unit, or give it the name of the file; what stands elsewhere in the tree is a problem of the row."""
    found = find_unit(code)
    if found is None:
        add_unit(code=code, parent_code=parent, level=level, name=name, official_name=official)
        return Outcome.ADDED
    if (found.parent_code, found.level) != (parent, level):
        row.wrong(column, _l("%(code)s already stands elsewhere in the organisation."), code=code)
    return _renamed(found, name, official)


def _renamed(found: OrgUnit, name: str, official: str) -> Outcome:
    if (found.name, found.official_name) == (name, official or found.official_name):
        return Outcome.SAME
    found.name, found.official_name = name, official or found.official_name
    return Outcome.CHANGED
