"""What volunteers answer: one yes among two, a no and the next best."""

import pytest

from app.availability.service import replace_weekly_times
from app.db import db, transaction
from app.needs.models import Need, NeedState
from app.people.models import Person
from app.visits.models import Assignment, AssignmentState
from tests.factories import make_assignment, make_need, make_volunteer
from tests.journeys import stories
from tests.journeys.walk import Site
from tests.people import Cast

pytestmark = pytest.mark.engines("sqlite")  # the pages are the same on both; the races are tried on both elsewhere


def test_two_volunteers_race_for_one_offer(site: Site, people: Cast) -> None:
    with transaction():
        need = make_need(elder=people.elder, day=site.tomorrow)
        neighbour = make_volunteer(name="周敏", sex="f")
        asked = [make_assignment(need=need, volunteer=each) for each in (people.volunteer, neighbour)]
        other = make_assignment(need=make_need(day=site.tomorrow, start=(840, 900)), volunteer=neighbour)
    bo = site.person(people.bo)
    min_ = site.person(db.session.get_one(Person, neighbour.person_id))
    for visitor in (bo, min_):
        visitor.goes_to("/v")
    bo.presses("Accept")
    bo.reads("Accepted. Thank you. Address and phone are below.")
    bo.sees("5栋2单元301")
    min_.presses("Accept")  # her page is a minute old
    min_.reads("A neighbour has already taken this. Thank you.")
    min_.reads("This still waits for you")
    min_.does_not_see("5栋2单元301")
    min_.presses("Accept")
    min_.reads("Accepted. Thank you. Address and phone are below.")
    site.reads_afresh()
    states = [db.session.get_one(Assignment, each.id).state for each in (*asked, other)]
    assert states == [AssignmentState.ACCEPTED, AssignmentState.SUPERSEDED, AssignmentState.ACCEPTED]
    assert db.session.get_one(Need, need.id).state == NeedState.ARRANGED
    for visitor in (bo, min_):
        visitor.has_no_trouble()


def test_a_no_asks_the_next_best(site: Site, people: Cast) -> None:
    with transaction():
        neighbour = make_volunteer(name="周敏", sex="f", point=(30.7245, 111.2866))
        need = make_need(elder=people.elder, day=site.tomorrow)
    desk = stories.runs_the_match(site, people.lin)
    stories.publishes(desk)
    (first,) = stories.who_was_asked(need.id)
    assert first.volunteer_id == people.bo.id  # nearer
    bo = stories.declines(site, people.bo)
    bo.goes_to("/v")
    bo.reads("Nothing waits for you. When somebody needs you, it stands here and you get a message.")
    site.reads_afresh()
    _first, second = stories.who_was_asked(need.id)
    assert second.volunteer_id == neighbour.person_id
    min_ = stories.accepts(site, db.session.get_one(Person, neighbour.person_id))
    min_.sees("5栋2单元301")
    desk.goes_to(f"/c/orders/{need.id}")
    desk.reads(
        "%(accepted)s accepted, %(waiting)s have not answered, %(cannot)s cannot, %(silent)s were silent.",
        accepted=1, waiting=0, cannot=1, silent=0,
    )  # fmt: skip
    for visitor in (bo, min_, desk):
        visitor.has_no_trouble()


def test_an_order_that_nobody_can_take_is_served_after_the_smallest_change(site: Site, people: Cast) -> None:
    with transaction():
        replace_weekly_times(people.bo.id, [(day, 10 * 60, 12 * 60) for day in range(7)])
        replace_weekly_times(people.dan.id, [])
        need = make_need(elder=people.elder, day=site.tomorrow, start=(9 * 60, 9 * 60 + 30))
    desk = stories.runs_the_match(site, people.lin)
    desk.reads("Not matched (%(num)s)", num=1)
    desk.presses("Change the time")
    desk.reads("Please agree on this with the elder first. Then the order is changed and the match runs again.")
    desk.presses("The elder agrees: change it")
    desk.reads("Everybody is matched.")
    stories.publishes(desk)
    stories.accepts(site, people.bo)
    site.reads_afresh()
    assert db.session.get_one(Need, need.id).state == NeedState.ARRANGED
    assert stories.visit_to(need.id).start_min >= 10 * 60
    desk.has_no_trouble()
