"""What a broken file does: nothing but name every row, every column and the reason."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.access.actor import SYSTEM
from app.errors import NotFound
from app.org.importing import import_units
from app.org.tables import BrokenFile, OnlyTried, Report
from app.people.importing import import_elders, import_volunteers
from tests.imports.files import CODE, ELDER, NEED, ORG, VOLUNTEER, bring, make_all, make_community, table
from tests.people import COMMUNITY, cast


def refused(kind: str, *rows: Mapping[str, str], **how: Any) -> Report:
    with pytest.raises(BrokenFile) as broken:
        bring(kind, *rows, **how)
    return broken.value.report


ELDERS = [
    {"code": ""}, {"name": ""}, {"name": "长" * 61}, {"sex": "x"}, {"sex": ""}, {"birth_date": "1940/02/28"},
    {"birth_date": "1941-02-29"}, {"birth_date": "2027-01-01"}, {"phone": "12"}, {"phone": "8765"},
    {"community_code": "000000000000"}, {"community_code": ""}, {"community_code": "330203001"}, {"grid_no": "0"},
    {"grid_no": "1000"}, {"grid_no": "二"}, {"grid_no": "٣"}, {"lat_deg": "91"}, {"lat_deg": "nan"}, {"lon_deg": ""},
    {"lon_deg": "1e2"}, {"categories": "alone|rich"}, {"ability": "good"}, {"languages": "english"},
    {"languages": "EN"}, {"consent_date": ""}, {"consent_date": "2026-06-17"}, {"consent_date": "yesterday"},
    {"emergency_phone": "nobody"}, {"address": "街" * 201}, {"name": "a\x00b"},
]  # fmt: skip
VOLUNTEERS = [
    {"skills": "companionship|juggling"}, {"reach_m": "-1"}, {"reach_m": "1.5"}, {"max_visits_per_day": "99"},
    {"max_minutes_per_week": "99999"}, {"vetted_until": "soon"}, {"free": "monday 08:00-12:00"},
    {"free": "mon 12:00-08:00"}, {"free": "mon 08:00-25:00"}, {"free": "08:00-12:00"}, {"teams": "队" * 61},
    {"birth_date": "2010-01-01"},
]  # fmt: skip
NEEDS = [
    {"elder_code": "E9"}, {"elder_code": ""}, {"menu_item": "hang-gliding"}, {"menu_item": "bath-standby"},
    {"day": "2026-06-15"}, {"day": ""}, {"day": "17.06.2026"}, {"earliest_start": "11:00"}, {"earliest_start": "9"},
    {"latest_start": ""}, {"latest_start": "24:00"}, {"duration_min": "0"}, {"duration_min": "long"},
    {"volunteers_needed": "3"}, {"same_sex": "yes"}, {"regular_code": "V9"}, {"note": "话" * 501},
]  # fmt: skip


@pytest.mark.parametrize("change", ELDERS, ids=repr)
def test_a_broken_row_of_an_elder_is_named(session: Any, change: dict[str, str]) -> None:
    make_community()
    report = refused("elders", ELDER | {"code": "good"}, ELDER | change)
    assert {problem.row for problem in report.problems} == {3}
    assert {problem.column for problem in report.problems} <= {*change, "lat_deg", "grid_no"}
    assert all(len(problem.sentence()) > 4 for problem in report.problems)


@pytest.mark.parametrize("change", VOLUNTEERS, ids=repr)
def test_a_broken_row_of_a_volunteer_is_named(session: Any, change: dict[str, str]) -> None:
    make_community()
    report = refused("volunteers", VOLUNTEER | {"code": "good"}, VOLUNTEER | change)
    assert [(problem.row, problem.column) for problem in report.problems] == [(3, next(iter(change)))]


@pytest.mark.parametrize("change", NEEDS, ids=repr)
def test_a_broken_row_of_an_order_is_named(session: Any, change: dict[str, str]) -> None:
    make_all()
    report = refused("needs", NEED | {"code": "good"}, NEED | {"code": "N2"} | change)
    assert {problem.row for problem in report.problems} == {3}


def test_every_broken_row_is_named_and_nothing_is_stored(session: Any) -> None:
    make_community()
    rows = [ELDER | {"code": f"E{n}", "sex": "f" if n % 3 else "?"} for n in range(9)]
    report = refused("elders", *rows)
    assert [problem.row for problem in report.problems] == [2, 5, 8]
    assert report.count("broken") == 3


def test_a_key_that_stands_twice_is_named_with_both_rows(session: Any) -> None:
    make_community()
    [problem] = refused("elders", ELDER, ELDER).problems
    assert (problem.row, problem.column, problem.data["row"]) == (3, "code", 2)


def test_a_row_outside_the_unit_is_refused(session: Any) -> None:
    make_community()
    import_units(SYSTEM, table(ORG | {"code": "330203001002", "short_name": "月湖社区"}))
    assert refused("elders", ELDER | {"community_code": "330203001002"}).problems[0].column == "community_code"
    bring("elders", ELDER | {"grid_no": "2"})
    assert refused("elders", ELDER | {"code": "E3", "grid_no": "3"}, unit_code=f"{CODE}002").problems


def test_an_order_for_an_elder_of_another_grid_is_refused(session: Any) -> None:
    make_all()
    bring("elders", ELDER | {"code": "E3", "grid_no": "3"})
    order = NEED | {"code": "N3", "elder_code": "E3", "regular_code": ""}
    [problem] = refused("needs", order, unit_code=f"{CODE}002").problems
    assert (problem.column, problem.code) == ("elder_code", "N3")
    bring("needs", order, unit_code=f"{CODE}003")


def test_an_unknown_unit_is_a_sentence(session: Any) -> None:
    make_community()
    with pytest.raises(NotFound, match="999"):
        bring("elders", unit_code="999")


def test_who_does_not_work_in_the_unit_brings_nothing_in(session: Any) -> None:
    people = cast(session)
    for person in (people.xu, people.guo, people.chen, people.auditor):
        with pytest.raises(NotFound):
            import_elders(people.actor(person), table(ELDER), unit_code=COMMUNITY)
    row = ELDER | {"community_code": COMMUNITY}
    for person in (people.lin, people.admin):
        import_elders(people.actor(person), table(row | {"code": person.id}), unit_code=COMMUNITY)


NO_TABLES = {
    "empty": b"",
    "blank": b"   ",
    "spreadsheet": b"PK\x03\x04rest",
    "letters": b"\xff\xfe\x00\x80\x81",
    "columns missing": b"name,sex\nx,f\n",
    "no rows": b"code,name,sex,community_code,consent_date\n",
    "unknown column": table(ELDER).replace(b"grid_no", b"grid"),
    "column twice": b"code,code,name,sex,community_code,consent_date\n1,1,x,f,1,2026-01-01\n",
}


@pytest.mark.parametrize("data", NO_TABLES.values(), ids=NO_TABLES)
def test_what_is_not_such_a_table_is_refused_as_a_whole(session: Any, data: bytes) -> None:
    make_community()
    with pytest.raises(BrokenFile) as broken:
        import_elders(SYSTEM, data, unit_code=CODE)
    assert broken.value.report.problems[0].row in (0, 1)


def test_a_unit_that_stands_elsewhere_in_the_tree_is_refused(session: Any) -> None:
    import_units(SYSTEM, table(ORG))
    moved = ORG | {"street_code": "330203002", "street_name": "月湖街道"}
    with pytest.raises(BrokenFile):
        import_units(SYSTEM, table(moved))


@pytest.mark.engines("sqlite")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_file_whatever_brings_the_import_down(session: Any, data: Any) -> None:
    make_community()
    cells = st.text(max_size=12) | st.sampled_from([*ELDER.values(), *VOLUNTEER.values()])
    kind, columns = data.draw(st.sampled_from([(import_elders, ELDER), (import_volunteers, VOLUNTEER)]))
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(columns, cells)), min_size=1, max_size=3))
    file = data.draw(st.binary(max_size=200) | st.just(table(*rows, encoding="gb18030")))
    with pytest.raises((BrokenFile, OnlyTried)):
        kind(SYSTEM, file, unit_code=CODE, dry_run=True)
    session.rollback()
