"""/c/review: what waits, late ones on top; take on, ask back, refuse, turn a wish, offer a wish."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from app import clock as clock_now
from app.db import db, transaction
from app.db import session as database
from app.needs.models import Need, NeedState
from app.needs.service import place_need
from app.visits.models import Assignment, AssignmentState, Origin
from tests.factories import make_elder, make_need, make_volunteer
from tests.needs.support import TOMORROW, entry
from tests.people import Cast

EN = {"Accept-Language": "en"}


@pytest.fixture
def desk(cast: Cast, log_in: Any) -> Any:
    """Coordinator Lin, reading English."""
    cast.lin.language = "en"
    return log_in(cast.lin)


def placed(cast: Cast, **given: Any) -> Need:
    """An order of Aunt Chen as Mei sent it: her first."""
    database.commit()
    with transaction():
        return place_need(cast.actor(cast.mei), entry(cast.chen.id, **given))


def wish(cast: Cast) -> Need:
    return placed(cast, item_code=None, wish_text="想看看长江")


def again(need: Need) -> Need:
    return database.get_one(Need, need.id, populate_existing=True)


def test_an_empty_list_says_so(desk: Any) -> None:
    page = desk.get("/c/review").get_data(as_text=True)
    assert "No order waits for a look" in page


def test_the_list_says_who_what_when_and_why(cast: Cast, desk: Any) -> None:
    need = placed(cast, note="带上老花镜")
    page = desk.get("/c/review").get_data(as_text=True)
    assert f"D-{need.number}" in page
    for words in ("Company and a chat", "陈桂英", "Grid 3", "first order", "带上老花镜", "ordered by 陈梅"):
        assert words in page


def test_late_ones_stand_on_top_and_say_so(cast: Cast, desk: Any) -> None:
    now = clock_now.now()
    make_need(elder=cast.elder, state=NeedState.REVIEW, review_due_at=now + timedelta(hours=3), number=2001)
    make_need(elder=make_elder(), state=NeedState.REVIEW, review_due_at=now - timedelta(hours=3), number=2002)
    page = desk.get("/c/review").get_data(as_text=True)
    assert page.index("D-2002") < page.index("D-2001")
    assert "late since" in page


def test_taken_on_in_one_tap(cast: Cast, desk: Any) -> None:
    need = placed(cast)
    answer = desk.post(f"/c/review/{need.id}/accept")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/c/review")
    assert again(need).state == NeedState.OPEN
    assert "Taken on" in desk.get("/c/review").get_data(as_text=True)


def test_an_order_for_today_leads_on_to_who_can_come_now(cast: Cast, desk: Any) -> None:
    need = placed(cast, day=TOMORROW - timedelta(days=1), earliest_start_min=840, latest_start_min=900)
    answer = desk.post(f"/c/review/{need.id}/accept")
    assert answer.headers["Location"] == f"/c/today/{need.id}"
    assert "李博" in desk.get(answer.headers["Location"]).get_data(as_text=True)


def test_taken_on_a_second_time_is_said_kindly(cast: Cast, desk: Any) -> None:
    need = placed(cast)
    desk.post(f"/c/review/{need.id}/accept")
    desk.get("/c/review")
    desk.post(f"/c/review/{need.id}/accept")
    assert "moved on" in desk.get("/c/review").get_data(as_text=True)


def test_a_refusal_without_a_reason_stays_open_with_what_was_typed(cast: Cast, desk: Any) -> None:
    need = placed(cast)
    answer = desk.post(f"/c/review/{need.id}/refuse", data={"reason": "  "})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Give the reason in a sentence" in page
    assert f'href="#f-reason-{need.id}"' in page
    long = "雨" * 501
    page = desk.post(f"/c/review/{need.id}/refuse", data={"reason": long}).get_data(as_text=True)
    assert long in page
    assert again(need).state == NeedState.REVIEW


def test_asked_back_the_question_and_later_the_answer_are_shown(cast: Cast, desk: Any) -> None:
    need = placed(cast)
    desk.post(f"/c/review/{need.id}/ask", data={"question": "上午还是下午方便？"})
    page = desk.get("/c/review").get_data(as_text=True)
    assert "上午还是下午方便？" in page
    assert "waiting for her answer" in page


def test_the_other_order_of_the_day_stands_beside_it(cast: Cast, desk: Any) -> None:
    make_need(elder=cast.elder, day=TOMORROW, number=3001)
    placed(cast)
    page = desk.get("/c/review").get_data(as_text=True)
    assert "D-3001" in page
    assert "perhaps twice" in page


def test_high_risk_reminds_of_the_agreement(cast: Cast, desk: Any) -> None:
    placed(cast, item_code="hospital-escort", latest_start_min=510)
    assert "agreement in writing" in desk.get("/c/review").get_data(as_text=True)


# Wishes ------------------------------------------------------------------------------------------------------------


def test_a_wish_becomes_an_order(cast: Cast, desk: Any) -> None:
    need = wish(cast)
    assert "想看看长江" in desk.get("/c/review").get_data(as_text=True)
    desk.post(f"/c/review/{need.id}/turn", data={"item": "outing-escort", "minutes": "120"})
    turned = again(need)
    assert (turned.state, turned.item_code, turned.duration_min) == (NeedState.OPEN, "outing-escort", 120)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"item": ""}, "Choose what it becomes"),
        ({"item": "outing-escort", "minutes": "eine"}, "whole minutes"),
        ({"item": "outing-escort", "minutes": "0"}, "whole minutes"),
        ({"item": "outing-escort", "minutes": "999"}, "between 45 and 180 minutes"),
    ],
)
def test_a_wish_that_can_not_become_that_keeps_the_words(
    cast: Cast, desk: Any, data: dict[str, str], sentence: str
) -> None:
    need = wish(cast)
    answer = desk.post(f"/c/review/{need.id}/turn", data=data)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, sentence in page) == (422, True)
    assert again(need).state == NeedState.REVIEW
    if data.get("minutes"):
        assert f'value="{data["minutes"]}"' in page


def test_a_wish_is_offered_to_somebody(cast: Cast, desk: Any) -> None:
    need = wish(cast)
    desk.post(f"/c/review/{need.id}/offer", data={"volunteer": cast.bo.id, "start": "9:00"})
    offer = database.scalars(select(Assignment).where(Assignment.need_id == need.id)).one()
    assert (offer.volunteer_id, offer.start_min, offer.state) == (cast.bo.id, 540, AssignmentState.OFFERED)
    assert (offer.origin, again(need).state) == (Origin.BY_NAME, NeedState.OPEN)
    assert "No order waits for a look" in desk.get("/c/review").get_data(as_text=True)


@pytest.mark.parametrize("data", [{"volunteer": "", "start": "9:00"}, {"start": "7:00"}, {"start": "neun"}])
def test_an_offer_needs_a_person_and_a_time(cast: Cast, desk: Any, data: dict[str, str]) -> None:
    need = wish(cast)
    answer = desk.post(f"/c/review/{need.id}/offer", data={"volunteer": cast.bo.id, **data})
    assert answer.status_code == 422
    assert again(need).state == NeedState.REVIEW
    assert data["start"] in answer.get_data(as_text=True)


def test_whoever_may_not_be_sent_is_not_asked(cast: Cast, desk: Any) -> None:
    unvetted = make_volunteer(vetted_until=None)
    need = wish(cast)
    data = {"volunteer": unvetted.person_id, "start": "9:00"}
    desk.post(f"/c/review/{need.id}/offer", data=data)
    assert "Nobody was asked" in desk.get("/c/review").get_data(as_text=True)
    assert again(need).state == NeedState.REVIEW
    assert database.scalars(select(Assignment)).all() == []


def test_somebody_of_another_community_is_not_asked(cast: Cast, desk: Any) -> None:
    stranger = make_volunteer(unit_code="420503001001")
    need = wish(cast)
    desk.post(f"/c/review/{need.id}/offer", data={"volunteer": stranger.person_id, "start": "9:00"})
    assert database.scalars(select(Assignment)).all() == []


# Who, and how much ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["guo", "chen", "bo", "auditor"])
def test_only_coordinators_open_it(cast: Cast, log_in: Any, who: str) -> None:
    assert log_in(getattr(cast, who)).get("/c/review").status_code == 403


def test_a_stranger_finds_nothing_to_review(cast: Cast, log_in: Any) -> None:
    need = placed(cast)
    stranger = log_in(cast.xu)
    assert f"D-{need.number}" not in stranger.get("/c/review").get_data(as_text=True)
    assert stranger.post(f"/c/review/{need.id}/accept").status_code == 404
    assert again(need).state == NeedState.REVIEW


def test_long_lists_come_page_by_page_and_an_error_keeps_the_page(cast: Cast, desk: Any) -> None:
    now = clock_now.now()
    due = [now + timedelta(minutes=number) for number in range(12)]
    needs = [make_need(elder=make_elder(), state=NeedState.REVIEW, review_due_at=at) for at in due]
    assert f"D-{needs[11].number}" not in desk.get("/c/review").get_data(as_text=True)
    second = desk.get("/c/review?page=2").get_data(as_text=True)
    assert f"D-{needs[11].number}" in second
    answer = desk.post(f"/c/review/{needs[11].id}/ask?page=2", data={"question": ""})
    assert f"f-question-{needs[11].id}" in answer.get_data(as_text=True)


def test_the_list_asks_the_database_no_more_often_for_ten_than_for_two(cast: Cast, desk: Any) -> None:
    def queries() -> int:
        count = 0

        def counted(*_: Any) -> None:
            nonlocal count
            count += 1

        event.listen(db.engine, "before_cursor_execute", counted)
        desk.get("/c/review")
        event.remove(db.engine, "before_cursor_execute", counted)
        return count

    for _number in range(2):
        make_need(elder=make_elder(), state=NeedState.REVIEW)
    database.commit()
    few = queries()
    for _number in range(8):
        make_need(elder=make_elder(), state=NeedState.REVIEW)
    database.commit()
    assert queries() == few
