"""The default menu, and what is offered where."""

from typing import Any

import pytest

from app.access.actor import SYSTEM
from app.errors import NotFound
from app.menu.queries import NotOffered, item, items, items_offered, offered_item, skill_codes, skills
from app.menu.service import load_menu, switch_item
from tests.people import COMMUNITY, GRID3, OTHER_COMMUNITY, STREET, Cast, cast


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


def test_the_menu_has_30_items_and_every_skill_they_ask_for(people: Cast) -> None:
    assert load_menu() == (30, 39)
    assert len(items()) == 30
    assert sum(not each.timebank for each in items()) == 2
    asked = {code for each in items() for code in [*each.skills, *each.credentials]}
    assert asked <= skill_codes()
    assert {each.code for each in skills() if each.credential} >= {"first_aid", "medical_licence"}
    assert {each.priority_base for each in items()} == {8, 5, 3}


def test_one_item_is_off_by_the_rules(people: Cast) -> None:
    assert len(items_offered(COMMUNITY)) == 29
    with pytest.raises(NotOffered):
        offered_item(GRID3, "bath-standby")
    with pytest.raises(NotFound):
        offered_item(GRID3, "hang-gliding")
    assert offered_item(GRID3, "shopping") == item("shopping")


def test_the_nearest_switch_decides(people: Cast) -> None:
    switch_item(SYSTEM, STREET, "shopping", False)
    assert "shopping" not in {each.code for each in items_offered(GRID3)}
    switch_item(SYSTEM, COMMUNITY, "shopping", True)
    switch_item(SYSTEM, COMMUNITY, "bath-standby", True)
    assert {"shopping", "bath-standby"} <= {each.code for each in items_offered(GRID3)}
    assert "bath-standby" not in {each.code for each in items_offered(OTHER_COMMUNITY)}


def test_a_coordinator_switches_on_her_page_and_nowhere_else(people: Cast, log_in: Any) -> None:
    lin = log_in(people.lin)
    assert lin.get("/c/menu").status_code == 200
    assert lin.post("/c/menu/shopping", data={"unit": COMMUNITY, "on": "0"}).status_code == 303
    assert "shopping" not in {each.code for each in items_offered(COMMUNITY)}
    assert lin.post("/c/menu/nothing", data={"unit": COMMUNITY, "on": "0"}).status_code == 404
    lin.post("/c/menu/shopping", data={"unit": OTHER_COMMUNITY, "on": "0"})
    assert "shopping" in {each.code for each in items_offered(OTHER_COMMUNITY)}
    with pytest.raises(NotFound):
        switch_item(people.actor(people.xu), COMMUNITY, "shopping", True)
    assert log_in(people.guo).get("/c/menu").status_code == 403
