"""A visit that took longer than was kept for it: the longer time counts on the word of the elder's side, once."""

from typing import Any

import pytest

from app.db import session as database
from app.db import transaction
from app.errors import NotFound
from app.ledger.errors import NotEnoughMinutes, OverrunNotAgreed
from app.ledger.models import Account
from app.visits import overrun, service
from app.visits.models import Visit
from tests.people import Cast
from tests.visits.support import World, accepted, at_the_door, paid_need


def long_visit(cast: Cast, clock: Any, *, longer: int, has_more: bool = True) -> tuple[World, Visit]:
    """Bo stays longer than was kept for him, and Aunt Chen says that the visit was right."""
    world = paid_need(cast, minutes=180 if has_more else 60, duration_min=60)
    visit = accepted(world)
    at_the_door(world, visit)
    clock.forward(minutes=60 + longer)
    service.check_out(world.actor(cast.bo), visit.id)
    service.confirm_visit(world.actor(cast.chen), visit.id)
    return world, visit


def test_the_elder_lets_the_longer_time_count_once(cast: Cast, clock: Any) -> None:
    with transaction():
        world, visit = long_visit(cast, clock, longer=22)
        assert overrun.longer_min(visit, world.need) == 20
        done = overrun.let_it_count(world.actor(cast.chen), visit.id)
        assert overrun.let_it_count(world.actor(cast.chen), visit.id).uid == done.uid
        assert overrun.longer_min(visit, world.need) == 0
    database.expire_all()
    assert database.get_one(Account, world.bos.id).posted == 80
    assert done.made_by_id == cast.chen.id


def test_the_desk_and_the_volunteer_do_not_say_it_for_her(cast: Cast, clock: Any) -> None:
    with transaction():
        world, visit = long_visit(cast, clock, longer=22)
    with pytest.raises(OverrunNotAgreed), transaction():
        overrun.let_it_count(world.actor(cast.lin), visit.id)
    with pytest.raises(NotFound), transaction():
        overrun.let_it_count(world.actor(cast.bo), visit.id)


def test_nothing_is_asked_where_it_took_no_longer(cast: Cast, clock: Any) -> None:
    with transaction():
        world, visit = long_visit(cast, clock, longer=0)
        assert overrun.longer_times(world.need, [visit]) == {}
    with pytest.raises(NotFound), transaction():
        overrun.let_it_count(world.actor(cast.chen), visit.id)


def test_an_elder_who_has_no_more_hears_it_in_a_sentence(cast: Cast, clock: Any, log_in: Any) -> None:
    with transaction():
        world, visit = long_visit(cast, clock, longer=22, has_more=False)
    with pytest.raises(NotEnoughMinutes), transaction():
        overrun.let_it_count(world.actor(cast.chen), visit.id)
    chen, page = log_in(cast.chen), f"/me/orders/{world.need.id}?lang=en"
    assert "longer than planned" in chen.get(page).get_data(as_text=True)
    assert chen.post(f"/visits/{visit.id}/longer?lang=en").status_code == 303
    assert "not enough time stored for the longer time" in chen.get(page).get_data(as_text=True)
