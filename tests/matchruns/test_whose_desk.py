"""The desk's pages are for who has a desk there: to be asked as a volunteer, or to see by another role, is none."""

from typing import Any

from app.access.actor import SYSTEM
from app.people.models import Role
from app.people.service import add_membership
from tests.factories import make_assignment, make_need, make_volunteer
from tests.people import OTHER_COMMUNITY, Cast, cast


def test_a_coordinator_from_elsewhere_who_was_asked_as_a_volunteer_sees_no_desk_here(session: Any, log_in: Any) -> None:
    people: Cast = cast(session)
    need = make_need(elder=people.elder)
    make_assignment(need=need, volunteer=people.volunteer)
    add_membership(SYSTEM, people.bo.id, OTHER_COMMUNITY, Role.COORDINATOR)
    session.commit()
    bo, lin = log_in(people.bo), log_in(people.lin)
    for page in (f"/c/orders/{need.id}", f"/c/today/{need.id}"):
        assert lin.get(page).status_code == 200, page
        assert bo.get(page).status_code == 404, page
    assert bo.post(f"/c/today/{need.id}", data={"volunteer": people.dan.id}).status_code == 404
    assert "陈桂英" in lin.get("/c/orders").text
    assert "陈桂英" not in bo.get("/c/orders").text


def test_a_pair_is_made_of_volunteers_of_the_desk_only(session: Any, log_in: Any) -> None:
    people: Cast = cast(session)
    need = make_need(elder=people.elder)
    stranger = make_volunteer(unit_code=OTHER_COMMUNITY)
    session.commit()
    lin = log_in(people.lin)
    for who in (stranger.person_id, people.mei.id):
        form = {"volunteer": who, "kind": "forbid"}
        assert lin.post(f"/c/orders/{need.id}/pair", data=form).status_code == 404
