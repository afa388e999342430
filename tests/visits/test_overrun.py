"""A visit that took longer than was kept for it: the longer time counts on the word of the elder's side, once."""

from functools import partial
from typing import Any

import pytest
from flask import Flask

from app.db import session as database
from app.db import transaction
from app.errors import NotFound
from app.ledger import service as ledger
from app.ledger.errors import NotEnoughMinutes, OverrunNotAgreed
from app.ledger.models import Account
from app.notices.models import Notice
from app.visits import overrun, service
from app.visits.models import Visit
from tests.people import Cast
from tests.support.racing import all_at_once
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


def test_the_elder_and_her_daughter_say_so_at_once(app: Flask, cast: Cast, clock: Any) -> None:
    with transaction():
        world, visit = long_visit(cast, clock, longer=22)
        chen, mei, key = world.actor(cast.chen), world.actor(cast.mei).for_elder(cast.chen.id), visit.id
    done = all_at_once(app, [partial(overrun.let_it_count, one, key) for one in (chen, mei, chen, mei)])
    assert [one.uid for one in done] == [f"visit:{key}:overrun"] * 4
    database.expire_all()
    assert database.get_one(Account, world.bos.id).posted == 80
    assert database.query(Notice).filter_by(kind="stored_longer").count() == 1


def test_a_longer_time_that_stands_under_another_name_is_not_stored_again(
    cast: Cast, clock: Any, log_in: Any
) -> None:
    with transaction():
        world, visit = long_visit(cast, clock, longer=22)
        ledger.overrun(post_uid=f"visit:{visit.id}:post", uid="written by hand", minutes=10, by=cast.chen.id)
    page = log_in(cast.chen).get(f"/me/orders/{world.need.id}?lang=en").get_data(as_text=True)
    assert "longer than planned" not in page
    with transaction():
        assert overrun.let_it_count(world.actor(cast.chen), visit.id).uid == "written by hand"
    database.expire_all()
    assert database.get_one(Account, world.bos.id).posted == 70
