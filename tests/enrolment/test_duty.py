"""A role here and a tie there do not add up: who sees an elder does not therefore write about her."""

from typing import Any

import pytest

from app.access.actor import SYSTEM, actor_of
from app.errors import NotAllowed, NotFound
from app.people import admitting, service
from app.people.models import Duty, Role, VolunteerState
from app.people.service import add_membership
from tests.factories import make_volunteer
from tests.people import COMMUNITY, OTHER_COMMUNITY, Cast, cast


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


@pytest.mark.parametrize("who", ["mei", "auditor"])
def test_who_is_coordinator_elsewhere_changes_nothing_about_this_elder(people: Cast, log_in: Any, who: str) -> None:
    person = getattr(people, who)
    add_membership(SYSTEM, person.id, OTHER_COMMUNITY, Role.COORDINATOR)
    actor, chen = people.actor(person), people.chen.id
    with pytest.raises(NotFound):
        service.end_consent(actor, chen)
    with pytest.raises(NotFound):
        service.renew_consent(actor, chen)
    with pytest.raises(NotFound):
        service.name_responsible(actor, chen, duty=Duty.SUPPORTER, name="某人", phone="")
    client = log_in(person)
    for page in (f"/c/elders/{chen}", f"/c/elders/{chen}/edit", f"/c/elders/{chen}/card"):
        assert client.get(page).status_code == 404, page


def test_nobody_admits_herself(people: Cast) -> None:
    newcomer = make_volunteer(state=VolunteerState.APPLIED)
    add_membership(SYSTEM, newcomer.person_id, COMMUNITY, Role.COORDINATOR)
    actor = actor_of(newcomer.person_id)
    assert actor is not None
    for act in (admitting.check_identity, admitting.admit_volunteer):
        with pytest.raises(NotAllowed):
            act(actor, newcomer.person_id)
