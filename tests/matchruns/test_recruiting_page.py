"""The list of whom to look for: what it says, to whom, and where it is empty."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db import session as database
from app.org.models import OrgUnit, UnitLevel
from tests.factories import COMMUNITY, make_elder, make_need
from tests.matchruns.support import run_match, text_of
from tests.people import Cast


@pytest.fixture
def people(cast: Cast) -> Cast:
    return cast


def escorts(count: int) -> list[Any]:
    """Escorts at the same hour, that nobody of the cast can make."""
    return [make_need(elder=make_elder(), item="hospital-escort", start=(540, 545)) for _ in range(count)]


def test_nothing_left_over_is_said_with_a_way_on(lin: Any) -> None:
    answer = lin.get("/c/recruiting?lang=en")
    assert answer.status_code == 200
    assert "Nothing was left over in these four weeks." in text_of(answer)


def test_people_are_named_by_number_skill_place_and_time(lin: Any, people: Cast) -> None:
    needs = escorts(2)
    run = run_match(people, needs[0])
    assert len(run.result["unserved"]) == 2
    text = text_of(lin.get("/c/recruiting?lang=en"))
    assert "2 orders left over" in re.sub(r"(\d+) (\w)", r"\1 \2", text)
    assert "mornings" in text
    assert "2 people more" in text
    assert "0.5" in text  # two orders in four weeks
    for need in needs:
        assert f"D-{need.number}" in text
    chinese = text_of(lin.get("/c/recruiting?lang=zh"))
    assert "再有2人" in chinese
    assert "上午" in chinese


def test_a_search_keeps_what_fits_and_says_when_nothing_does(lin: Any, people: Cast) -> None:
    run_match(people, escorts(1)[0])
    assert "1 person more" in text_of(lin.get("/c/recruiting?lang=en&q=morning"))
    assert "No line fits this search." in text_of(lin.get("/c/recruiting?lang=en&q=piano"))


def test_a_newer_plan_of_the_same_day_takes_the_place_of_the_older(lin: Any, people: Cast) -> None:
    needs = escorts(1)
    run_match(people, needs[0])
    run_match(people, needs[0])
    text = text_of(lin.get("/c/recruiting?lang=en"))
    assert "1 order," in text


def test_runs_of_longer_ago_do_not_count(lin: Any, people: Cast) -> None:
    run = run_match(people, escorts(1)[0])
    run.day = run.day - timedelta(days=40)
    database.flush()
    assert "Nothing was left over" in text_of(lin.get("/c/recruiting?lang=en"))


def test_the_pages_of_runs_lead_here_and_nobody_else_comes_in(lin: Any, people: Cast, log_in: Any) -> None:
    run = run_match(people, escorts(1)[0])
    for address in ("/c/runs", f"/c/runs/{run.id}"):
        assert "/c/recruiting" in lin.get(address).get_data(as_text=True)
    assert lin.get(f"/c/recruiting/{COMMUNITY}").status_code == 200
    other = database.scalars(select(OrgUnit).where(OrgUnit.level != UnitLevel.COMMUNITY)).first()
    assert other is not None
    assert lin.get(f"/c/recruiting/{other.code}").status_code == 404
    assert log_in(people.bo).get("/c/recruiting").status_code in (302, 303, 403, 404)
