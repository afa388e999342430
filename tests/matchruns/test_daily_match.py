"""One community's day: run, review, publish; what is stored, who is asked, and who may do it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.access.actor import SYSTEM
from app.db import session as database
from app.errors import NotAllowed, NotFound
from app.matchruns import service
from app.matchruns.answers import NoLongerFits, accept_offer, decline_offer, expire_offers
from app.matchruns.models import RunState
from app.matchruns.problem import build_problem
from app.needs.models import Need, NeedState
from app.notices.models import Notice
from app.people.models import Exclusion, Person, Volunteer, VolunteerState
from app.visits.models import Assignment, AssignmentState, Origin
from matching import Problem, Result, check
from tests.factories import COMMUNITY, make_elder, make_need, make_volunteer
from tests.matchruns.support import run_match
from tests.people import Cast


def asked(need: Need, state: AssignmentState = AssignmentState.OFFERED) -> list[Assignment]:
    rows = select(Assignment).where(Assignment.need_id == need.id, Assignment.state == state)
    return list(database.scalars(rows.order_by(Assignment.place, Assignment.created_at)))


def test_a_run_proposes_and_tells_nobody(people: Cast) -> None:
    need = make_need(elder=make_elder())
    run = run_match(people, need)
    assert (run.state, run.served, run.needs) == (RunState.PROPOSED, 1, 1)
    assert [a.volunteer_id for a in asked(need, AssignmentState.PROPOSED)] == [people.bo.id]
    assert database.scalars(select(Notice).where(Notice.kind == "offer")).all() == []


def test_the_stored_documents_prove_the_plan_again(people: Cast) -> None:
    run = run_match(people, make_need(elder=make_elder()))
    assert check(Problem.from_dict(run.problem), Result.from_dict(run.result)) == []


def test_the_problem_holds_no_name_and_no_phone(people: Cast) -> None:
    need = make_need(elder=make_elder(name="许小芳", phone="+8613912345678"), note="门铃坏了")
    text = str(build_problem(COMMUNITY, need.day))
    assert not any(word in text for word in ("许小芳", "13912345678", "门铃坏了", people.bo.name))


def test_publishing_asks_everybody_of_the_plan_once(people: Cast) -> None:
    need = make_need(elder=make_elder())
    run = run_match(people, need)
    service.publish_run(people.actor(people.lin), run.id)
    assert [a.volunteer_id for a in asked(need)] == [people.bo.id]
    with pytest.raises(service.RunGone):
        service.publish_run(people.actor(people.lin), run.id)
    assert len(database.scalars(select(Notice).where(Notice.kind == "offer")).all()) == 1


def test_the_night_may_not_publish(people: Cast) -> None:
    run = run_match(people, make_need(elder=make_elder()))
    with pytest.raises(NotAllowed):
        service.publish_run(SYSTEM, run.id)
    assert run.state == RunState.PROPOSED


def test_a_stranger_can_neither_run_nor_publish(people: Cast) -> None:
    need = make_need(elder=make_elder())
    run = run_match(people, need)
    with pytest.raises(NotFound):
        service.publish_run(people.actor(people.xu), run.id)
    with pytest.raises(NotFound):
        service.begin_run(people.actor(people.xu), COMMUNITY, need.day)


def test_a_day_without_orders_says_so(people: Cast) -> None:
    need = make_need(elder=make_elder())
    with pytest.raises(service.NothingToMatch):
        service.begin_run(people.actor(people.lin), COMMUNITY, need.day + timedelta(days=3))


def test_an_order_that_was_cancelled_since_is_not_offered(people: Cast) -> None:
    need = make_need(elder=make_elder())
    run = run_match(people, need)
    need.state = NeedState.CANCELLED
    database.flush()
    service.publish_run(people.actor(people.lin), run.id)
    assert asked(need) == []


def test_a_newer_run_replaces_the_one_nobody_published(people: Cast) -> None:
    need = make_need(elder=make_elder())
    first, second = run_match(people, need), run_match(people, need)
    assert (first.state, second.state) == (RunState.SUPERSEDED, RunState.PROPOSED)
    assert len(asked(need, AssignmentState.PROPOSED)) == 1


def test_what_was_offered_is_not_planned_again(people: Cast) -> None:
    need = make_need(elder=make_elder())
    service.publish_run(people.actor(people.lin), run_match(people, need).id)
    with pytest.raises(service.NothingToMatch):
        service.begin_run(people.actor(people.lin), COMMUNITY, need.day)


def test_a_plan_that_the_checker_refuses_is_not_stored(people: Cast) -> None:
    need = make_need(elder=make_elder())
    run = service.begin_run(people.actor(people.lin), COMMUNITY, need.day)
    solved = service.solve_document(run.problem)
    spoilt = service.Solved(solved.problem, solved.result, trouble="start_window: n1 begins too late")
    stored = service.store_plan(run.id, spoilt)
    assert stored.state == RunState.FAILED
    assert asked(need, AssignmentState.PROPOSED) == []


def test_a_lock_holds_in_the_next_run(people: Cast) -> None:
    other = make_volunteer(point=None)
    need = make_need(elder=make_elder())
    service.set_pair_rule(people.actor(people.lin), need_id=need.id, volunteer_id=other.person_id, kind="lock")
    run_match(people, need)
    assert [a.volunteer_id for a in asked(need, AssignmentState.PROPOSED)] == [other.person_id]


def test_a_lock_that_breaks_a_rule_is_refused(people: Cast) -> None:
    need = make_need(elder=make_elder())
    with pytest.raises(service.LockImpossible):
        service.set_pair_rule(people.actor(people.lin), need_id=need.id, volunteer_id=people.dan.id, kind="lock")


def test_a_forbidden_pair_is_not_planned(people: Cast) -> None:
    need = make_need(elder=make_elder())
    service.set_pair_rule(people.actor(people.lin), need_id=need.id, volunteer_id=people.bo.id, kind="forbid")
    run = run_match(people, need)
    assert run.served == 0
    assert run.result["unserved"][0]["removed_by"]["forbidden"] == 1


def test_those_kept_apart_are_never_planned_together(people: Cast) -> None:
    need = make_need(elder=make_elder())
    database.add(Exclusion(elder_id=need.elder_id, volunteer_id=people.bo.id, wished_by=need.elder_id,
                           since=need.placed_at))  # fmt: skip
    database.flush()
    assert run_match(people, need).served == 0


def test_declining_asks_the_next_best_and_never_the_same_again(people: Cast) -> None:
    neighbour = make_volunteer()
    need = make_need(elder=make_elder(), regular_id=people.bo.id)
    service.publish_run(people.actor(people.lin), run_match(people, need).id)
    (first,) = asked(need)
    assert first.volunteer_id == people.bo.id
    following = decline_offer(people.actor(people.bo), first.id)
    assert following is not None
    assert (following.volunteer_id, following.origin) == (neighbour.person_id, Origin.NEXT_BEST)
    last = decline_offer(people.actor(database.get_one(Person, neighbour.person_id)), following.id)
    assert last is None
    assert database.scalars(select(Notice.person_id).where(Notice.kind == "nobody_left")).all() == [people.lin.id]


def test_silence_asks_the_next_best(people: Cast, clock: Any) -> None:
    make_volunteer()
    need = make_need(elder=make_elder(), regular_id=people.bo.id)
    service.publish_run(people.actor(people.lin), run_match(people, need).id)
    (first,) = asked(need)
    clock.move_to(first.deadline_at + timedelta(minutes=1))
    assert expire_offers() == 1
    assert [a.volunteer_id for a in asked(need)] != [people.bo.id]
    assert first.state == AssignmentState.EXPIRED


def test_accepting_looks_at_the_rules_again(people: Cast) -> None:
    need = make_need(elder=make_elder())
    service.publish_run(people.actor(people.lin), run_match(people, need).id)
    (offer,) = asked(need)
    database.get_one(Volunteer, people.bo.id).vetted_until = need.day - timedelta(days=1)
    database.flush()
    with pytest.raises(NoLongerFits):
        accept_offer(people.actor(people.bo), offer.id)


def test_a_newcomer_is_sent_along_with_whoever_goes(people: Cast) -> None:
    newcomer = make_volunteer(state=VolunteerState.PROBATION)
    need = make_need(elder=make_elder())
    run_match(people, need)
    planned = asked(need, AssignmentState.PROPOSED)
    assert [(a.place, a.volunteer_id, a.origin) for a in planned] == [
        (1, people.bo.id, Origin.MATCH),
        (2, newcomer.person_id, Origin.PARTNER),
    ]
