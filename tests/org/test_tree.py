"""The tree of units and its closure."""

from typing import Any

import pytest
from sqlalchemy import select

from app.errors import NotFound
from app.org.models import OrgClosure, UnitLevel
from app.org.queries import (
    NotInACommunity,
    ancestors,
    children,
    communities_for,
    community_of,
    grids_for,
    grids_of,
    is_inside,
    name_of,
    reaches,
    unit,
    zone_of,
)
from app.org.service import GridNumber, WrongLevel, add_unit, ensure_grid
from tests.people import COMMUNITY, DISTRICT, GRID3, OTHER_COMMUNITY, STREET, cast


def test_every_unit_is_below_all_that_stand_above_it(session: Any) -> None:
    cast(session)
    above = session.scalars(select(OrgClosure.ancestor_code).where(OrgClosure.descendant_code == GRID3))
    assert set(above) == {each.code for each in ancestors(GRID3)} == {"4205", DISTRICT, STREET, COMMUNITY, GRID3}
    assert is_inside(GRID3, STREET)
    assert not is_inside(STREET, GRID3)
    assert not is_inside(OTHER_COMMUNITY, DISTRICT)


def test_a_unit_says_its_community_zone_and_name(session: Any) -> None:
    cast(session)
    assert community_of(GRID3).code == community_of(COMMUNITY).code == COMMUNITY
    with pytest.raises(NotInACommunity):
        community_of(STREET)
    assert zone_of(GRID3) == "Asia/Shanghai"
    assert (name_of(COMMUNITY), name_of("1")) == ("樵湖岭社区", "1")
    with pytest.raises(NotFound, match="999"):
        unit("999")


def test_grids_are_made_once(session: Any) -> None:
    cast(session)
    before = len(grids_of(COMMUNITY))
    made = ensure_grid(COMMUNITY, 13)
    assert (made.code, made.level, made.parent_code) == (f"{COMMUNITY}013", UnitLevel.GRID, COMMUNITY)
    assert ensure_grid(COMMUNITY, 13) is made
    assert len(grids_of(COMMUNITY)) == len(children(COMMUNITY)) == before + 1
    for number in (0, 1000):
        with pytest.raises(GridNumber):
            ensure_grid(COMMUNITY, number)


def test_a_unit_stands_below_a_higher_one_only(session: Any) -> None:
    cast(session)
    with pytest.raises(WrongLevel):
        add_unit(code="1", parent_code=COMMUNITY, level=UnitLevel.STREET, name="x")
    with pytest.raises(NotFound):
        add_unit(code="1", parent_code="999", level=UnitLevel.STREET, name="x")


def test_staff_work_in_the_communities_and_grids_around_and_below_them(session: Any) -> None:
    people = cast(session)
    guo, auditor = people.actor(people.guo), people.actor(people.auditor)
    assert [each.code for each in communities_for(guo)] == [COMMUNITY]
    assert [each.code for each in grids_for(guo)] == [GRID3]
    assert not reaches(guo, COMMUNITY)
    assert reaches(auditor, COMMUNITY)
    assert len(grids_for(auditor)) == 3
