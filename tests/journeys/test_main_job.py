"""The main job, end to end: an elder orders, the day is matched, a neighbour comes, the minutes are in both books."""

import pytest

from app.db import db, transaction
from app.needs.models import Channel, Need, NeedState
from app.signin.links import make_link
from tests.journeys import stories
from tests.journeys.walk import Site, id_in
from tests.people import Cast

on_one_engine = pytest.mark.engines("sqlite")  # their services are tried on both elsewhere


def test_from_the_order_to_both_statements(site: Site, people: Cast) -> None:
    stories.is_known_here(people)
    stories.has_stored(people, 120)
    with transaction():
        link = make_link(people.actor(people.guo), people.chen.id)
    chen = site.visitor()
    chen.goes_to(link)  # the link that the grid worker handed out
    chen.presses("Sign in")
    need_id = stories.orders(chen, "companion-chat", site.tomorrow, "morning")
    desk = stories.runs_the_match(site, people.lin)
    stories.publishes(desk)
    bo = stories.accepts(site, people.bo)
    bo.sees("5栋2单元301")
    chen.goes_to("/me")
    chen.sees("李博")
    stories.visits(site, people.bo, need_id, minutes=42)
    stories.says_it_was_good(site, people.chen, "/me", stored=40)
    assert (site.minutes_of(people.chen), site.minutes_of(people.bo)) == (120 - 40, 40)
    for person, passbook, line in (
        (people.chen, "/me/ledger", "spent %(time)s"),
        (people.bo, "/v/ledger", "stored %(time)s"),
    ):
        reader = site.person(person)
        reader.goes_to(passbook)
        reader.reads(line, time=site.words.minutes(40))
        reader.has_no_trouble()
    site.ledger_adds_up()


@on_one_engine
def test_an_order_by_telephone(site: Site, people: Cast) -> None:
    stories.is_known_here(people)
    stories.has_stored(people, 120)
    guo = site.person(people.guo)
    guo.goes_to("/g")
    guo.types("Order for somebody who rings", "cgy")  # the initials of 陈桂英
    guo.presses("Find")
    guo.follows("陈桂英")
    guo.presses("Order again: %(what)s", what=site.words.item("companion-chat"))
    guo.page.locator("select[name=when]").select_option(f"{site.tomorrow.isoformat()}~morning")
    guo.presses("Changed something: show the sentence again")
    guo.reads("Read this to the elder:")
    guo.presses("Yes, that is right: order it")
    guo.reads("Ordered")
    site.reads_afresh()
    need = db.session.get_one(Need, id_in(guo.page.url))
    assert (need.channel, need.placed_by, need.elder_id) == (Channel.STAFF, people.guo.id, people.chen.id)
    stories.publishes(stories.runs_the_match(site, people.lin))
    stories.accepts(site, people.bo)
    stories.visits(site, people.bo, need.id, minutes=30)
    guo = site.person(people.guo)
    guo.goes_to(f"/g/elders/{people.chen.id}")
    stories.presses_good(guo, stored=30)  # he rang her, and she said so
    assert (site.minutes_of(people.chen), site.minutes_of(people.bo)) == (90, 30)
    site.ledger_adds_up()


@on_one_engine
def test_an_order_by_a_relative(site: Site, people: Cast) -> None:
    stories.is_known_here(people)
    stories.has_stored(people, 120)
    mei = site.person(people.mei)
    mei.goes_to("/family")
    mei.reads("For %(name)s", name="陈桂英")
    need_id = stories.orders(mei, "shopping", site.tomorrow, "morning")
    site.reads_afresh()
    assert db.session.get_one(Need, need_id).placed_by == people.mei.id
    chen = site.person(people.chen)
    chen.goes_to(f"/me/orders/{need_id}")
    chen.sees("陈梅")
    stories.publishes(stories.runs_the_match(site, people.lin))
    stories.accepts(site, people.bo)
    stories.visits(site, people.bo, need_id, minutes=30)
    mei = site.person(people.mei)
    mei.goes_to(f"/me/orders/{need_id}")
    stories.presses_good(mei, stored=30)
    assert (site.minutes_of(people.chen), site.minutes_of(people.bo)) == (90, 30)
    site.ledger_adds_up()


@on_one_engine
def test_an_elder_with_an_empty_account_is_served(site: Site, people: Cast) -> None:
    stories.is_known_here(people)
    chen = site.person(people.chen)
    chen.goes_to("/me")
    need_id = stories.orders(chen, "companion-chat", site.tomorrow, "morning")
    stories.publishes(stories.runs_the_match(site, people.lin))
    stories.accepts(site, people.bo)
    stories.visits(site, people.bo, need_id, minutes=30)
    stories.says_it_was_good(site, people.chen, "/me", stored=30)
    assert (site.minutes_of(people.chen), site.minutes_of(people.bo)) == (0, 0)
    bo = site.person(people.bo)
    bo.goes_to("/v/ledger")
    bo.reads(
        "%(time)s more are pending: they are stored as soon as the community fund is filled.",
        time=site.words.minutes(30),
    )
    assert db.session.get_one(Need, need_id).state == NeedState.DONE
    site.ledger_adds_up()


@on_one_engine
def test_an_order_of_medium_risk_is_looked_at_first(site: Site, people: Cast) -> None:
    stories.is_known_here(people)
    stories.has_stored(people, 240)
    chen = site.person(people.chen)
    chen.goes_to("/me")
    need_id = stories.orders(chen, "walk-together", site.tomorrow, "morning")
    site.reads_afresh()
    assert db.session.get_one(Need, need_id).state == NeedState.REVIEW
    desk = site.person(people.lin, desk=True)
    desk.goes_to("/c/review")
    desk.reads("medium or high risk")
    desk.presses("Take it on")
    desk.reads("No order waits for a look. Low-risk orders of elders whom you know pass by themselves.")
    desk.has_no_trouble()
    stories.publishes(stories.runs_the_match(site, people.lin))
    stories.accepts(site, people.bo)
    chen.goes_to(f"/me/orders/{need_id}")
    chen.sees("李博")
    site.reads_afresh()
    assert db.session.get_one(Need, need_id).state == NeedState.ARRANGED


@on_one_engine
def test_an_order_for_today_is_served_the_same_day(site: Site, people: Cast) -> None:
    stories.is_known_here(people)
    stories.has_stored(people, 120)
    chen = site.person(people.chen)
    chen.goes_to("/me")
    need_id = stories.orders(chen, "companion-chat", site.today, "afternoon")
    desk = site.person(people.lin, desk=True)
    desk.goes_to("/c/today")
    desk.follows(site.words.item("companion-chat"))
    desk.picks("volunteer", str(people.bo.id))
    desk.presses("Ask them")
    desk.reads("Who was asked")
    desk.has_no_trouble()
    stories.accepts(site, people.bo)
    stories.visits(site, people.bo, need_id, minutes=30)
    stories.says_it_was_good(site, people.chen, "/me", stored=30)
    assert (site.minutes_of(people.chen), site.minutes_of(people.bo)) == (90, 30)
    site.ledger_adds_up()
