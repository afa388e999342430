"""What a good file does: the same as enrolment at the door, once."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from app.access.actor import SYSTEM
from app.availability.models import WeeklyTime
from app.needs.models import Need, NeedState
from app.org.importing import import_units
from app.org.models import OrgUnit
from app.org.queries import ancestors, grids_of, unit
from app.org.tables import BrokenFile, OnlyTried, Outcome
from app.people.importing import import_elders
from app.people.models import Elder, Membership, Person, Team, Volunteer, VolunteerState
from app.people.queries import elder_by_code, skills_of, teams_of, volunteer_by_code
from app.visits.models import Assignment
from tests.factories import make_assignment
from tests.imports.files import CODE, ELDER, NEED, ORG, VOLUNTEER, bring, make_all, make_community, table

TABLES = (OrgUnit, Person, Elder, Volunteer, Membership, WeeklyTime, Team, Need, Assignment)


def counts(session: Any) -> list[int]:
    return [session.scalar(select(func.count()).select_from(model)) for model in TABLES]


def test_the_organisation_comes_with_everything_above_it(session: Any) -> None:
    report = import_units(SYSTEM, table(ORG))
    assert report.count(Outcome.ADDED) == 1
    assert [each.name for each in ancestors(CODE)] == ["柳汀社区", "南门街道", "海曙区", "宁波市"]
    assert import_units(SYSTEM, table(ORG)).count(Outcome.SAME) == 1
    renamed = import_units(SYSTEM, table(ORG | {"short_name": "柳汀新村社区"}))
    assert renamed.count(Outcome.CHANGED) == 1
    assert unit(CODE).name == "柳汀新村社区"


def test_an_elder_is_enrolled_in_a_grid_that_nobody_had_made(session: Any) -> None:
    make_community()
    assert bring("elders").count(Outcome.ADDED) == 1
    [elder] = elder_by_code(CODE, "E1")
    person = session.get_one(Person, elder.person_id)
    assert [grid.code for grid in grids_of(CODE)] == [f"{CODE}002"] == [person.unit_code]
    assert (person.phone, person.birth_date) == ("+8613805740001", date(1940, 2, 29))
    assert (elder.categories, elder.ability, elder.languages) == (["alone", "minimum_allowance"], "mild", ["wuu", "zh"])
    assert elder.emergency_phone == "+8657487654321"
    assert unit(CODE).lat_deg == pytest.approx(29.87)  # the file of codes has no points: the elders' middle stands in


def test_a_volunteer_is_past_probation_with_teams_and_free_times(session: Any) -> None:
    make_community()
    bring("volunteers")
    volunteer = volunteer_by_code(CODE, "V1")
    assert volunteer is not None
    assert volunteer.state == VolunteerState.ACTIVE
    assert (volunteer.reach_m, volunteer.max_visits_per_day, volunteer.max_minutes_per_week) == (900, 2, 300)
    assert {row.skill_code for row in skills_of(volunteer.person_id)} == {"companionship", "shopping"}
    assert [team.name for team in teams_of(volunteer.person_id)] == ["代办队", "楼栋长"]
    free = {(row.weekday, row.from_min, row.until_min) for row in session.scalars(select(WeeklyTime))}
    assert free == {(0, 480, 720), (2, 480, 1080)}


def test_an_order_from_a_file_counts_as_reviewed(session: Any) -> None:
    make_all()
    need = session.scalars(select(Need)).one()
    assert (need.state, need.earliest_start_min, need.latest_start_min) == (NeedState.OPEN, 540, 630)
    assert need.note == "请带老花镜，谢谢"
    assert need.regular_id == volunteer_by_code(CODE, "V1").person_id  # type: ignore[union-attr]


def test_an_order_that_asks_two_people_by_the_menu_gets_two(session: Any) -> None:
    make_all()
    report = bring("needs", NEED | {"code": "N2", "menu_item": "heavy-lifting"})
    assert session.scalars(select(Need.volunteers_needed).where(Need.code == "N2")).one() == 2
    assert report.lines[0].remarks


def test_nothing_is_doubled_when_a_file_is_repeated(session: Any) -> None:
    make_all()
    before = counts(session)
    for kind in ("elders", "volunteers", "needs"):
        assert bring(kind).count(Outcome.SAME) == 1
    assert counts(session) == before


def test_what_changed_in_the_file_changes_here(session: Any) -> None:
    make_all()
    assert bring("elders", ELDER | {"grid_no": "3"}).count(Outcome.CHANGED) == 1
    assert bring("volunteers", VOLUNTEER | {"teams": "代办队", "skills": "haircut"}).count(Outcome.CHANGED) == 1
    assert bring("needs", NEED | {"latest_start": "11:00"}).count(Outcome.CHANGED) == 1
    [elder] = elder_by_code(CODE, "E1")
    volunteer = volunteer_by_code(CODE, "V1")
    assert volunteer is not None
    assert session.get_one(Person, elder.person_id).unit_code == f"{CODE}003"
    homes = session.scalars(select(Membership.unit_code).where(Membership.role == "elder"))
    assert list(homes) == [f"{CODE}003"]
    assert [team.name for team in teams_of(volunteer.person_id)] == ["代办队"]
    assert [row.skill_code for row in skills_of(volunteer.person_id)] == ["haircut"]
    assert session.scalars(select(Need.latest_start_min)).one() == 660


def test_the_code_on_a_card_outlives_a_repeated_file(session: Any) -> None:
    make_all()
    [elder] = elder_by_code(CODE, "E1")
    card = elder.card_code
    bring("elders", ELDER | {"address": "柳汀街99号"})
    assert elder.card_code == card


def test_an_order_under_way_is_not_changed_by_a_file(session: Any) -> None:
    make_all()
    make_assignment(need=session.scalars(select(Need)).one(), volunteer=volunteer_by_code(CODE, "V1"))
    assert bring("needs").count(Outcome.SAME) == 1
    with pytest.raises(BrokenFile):
        bring("needs", NEED | {"latest_start": "11:00"})


def test_a_dry_run_says_what_would_happen(session: Any) -> None:
    make_community()
    with pytest.raises(OnlyTried) as tried:
        bring("elders", dry_run=True)
    assert tried.value.report.dry_run
    assert tried.value.report.count(Outcome.ADDED) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_in_either_encoding(session: Any, encoding: str) -> None:
    make_community()
    assert import_elders(SYSTEM, table(ELDER, encoding=encoding), unit_code=CODE).lines[0].name == "竺阿菊"


def test_empty_cells_mean_none(session: Any) -> None:
    make_community()
    needed = ("code", "name", "sex", "community_code", "consent_date")
    bring("elders", {name: value if name in needed else "" for name, value in ELDER.items()})
    bring("volunteers", {name: value if name in needed else "" for name, value in VOLUNTEER.items()})
    [elder] = elder_by_code(CODE, "E1")
    volunteer = volunteer_by_code(CODE, "V1")
    assert volunteer is not None
    assert (elder.categories, elder.languages, elder.ability) == ([], [], "intact")
    assert session.get_one(Person, elder.person_id).unit_code == CODE
    assert (volunteer.reach_m, volunteer.max_visits_per_day, volunteer.max_minutes_per_week) == (800, 3, 600)
    assert volunteer.vetted_until is None


def test_a_file_for_a_street_may_hold_several_communities(session: Any) -> None:
    make_community()
    import_units(SYSTEM, table(ORG | {"code": "330203001002", "short_name": "月湖社区"}))
    report = bring("elders", ELDER, ELDER | {"code": "E2", "community_code": "330203001002"}, unit_code="330203001")
    assert report.count(Outcome.ADDED) == 2


def test_a_file_for_one_grid_makes_that_grid(session: Any) -> None:
    make_community()
    bring("elders")
    assert bring("elders", ELDER | {"code": "E2"}, unit_code=f"{CODE}002").count(Outcome.ADDED) == 1
