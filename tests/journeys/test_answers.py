"""What volunteers answer: one yes among two, a no and the next best."""

from app.db import db, transaction
from app.needs.models import Need, NeedState
from app.people.models import Person
from app.visits.models import Assignment, AssignmentState
from tests.factories import make_assignment, make_need, make_volunteer
from tests.journeys.walk import Site
from tests.people import Cast


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
