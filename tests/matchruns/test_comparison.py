"""What the board says of a new plan against the one before, and how far a running match is, in both languages."""

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select

from app.db import session as database
from app.matchruns import progress, service
from app.matchruns.comparison import Comparison, comparison
from app.matchruns.models import MatchRun
from app.needs.models import Need
from tests.factories import COMMUNITY, make_elder, make_need, make_volunteer
from tests.matchruns.support import run_match, text_of
from tests.people import Cast, cast


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


def compared(people: Cast, need: Need) -> Comparison:
    """The two newest plans of the day."""
    first, second = database.scalars(select(MatchRun).order_by(MatchRun.number)).all()[-2:]
    found = comparison(second, first)
    assert found is not None
    return found


def test_a_volunteer_who_was_left_out_is_named_as_the_reason(people: Cast, lin: Any) -> None:
    neighbour = make_volunteer()
    need = make_need(elder=make_elder(), regular_id=people.bo.id)
    run_match(people, need)
    service.set_pair_rule(people.actor(people.lin), need_id=need.id, volunteer_id=people.bo.id, kind="forbid")
    run_match(people, need)
    (changed,) = compared(people, need).changed
    assert [one.id for one in changed.before] == [people.bo.id]
    assert [one.id for one in changed.now] == [neighbour.person_id]
    assert (changed.why[0].kind, changed.why[0].rule) == ("rule", "forbidden")
    assert compared(people, need).goals["regular"] == -60
    page = text_of(lin.get("/c?view=compare&lang=en"))
    assert "Somebody else, or another time (1)" in page
    assert f"You left {people.bo.name} out." in page
    assert f"您没让 {people.bo.name} 去。" in text_of(lin.get("/c?view=compare&lang=zh"))


def test_who_is_matched_now_and_who_no_longer_is_told_on_the_board_and_with_the_run(people: Cast, lin: Any) -> None:
    need = make_need(elder=make_elder(), start=(9 * 60, 9 * 60))
    run_match(people, need)
    urgent = make_need(elder=make_elder(), start=(9 * 60, 9 * 60), day=need.day)
    service.set_pair_rule(people.actor(people.lin), need_id=urgent.id, volunteer_id=people.bo.id, kind="lock")
    run = run_match(people, need)
    found = compared(people, need)
    assert [one.order.need.id for one in found.served] == [urgent.id]
    assert [one.order.need.id for one in found.lost] == [need.id]
    for address in ("/c?view=compare&lang=en", f"/c/runs/{run.id}?lang=en"):
        page = text_of(lin.get(address))
        assert "Matched now (1)" in page
        assert "No longer matched (1)" in page
        assert f"{people.bo.name} now goes to D-{urgent.number}." in page
        assert f"{people.bo.name} was planned for D-{need.number} then." in page
        assert "Not matched because of orders that weigh the same: 0 before, 1 now" in page


def test_two_equal_plans_say_that_nothing_changed(people: Cast, lin: Any) -> None:
    need = make_need(elder=make_elder())
    run_match(people, need)
    run_match(people, need)
    assert compared(people, need).is_empty
    assert "Nothing changed." in text_of(lin.get("/c?view=compare&lang=en"))


def test_the_first_plan_of_a_day_has_nothing_beside_it(people: Cast, lin: Any) -> None:
    run_match(people, make_need(elder=make_elder()))
    assert "This is the first plan for this day." in text_of(lin.get("/c?view=compare&lang=en"))


def test_the_waiting_page_gives_the_step_and_what_is_reached(people: Cast, lin: Any) -> None:
    need = make_need(elder=make_elder())
    run = service.begin_run(people.actor(people.lin), COMMUNITY, need.day)
    service.note_step(run.id, "tiles 3/12", (4310, -20), (4593, 1 << 60))
    for address in ("/c?lang=en", f"/c/runs/{run.id}?lang=en"):
        page = text_of(lin.get(address))
        assert "Making it better, part 3 of 12." in page
        assert "The plan so far serves 4,310 of at most 4,593 points of urgency." in page
    assert "第3块，共12块" in text_of(lin.get("/c?lang=zh"))


@pytest.mark.parametrize(
    "step",
    [
        "candidates", "flow", "scarcity", "greedy", "layers", "mended", "rounds", "tiles 3/12", "tiles", "serve",
        "care", "reasons", "what else",
    ],
)
def test_every_step_of_the_solver_has_words_in_both_languages(app: Flask, step: str) -> None:
    said = []
    for language in ("en", "zh_Hans_CN"):
        with app.test_request_context(), force_locale(language):
            said.append(progress.in_words(progress.stored(step, (466, 3), (470, 9))))
    assert all("466" in words and "470" in words for words in said)
    assert said[0] != said[1]
    assert step == "what else" or "Reading the day." not in said[0]


def test_a_step_never_outgrows_its_column_and_an_unknown_bound_is_not_told() -> None:
    assert progress.stored("serve", (5, 0), (1 << 60, 1 << 60)) == "serve"
    assert progress.stored("care") == "care"
    assert len(progress.stored("tiles 123456789/123456789", (123456789, 0), (123456790, 0))) <= 40
