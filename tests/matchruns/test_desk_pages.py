"""The coordinator's pages: the board, publishing, one order, today, the record; and the same from the command line."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.db import session as database
from app.matchruns import nightly, service
from app.matchruns.models import MatchRun, RunState
from app.needs.models import NeedState
from app.org.models import OrgUnit
from app.people.models import Person, VolunteerState
from app.visits.models import Assignment, AssignmentState, Origin
from matching import Problem, Result, check
from tests.factories import COMMUNITY, make_elder, make_need, make_visit, make_volunteer
from tests.matchruns.support import text_of
from tests.people import Cast


@pytest.fixture
def people(cast: Cast) -> Cast:
    return cast


def newest() -> MatchRun:
    return database.scalars(select(MatchRun).order_by(MatchRun.number.desc())).first()  # type: ignore[return-value]


def offers(need_id: str) -> list[Assignment]:
    rows = select(Assignment).where(Assignment.need_id == need_id, Assignment.state == AssignmentState.OFFERED)
    return list(database.scalars(rows.order_by(Assignment.place)))


# The board -----------------------------------------------------------------------------------------------------------


def test_an_empty_day_says_what_to_expect(lin: Any) -> None:
    answer = lin.get("/c?lang=en")
    assert answer.status_code == 200
    assert "There are no open orders for this day yet." in text_of(answer)


def test_run_look_and_publish_takes_three_presses(lin: Any, people: Cast) -> None:
    need = make_need(elder=make_elder())
    assert "1 order waits for the match" in text_of(lin.get("/c?lang=en"))
    assert lin.post("/c/run").status_code == 303
    board = text_of(lin.get("/c?lang=en"))
    assert "1 matched, 0 not matched" in board
    assert "Nobody has been told yet" in board
    assert "Volunteers to be asked: 1" in text_of(lin.get("/c/publish?lang=en"))
    answer = lin.post("/c/publish", data={"run": newest().id})
    assert answer.status_code == 303
    assert "waiting for an answer" in text_of(lin.get(answer.location))
    assert [offer.volunteer_id for offer in offers(need.id)] == [people.bo.id]


@pytest.mark.parametrize("view", ["list", "volunteers", "map", "compare", "nonsense"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_view_of_the_plan_opens(lin: Any, view: str, language: str) -> None:
    make_need(elder=make_elder())
    make_need(elder=make_elder(point=(30.73, 111.29)), item="home-haircut")
    lin.post("/c/run")
    lin.post("/c/run")
    answer = lin.get(f"/c?view={view}&lang={language}")
    assert answer.status_code == 200


def test_a_match_under_way_says_how_far_it_is(lin: Any, people: Cast) -> None:
    need = make_need(elder=make_elder())
    run = service.begin_run(people.actor(people.lin), COMMUNITY, need.day)
    service.note_step(run.id, "care")
    page = lin.get("/c?lang=en")
    assert "Then: familiar faces and short ways." in text_of(page)
    assert 'http-equiv="refresh"' in page.get_data(as_text=True)


def test_what_is_not_matched_says_why(lin: Any, people: Cast) -> None:
    make_need(elder=make_elder(), item="home-haircut")
    lin.post("/c/run")
    board = text_of(lin.get("/c?lang=en"))
    assert "Not matched (1)" in board
    assert "Nobody can come: 2 lack the skill" in board


def test_a_day_without_orders_is_not_run_but_explained(lin: Any) -> None:
    lin.get("/c?lang=en")
    answer = lin.get(lin.post("/c/run").location)
    assert "nothing to match" in text_of(answer)
    assert newest() is None


def test_today_is_not_for_the_match(lin: Any, clock: Any) -> None:
    answer = lin.post("/c/run", data={"day": clock.now.date().isoformat()})
    assert answer.location == "/c/today"


def test_somebody_elses_community_is_not_there(people: Cast, log_in: Any) -> None:
    assert log_in(people.xu).get(f"/c?unit={COMMUNITY}").status_code == 404


def test_publishing_twice_sends_once(lin: Any) -> None:
    need = make_need(elder=make_elder())
    lin.post("/c/run")
    run = newest()
    lin.post("/c/publish", data={"run": run.id})
    assert lin.post("/c/publish", data={"run": run.id}).status_code == 303
    assert len(offers(need.id)) == 1


def test_an_order_that_came_later_is_pointed_out(lin: Any) -> None:
    make_need(elder=make_elder())
    lin.post("/c/run")
    make_need(elder=make_elder())
    assert "1 order came after this plan was made" in text_of(lin.get("/c?lang=en"))


def test_the_documents_of_a_run_can_be_taken_away_and_checked(lin: Any) -> None:
    make_need(elder=make_elder())
    lin.post("/c/run")
    problem = lin.get(f"/c/runs/{newest().id}/problem.json").get_json()
    result = lin.get(f"/c/runs/{newest().id}/result.json").get_json()
    assert check(Problem.from_dict(problem), Result.from_dict(result)) == []
    assert lin.get("/c/runs").status_code == 200


# One order -----------------------------------------------------------------------------------------------------------


def test_asking_by_name_is_an_offer_and_no_order(lin: Any, people: Cast) -> None:
    need = make_need(elder=make_elder())
    assert people.bo.name in text_of(lin.get(f"/c/orders/{need.id}?lang=en"))
    lin.post(f"/c/orders/{need.id}/ask", data={"volunteer": people.bo.id})
    (offer,) = offers(need.id)
    assert (offer.volunteer_id, offer.origin) == (people.bo.id, Origin.BY_NAME)


def test_whoever_lives_too_far_can_still_be_asked_by_name_and_accept(lin: Any, people: Cast, log_in: Any) -> None:
    need = make_need(elder=make_elder())
    page = text_of(lin.get(f"/c/orders/{need.id}?lang=en"))
    assert "farther than the own limit" in page
    lin.post(f"/c/orders/{need.id}/ask", data={"volunteer": people.dan.id})
    (offer,) = offers(need.id)
    log_in(people.dan).post(f"/v/tasks/{offer.id}/accept")
    database.refresh(need)
    assert need.state == NeedState.ARRANGED


def test_whoever_lacks_the_skill_cannot_be_asked(lin: Any, people: Cast) -> None:
    need = make_need(elder=make_elder(), item="home-haircut")
    lin.post(f"/c/orders/{need.id}/ask", data={"volunteer": people.bo.id})
    assert offers(need.id) == []


def test_a_pair_is_locked_left_out_and_freed(lin: Any, people: Cast) -> None:
    need = make_need(elder=make_elder())
    for kind, words in (("lock", "Unlock"), ("free", "Lock"), ("forbid", "Left out by you")):
        lin.post(f"/c/orders/{need.id}/pair", data={"volunteer": people.bo.id, "kind": kind})
        assert words in text_of(lin.get(f"/c/orders/{need.id}?lang=en"))


def test_an_impossible_lock_is_explained(lin: Any, people: Cast) -> None:
    need = make_need(elder=make_elder())
    lin.get("/c?lang=en")
    answer = lin.post(f"/c/orders/{need.id}/pair", data={"volunteer": people.dan.id, "kind": "lock"})
    assert "can&#39;t be locked here" in lin.get(answer.location).get_data(as_text=True)


def test_a_newcomer_is_asked_to_go_along(lin: Any, people: Cast) -> None:
    newcomer = make_volunteer(state=VolunteerState.PROBATION)
    visit = make_visit(need=make_need(elder=make_elder()), volunteer=people.volunteer)
    lin.post(f"/c/orders/{visit.need_id}/partner", data={"volunteer": newcomer.person_id})
    (offer,) = offers(visit.need_id)
    assert (offer.place, offer.origin) == (2, Origin.PARTNER)


def test_orders_are_found_by_number_and_by_name(lin: Any) -> None:
    need = make_need(elder=make_elder(name="欧阳秀兰"))
    for words in (f"D-{need.number}", str(need.number), "欧阳"):
        assert f"D-{need.number}" in text_of(lin.get(f"/c/orders?q={words}"))
    assert "No order fits" in text_of(lin.get("/c/orders?q=D-99999&lang=en"))


@pytest.mark.parametrize("act", ["ask", "pair", "partner", "change"])
def test_a_stranger_can_do_nothing_to_an_order(people: Cast, log_in: Any, act: str) -> None:
    need = make_need(elder=make_elder())
    stranger = log_in(people.xu)
    assert stranger.get(f"/c/orders/{need.id}").status_code == 404
    answer = stranger.post(f"/c/orders/{need.id}/{act}", data={"volunteer": people.bo.id, "kind": "lock", "run": "x"})
    assert answer.status_code in (303, 404)
    assert offers(need.id) == []


# Today ---------------------------------------------------------------------------------------------------------------


def test_an_order_for_today_is_asked_of_up_to_three(lin: Any, people: Cast, clock: Any, log_in: Any) -> None:
    others = [make_volunteer() for _ in range(3)]
    need = make_need(elder=make_elder(), day=clock.now.date(), start=(14 * 60, 16 * 60), same_day=True)
    assert f"D-{need.number}" in text_of(lin.get("/c/today"))
    everybody = [people.bo.id, *(v.person_id for v in others)]
    refused = lin.post(f"/c/today/{need.id}?lang=en", data={"volunteer": everybody})
    assert refused.status_code == 422
    assert "one to three" in text_of(refused)
    assert "checked" in refused.get_data(as_text=True)
    lin.post(f"/c/today/{need.id}", data={"volunteer": everybody[:2]})
    first, second = offers(need.id)
    log_in(people.bo).post(f"/v/tasks/{(first if first.volunteer_id == people.bo.id else second).id}/accept")
    database.refresh(need)
    assert need.state == NeedState.ARRANGED
    assert offers(need.id) == []


def test_nobody_is_asked_to_come_before_now(lin: Any, clock: Any) -> None:
    need = make_need(elder=make_elder(), day=clock.now.date(), start=(6 * 60, 7 * 60), same_day=True)
    assert "Nobody who keeps the rules can come in time" in text_of(lin.get(f"/c/today/{need.id}?lang=en"))


# Night and command line ----------------------------------------------------------------------------------------------


def test_the_night_proposes_where_it_was_asked_for(people: Cast, clock: Any) -> None:
    make_need(elder=make_elder())
    unit = database.get_one(OrgUnit, COMMUNITY)
    assert nightly.due() == []
    unit.match_nightly, unit.match_at_min = True, 10 * 60
    database.flush()
    assert nightly.due() == []  # it is nine in the morning
    clock.forward(hours=2)
    tomorrow = (clock.now + timedelta(hours=8)).date() + timedelta(days=1)
    assert nightly.due() == [(COMMUNITY, tomorrow)]


def test_the_evening_is_asked_for_and_left_again(lin: Any, people: Cast, log_in: Any) -> None:
    lin.post("/c/runs/evening", data={"unit": COMMUNITY, "on": "1", "hour": "18"})
    assert "from 18:00 on" in text_of(lin.get("/c/runs?lang=en"))
    assert log_in(people.xu).post("/c/runs/evening", data={"unit": COMMUNITY}).status_code == 404
    lin.post("/c/runs/evening", data={"unit": COMMUNITY})
    assert "when somebody runs the match" in text_of(lin.get("/c/runs?lang=en"))


def test_the_command_prints_one_object_and_saves_the_documents(people: Cast, app: Flask, tmp_path: Path) -> None:
    make_need(elder=make_elder())
    make_need(elder=make_elder(), item="home-haircut")
    database.commit()
    told = app.test_cli_runner().invoke(args=["match", "--unit", COMMUNITY, "--json", "--save", str(tmp_path)])
    assert told.exit_code == 0, told.output
    document = json.loads(told.stdout)
    assert list(document) == ["run", "unit", "day", "needs", "served", "unserved", "levels", "seconds"]
    assert (document["needs"], document["served"], len(document["unserved"])) == (2, 1, 1)
    problem, result = Problem.from_json(tmp_path / "problem.json"), Result.from_json(tmp_path / "result.json")
    assert check(problem, result) == []
    assert newest().state == RunState.PROPOSED


@pytest.mark.parametrize(
    "words", [["--unit", "999999999999"], ["--unit", COMMUNITY, "--day", "tomorrow"], ["--unit", COMMUNITY]]
)
def test_the_command_says_in_a_sentence_what_is_wrong(people: Cast, app: Flask, words: list[str]) -> None:
    database.commit()
    told = app.test_cli_runner().invoke(args=["match", *words])
    assert told.exit_code == 2
    assert told.stdout == ""
    assert "Traceback" not in told.stderr
    assert told.stderr.strip()


def test_the_command_publishes_when_told_to(people: Cast, app: Flask) -> None:
    need = make_need(elder=make_elder())
    database.commit()
    told = app.test_cli_runner().invoke(args=["match", "--unit", COMMUNITY, "--publish"])
    assert told.exit_code == 0, told.output
    database.expire_all()
    assert len(offers(need.id)) == 1


# Other times and partners ------------------------------------------------------------------------------------------


def test_other_times_say_how_many_could_come_and_who_best(lin: Any, people: Cast) -> None:
    need = make_need(elder=make_elder(), start=(6 * 60, 6 * 60))
    page = text_of(lin.get(f"/c/orders/{need.id}?lang=en"))
    assert "If the elder agrees to another time" in page
    assert re.search(rf"1 person could come Best: {people.bo.name} at \d+:\d\d\.", page)
    assert "换个时间" in text_of(lin.get(f"/c/orders/{need.id}?lang=zh"))


def test_an_order_for_two_says_who_could_start_together(lin: Any, people: Cast) -> None:
    other = make_volunteer()
    need = make_need(elder=make_elder(), volunteers_needed=2)
    page = text_of(lin.get(f"/c/orders/{need.id}?lang=en"))
    name = database.get_one(Person, other.person_id).name
    assert f"could start together with {people.bo.name}" in page
    assert f"could start together with {name}" in page
