"""A neighbour enrols on her phone, is admitted at the desk, and makes her first visit beside Bo."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db import db, transaction
from app.needs.service import hold_minutes
from app.people.models import Person, Volunteer, VolunteerState
from app.visits.models import Visit, VisitState
from tests.factories import make_need
from tests.journeys import stories
from tests.journeys.walk import Site, Visitor
from tests.people import GRID3, Cast

PHONE = "+8613711112222"


@pytest.mark.engines("sqlite")
def test_a_new_volunteer_from_join_to_the_first_visit(site: Site, people: Cast) -> None:
    newcomer = _enrols(site)
    her = db.session.scalars(select(Person).where(Person.phone == PHONE)).one()
    _is_admitted(site, people, her)
    newcomer.goes_to("/v")
    newcomer.reads(
        "Your first visits are with an experienced volunteer beside you. We ask you as soon as there is one."
    )
    with transaction():
        need = make_need(elder=people.elder, day=site.tomorrow)
        hold_minutes(need)
    desk = stories.runs_the_match(site, people.lin)
    stories.publishes(desk)
    stories.accepts(site, people.bo)
    stories.accepts(site, her)
    site.it_is("9:10", on=site.tomorrow)
    stories.checks_in(site, people.bo, people.chen.id)
    stories.checks_in(site, her, people.chen.id)
    site.it_is("9:50")
    stories.checks_out(site, people.bo)
    visitor = stories.checks_out(site, her)
    visitor.has_no_trouble()
    site.reads_afresh()
    visits = db.session.scalars(select(Visit).where(Visit.need_id == need.id).order_by(Visit.place)).all()
    assert [(visit.volunteer_id, visit.state, visit.accompanied) for visit in visits] == [
        (people.bo.id, VisitState.CHECKED_OUT, False),
        (her.id, VisitState.CHECKED_OUT, True),
    ]
    assert db.session.get_one(Volunteer, her.id).state == VolunteerState.PROBATION


def _enrols(site: Site) -> Visitor:
    """One question a page, on a phone that nobody knows yet."""
    visitor = site.visitor()
    visitor.goes_to(f"/join?lang={site.words.language}")
    visitor.presses("Enrol")
    visitor.types("Your mobile phone number", "137 1111 2222")
    visitor.presses("Send the code")
    visitor.types("Code of 6 digits", site.code_sent_to(PHONE))
    visitor.presses("Go on")
    visitor.types("Name", "何晓燕")
    visitor.chooses("Woman")
    visitor.presses("Go on")
    visitor.types("Birth date", "1990-04-02")
    visitor.presses("Go on")
    visitor.page.get_by_label(site.words("Your grid")).select_option(GRID3)
    visitor.types("Building and door", "6栋1单元202")
    visitor.presses("Go on")
    visitor.picks("skills", "companionship")
    visitor.presses("Go on")
    visitor.picks("reach_m", "800")
    visitor.presses("Go on")
    for weekday in range(7):
        visitor.picks("times", f"{weekday}-morning")
    visitor.presses("Go on")
    visitor.chooses("I give my word")
    visitor.presses("Go on")
    visitor.presses("Enrol")
    visitor.reads("Where I stand")
    visitor.has_no_trouble()
    return visitor


def _is_admitted(site: Site, people: Cast, her: Any) -> None:
    """Lin sees the identity card and the papers, notes the skill, and admits her."""
    desk = site.person(people.lin, desk=True)
    desk.goes_to("/c/volunteers?state=applied")
    desk.follows("何晓燕")
    desk.presses("I have seen the identity card")
    desk.reads("The identity check is noted, with your name and today's date.")
    until = (site.today + timedelta(days=365)).isoformat()
    for paper in ("Vetted until", "Insured until", "Training holds until"):
        desk.types(paper, until)
    desk.presses("Save the papers")
    desk.reads("The papers are noted.")
    desk.page.locator("summary", has_text=site.words("Note a skill whose proof you have seen")).click()
    desk.page.locator("select[name=skill]").select_option("companionship")
    desk.presses("Note it")
    desk.reads("The skill is noted.")
    desk.presses("Admit")
    desk.reads("%(name)s is admitted and has been told.", name=her.name)
    desk.has_no_trouble()
