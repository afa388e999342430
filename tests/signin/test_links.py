"""Whom a grid worker may hand a sign-in link, and what becomes of a link when its person rises."""

from typing import Any

import pytest

from app.db import transaction
from app.errors import NotFound
from app.people.models import Relation, Role
from app.people.relatives import RelativeEntry, bind_at_the_door
from app.signin import links, rights
from tests import factories
from tests.people import COMMUNITY, OTHER_COMMUNITY, Cast


def test_binding_somebody_of_another_unit_as_a_relative_opens_no_way_into_her_account(cast: Cast, session: Any) -> None:
    stranger = factories.make_elder(unit_code=OTHER_COMMUNITY, name="何玉兰", phone="+8613811110001")
    session.commit()
    entry = RelativeEntry(name="何玉兰", sex="f", phone="+8613811110001", relation=Relation.OTHER)
    guo = cast.actor(cast.guo)
    with transaction():
        bond = bind_at_the_door(guo, cast.chen.id, entry)
    assert bond.relative_id == stranger.person_id
    for act in (links.make_link, links.withdraw_links, links.links_of):
        with transaction(), pytest.raises(NotFound):
            act(guo, stranger.person_id)


def test_a_relative_who_lives_elsewhere_still_gets_a_link(cast: Cast, session: Any) -> None:
    entry = RelativeEntry(name="陈远", sex="m", phone="+8613811110002", relation=Relation.CHILD)
    far = factories.make_person(name="陈远", phone="+8613811110002", unit_code=OTHER_COMMUNITY)
    session.commit()
    with transaction():
        bind_at_the_door(cast.actor(cast.guo), cast.chen.id, entry)
        assert links.make_link(cast.actor(cast.guo), far.id)


def test_a_link_handed_to_a_volunteer_opens_nothing_once_she_is_staff(cast: Cast) -> None:
    with transaction():
        token = links.make_link(cast.actor(cast.lin), cast.bo.id).rpartition("/")[2]
    assert links.link_of(token) is not None
    with transaction():
        rights.give_role(cast.actor(cast.admin), cast.bo.id, Role.COORDINATOR, COMMUNITY)
    with transaction(), pytest.raises(NotFound):
        links.open_link(token)
