"""The volunteer's pages: one tap for yes and no, the door only after it, a sentence for everything that goes wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.db import transaction
from app.people.models import VolunteerState
from app.people.service import pin_of
from app.visits import service
from app.visits.models import Assignment, Visit, VisitReport, VisitState
from tests.conftest import Clock
from tests.factories import make_assignment, make_elder, make_need, make_visit, make_volunteer
from tests.people import Cast, cast
from tests.visits.support import World, paid_need

LogIn = Callable[[Any], FlaskClient]


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


@pytest.fixture
def world(people: Cast) -> World:
    return paid_need(people)


@pytest.fixture
def offered(world: World) -> Assignment:
    return make_assignment(need=world.need, volunteer=world.people.volunteer, start_min=570, why=["skill", "near"])


@pytest.fixture
def planned(world: World) -> Visit:
    return make_visit(need=world.need, volunteer=world.people.volunteer, start_min=570)


@pytest.fixture
def bo(log_in: LogIn, people: Cast) -> FlaskClient:
    return log_in(people.bo)


def _page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    return answer.text


def test_a_day_without_anything_says_so_and_offers_one_thing_to_do(bo: FlaskClient) -> None:
    page = _page(bo, "/v?lang=en")
    assert "nobody expects you today" in page
    assert "/v/times" in page


def test_who_has_no_times_is_asked_for_them(log_in: LogIn, people: Cast) -> None:
    newcomer = make_volunteer(free=())
    assert "not said yet when you are free" in _page(log_in(newcomer.person_id), "/v?lang=en")


@pytest.mark.parametrize(
    ("state", "words"),
    [(VolunteerState.APPLIED, "being looked at"), (VolunteerState.PAUSED, "taking a rest"),
     (VolunteerState.PROBATION, "experienced volunteer")],
)  # fmt: skip
def test_the_day_tells_who_is_not_asked_why(log_in: LogIn, people: Cast, state: VolunteerState, words: str) -> None:
    volunteer = make_volunteer(state=state)
    assert words in _page(log_in(volunteer.person_id), "/v?lang=en")


def test_an_offer_shows_no_door_no_phone_and_no_full_name(bo: FlaskClient, offered: Assignment) -> None:
    for path in ("/v", "/v/offers", f"/v/tasks/{offered.id}"):
        page = _page(bo, path)
        for secret in ("陈桂英", "5栋2单元301", "13800000001", "138 0000 0001"):
            assert secret not in page, (path, secret)
    page = _page(bo, f"/v/tasks/{offered.id}")
    assert "陈奶奶" in page
    assert "80 多岁" in page


def test_one_tap_accepts_and_shows_the_door(session: Any, bo: FlaskClient, offered: Assignment) -> None:
    answer = bo.post(f"/v/tasks/{offered.id}/accept")
    assert (answer.status_code, answer.location) == (303, f"/v/tasks/{offered.id}")
    page = _page(bo, f"/v/tasks/{offered.id}")
    assert "5栋2单元301" in page
    assert "138 0000 0001" in page
    session.refresh(offered)
    assert offered.state == "accepted"


def test_one_tap_declines_without_a_question(session: Any, bo: FlaskClient, offered: Assignment) -> None:
    assert bo.post(f"/v/tasks/{offered.id}/decline").status_code == 303
    session.refresh(offered)
    assert offered.state == "declined"
    assert "Thank you for telling us" in _page(bo, f"/v/tasks/{offered.id}?lang=en")


def test_the_slower_one_gets_a_kind_page_with_what_else_there_is(
    session: Any, log_in: LogIn, bo: FlaskClient, world: World, offered: Assignment
) -> None:
    other = make_volunteer()
    second = make_assignment(need=world.need, volunteer=other, start_min=570)
    make_assignment(need=make_need(elder=make_elder(), start=(840, 900)), volunteer=other)
    bo.post(f"/v/tasks/{offered.id}/accept")
    answer = log_in(other.person_id).post(f"/v/tasks/{second.id}/accept?lang=en")
    assert answer.status_code == 200
    assert "neighbour has already taken this" in answer.text
    assert "This still waits for you" in answer.text
    assert "rror" not in answer.text.split("<main")[1]


def test_an_offer_that_ran_out_is_explained(bo: FlaskClient, offered: Assignment, clock: Clock) -> None:
    clock.forward(hours=5)
    answer = bo.post(f"/v/tasks/{offered.id}/accept?lang=en")
    assert answer.status_code == 200
    assert "the time to answer has passed" in answer.text


def test_a_yes_is_taken_back_in_one_tap(session: Any, bo: FlaskClient, offered: Assignment) -> None:
    bo.post(f"/v/tasks/{offered.id}/accept")
    assert "Take back my yes" in _page(bo, f"/v/tasks/{offered.id}?lang=en")
    assert bo.post(f"/v/tasks/{offered.id}/undo").status_code == 303
    session.refresh(offered)
    assert offered.state == "offered"


def test_after_ten_minutes_taking_back_is_explained(bo: FlaskClient, offered: Assignment, clock: Clock) -> None:
    bo.post(f"/v/tasks/{offered.id}/accept")
    clock.forward(minutes=11)
    assert "Take back my yes" not in _page(bo, f"/v/tasks/{offered.id}?lang=en")
    answer = bo.post(f"/v/tasks/{offered.id}/undo?lang=en")
    assert answer.status_code == 409
    assert "works for 10 minutes" in answer.text


def test_an_accepted_visit_can_be_given_back(session: Any, bo: FlaskClient, planned: Visit) -> None:
    task = planned.assignment_id
    assert "nothing is held against you" in _page(bo, f"/v/tasks/{task}/cannot?lang=en")
    assert bo.post(f"/v/tasks/{task}/cannot").status_code == 303
    session.refresh(planned)
    assert planned.state == VisitState.CANCELLED


def test_nobody_opens_the_task_of_somebody_else(log_in: LogIn, people: Cast, planned: Visit) -> None:
    for person in (people.dan, people.lin, people.chen, people.xu):
        answer = log_in(person).get(f"/v/tasks/{planned.assignment_id}")
        assert answer.status_code in (403, 404)
        assert "5栋2单元301" not in answer.text
    for path in ("in", "out", "late", "noanswer", "concern", "cannot"):
        assert log_in(people.dan).get(f"/v/tasks/{planned.assignment_id}/{path}").status_code == 404


def test_in_and_out_with_the_digits_of_the_card(
    session: Any, bo: FlaskClient, people: Cast, planned: Visit, clock: Clock
) -> None:
    task, pin = planned.assignment_id, pin_of(people.elder)
    assert "4" in _page(bo, f"/v/tasks/{task}/in")
    assert bo.post(f"/v/tasks/{task}/in", data={"pin": pin}).status_code == 303
    clock.forward(minutes=42)
    assert "42 minutes" in _page(bo, f"/v/tasks/{task}/out?lang=en")
    assert bo.post(f"/v/tasks/{task}/out", data={"how": "fine"}).status_code == 303
    session.refresh(planned)
    assert (planned.state, planned.actual_min, planned.credit_min) == (VisitState.CHECKED_OUT, 42, 40)
    assert "42 minutes" in _page(bo, f"/v/tasks/{task}?lang=en")


def test_the_link_of_the_card_checks_in_and_out_with_one_tap(bo: FlaskClient, people: Cast, planned: Visit) -> None:
    task, card = planned.assignment_id, people.elder.card_code
    page = _page(bo, f"/v/tasks/{task}/in?card={card}")
    assert card in page
    assert 'name="pin"' not in page
    assert bo.post(f"/v/tasks/{task}/in", data={"card": card}).status_code == 303
    assert bo.post(f"/v/tasks/{task}/out", data={"card": card, "how": "fine"}).status_code == 303


def test_an_empty_pin_is_asked_for_again_and_not_counted(bo: FlaskClient, people: Cast, planned: Visit) -> None:
    for _ in range(5):
        answer = bo.post(f"/v/tasks/{planned.assignment_id}/in?lang=en", data={"pin": " "})
        assert answer.status_code == 422
        assert "type the four digits" in answer.text
    assert bo.post(f"/v/tasks/{planned.assignment_id}/in", data={"pin": pin_of(people.elder)}).status_code == 303


def test_a_pin_tried_a_fourth_time_is_refused_with_a_sentence(
    session: Any, bo: FlaskClient, people: Cast, planned: Visit
) -> None:
    task, pin = planned.assignment_id, pin_of(people.elder)
    wrong = f"{(int(pin) + 1) % 10000:04d}"
    statuses = [bo.post(f"/v/tasks/{task}/in?lang=en", data={"pin": wrong}).status_code for _ in range(3)]
    fourth = bo.post(f"/v/tasks/{task}/in?lang=en", data={"pin": pin})
    assert statuses == [422, 422, 429]
    assert fourth.status_code == 429
    assert "The number was wrong three times" in fourth.text
    assert "0717" in fourth.text
    session.refresh(planned)
    assert planned.state == VisitState.PLANNED


@pytest.mark.parametrize("pin", ["12", "abcd", "１２３４", "99999", "<script>", "0" * 500])
def test_a_pin_that_is_no_pin_is_wrong_and_nothing_worse(bo: FlaskClient, planned: Visit, pin: str) -> None:
    answer = bo.post(f"/v/tasks/{planned.assignment_id}/in?lang=en", data={"pin": pin})
    assert answer.status_code == 422
    assert "not the number on the card" in answer.text


def test_the_card_of_another_door_is_explained(bo: FlaskClient, planned: Visit) -> None:
    other = make_elder()
    answer = bo.post(f"/v/tasks/{planned.assignment_id}/in?lang=en", data={"card": other.card_code})
    assert answer.status_code == 409
    assert "belongs to another door" in answer.text


def test_a_worry_at_check_out_goes_to_the_grid_worker(
    session: Any, bo: FlaskClient, people: Cast, planned: Visit
) -> None:
    task = planned.assignment_id
    bo.post(f"/v/tasks/{task}/in", data={"card": people.elder.card_code})
    bo.post(f"/v/tasks/{task}/out", data={"how": "unwell", "words": "今天没吃饭"})
    report = session.query(VisitReport).one()
    assert (report.kind, report.about, report.words, report.owner_id) == (
        "concern",
        "unwell",
        "今天没吃饭",
        people.guo.id,
    )


def test_who_forgot_to_check_out_must_say_when_she_left(
    session: Any, bo: FlaskClient, people: Cast, planned: Visit, clock: Clock
) -> None:
    task = planned.assignment_id
    bo.post(f"/v/tasks/{task}/in", data={"card": people.elder.card_code})  # 9:00
    clock.forward(hours=4)
    answer = bo.post(f"/v/tasks/{task}/out?lang=en", data={"how": "fine", "words": "聊得很好"})
    assert answer.status_code == 422
    assert "聊得很好" in answer.text
    assert bo.post(f"/v/tasks/{task}/out", data={"how": "fine", "left_at": "09:50"}).status_code == 303
    session.refresh(planned)
    assert planned.actual_min == 50


@pytest.mark.parametrize("form", [{"how": "nonsense"}, {"how": "fine", "words": "长" * 1001}])
def test_a_check_out_that_cannot_be_read_is_kept(
    bo: FlaskClient, people: Cast, planned: Visit, form: dict[str, str]
) -> None:
    task = planned.assignment_id
    bo.post(f"/v/tasks/{task}/in", data={"card": people.elder.card_code})
    answer = bo.post(f"/v/tasks/{task}/out", data=form)
    assert answer.status_code == 422
    assert form.get("words", "") in answer.text


def test_the_page_to_leave_needs_somebody_inside(bo: FlaskClient, planned: Visit) -> None:
    answer = bo.get(f"/v/tasks/{planned.assignment_id}/out?lang=en")
    assert answer.status_code == 409
    assert "moved on" in answer.text


@pytest.mark.parametrize(
    ("kind", "data"), [("late", {"minutes": "20"}), ("noanswer", {}), ("concern", {"words": "手上有伤"})]
)
def test_a_report_names_who_follows_it_up(
    session: Any, bo: FlaskClient, people: Cast, planned: Visit, kind: str, data: dict[str, str]
) -> None:
    task = planned.assignment_id
    _page(bo, f"/v/tasks/{task}/{kind}")
    assert bo.post(f"/v/tasks/{task}/{kind}?lang=en", data=data).status_code == 303
    owner = people.lin if kind == "late" else people.guo
    assert owner.name in _page(bo, f"/v/tasks/{task}")


def test_a_worry_without_words_is_asked_for(bo: FlaskClient, planned: Visit) -> None:
    answer = bo.post(f"/v/tasks/{planned.assignment_id}/concern?lang=en", data={"words": ""})
    assert answer.status_code == 422
    assert "what worries you" in answer.text


def test_a_strange_lateness_is_the_least(session: Any, bo: FlaskClient, planned: Visit) -> None:
    bo.post(f"/v/tasks/{planned.assignment_id}/late", data={"minutes": "-5"})
    assert session.query(VisitReport).one().about == "10"


def test_the_calendar_file_has_the_time_and_never_the_door(bo: FlaskClient, planned: Visit) -> None:
    answer = bo.get(f"/v/tasks/{planned.assignment_id}.ics")
    assert answer.mimetype == "text/calendar"
    assert "DTSTART:20260616T013000Z" in answer.text
    assert answer.text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in answer.text.split("\r\n"))
    for secret in ("5栋", "13800000001", "陈桂英"):
        assert secret not in answer.text


def test_an_offer_has_no_calendar_file(bo: FlaskClient, offered: Assignment) -> None:
    assert bo.get(f"/v/tasks/{offered.id}.ics").status_code == 409


def test_looking_changes_nothing(session: Any, bo: FlaskClient, planned: Visit) -> None:
    before = {c.name: getattr(planned, c.name) for c in Visit.__table__.columns}
    for path in ("", "/in", "/late", "/noanswer", "/concern", "/cannot", ".ics"):
        _page(bo, f"/v/tasks/{planned.assignment_id}{path}")
    session.refresh(planned)
    assert before == {c.name: getattr(planned, c.name) for c in Visit.__table__.columns}


def test_a_day_after_the_visit_the_page_shows_no_door(
    session: Any, bo: FlaskClient, people: Cast, planned: Visit, clock: Clock
) -> None:
    task = planned.assignment_id
    bo.post(f"/v/tasks/{task}/in", data={"card": people.elder.card_code})
    clock.forward(minutes=30)
    bo.post(f"/v/tasks/{task}/out", data={"how": "fine"})
    assert "5栋2单元301" in _page(bo, f"/v/tasks/{task}")
    clock.forward(hours=24)
    page = _page(bo, f"/v/tasks/{task}")
    assert "5栋2单元301" not in page
    assert "138 0000 0001" not in page


def test_the_whole_day_reads_in_both_languages(bo: FlaskClient, people: Cast, planned: Visit) -> None:
    make_assignment(need=make_need(elder=make_elder(), start=(840, 900)), volunteer=people.volunteer)
    for language, word in (("en", "I'm here, check in"), ("zh", "陈奶奶")):
        assert word in _page(bo, f"/v?lang={language}")


# The elder's side --------------------------------------------------------------------------------------------------


@pytest.fixture
def served(session: Any, people: Cast, planned: Visit, clock: Clock) -> Visit:
    bo = people.actor(people.bo)
    with_transaction(session, lambda: service.check_in(bo, planned.id, card=people.elder.card_code))
    clock.forward(minutes=30)
    with_transaction(session, lambda: service.check_out(bo, planned.id))
    return planned


def with_transaction(session: Any, work: Callable[[], object]) -> None:
    session.commit()
    with transaction():
        work()


@pytest.mark.parametrize("who", ["chen", "mei", "guo", "lin"])
def test_each_who_speaks_for_her_can_say_yes(
    session: Any, log_in: LogIn, people: Cast, served: Visit, who: str
) -> None:
    answer = log_in(getattr(people, who)).post(f"/visits/{served.id}/confirm", data={"rating": "fairly"})
    assert answer.status_code == 303
    session.refresh(served)
    assert served.state == VisitState.CONFIRMED


def test_the_volunteer_and_a_stranger_cannot_say_yes(log_in: LogIn, people: Cast, served: Visit) -> None:
    assert log_in(people.bo).post(f"/visits/{served.id}/confirm").status_code == 403
    assert log_in(people.xu).post(f"/visits/{served.id}/confirm").status_code == 404


def test_a_no_keeps_the_words_and_says_what_happens(session: Any, log_in: LogIn, people: Cast, served: Visit) -> None:
    chen = log_in(people.chen)
    assert chen.post(f"/visits/{served.id}/dispute", data={"words": ""}).status_code == 422
    long = chen.post(f"/visits/{served.id}/dispute", data={"words": "久" * 1001})
    assert long.status_code == 422
    assert "久" * 1001 in long.text
    assert chen.post(f"/visits/{served.id}/dispute", data={"words": "没有人来"}).status_code == 303
    session.refresh(served)
    assert (served.state, served.dispute) == (VisitState.DISPUTED, "没有人来")


# The desk ----------------------------------------------------------------------------------------------------------


def test_the_desk_sees_who_is_late_first(log_in: LogIn, people: Cast, planned: Visit, clock: Clock) -> None:
    other = make_visit(need=make_need(elder=make_elder(), day=planned.day, start=(540, 540)), start_min=540)
    clock.forward(minutes=45)
    page = _page(log_in(people.lin), "/c/live?lang=en")
    assert "late by 45 minutes" in page
    assert "late by 15 minutes" in page
    assert page.index("late by 45") < page.index("late by 15")
    assert other.state == VisitState.PLANNED


def test_ten_minutes_are_not_late_yet(log_in: LogIn, people: Cast, planned: Visit, clock: Clock) -> None:
    clock.forward(minutes=40)
    assert "Everybody is on time" in _page(log_in(people.lin), "/c/live?lang=en")


def test_a_stranger_sees_nothing_of_the_day(log_in: LogIn, people: Cast, planned: Visit) -> None:
    assert "陈桂英" not in _page(log_in(people.xu), "/c/live")
    assert "陈桂英" in _page(log_in(people.guo), "/g/live")


def test_an_empty_day_says_so(log_in: LogIn, people: Cast) -> None:
    assert "No visits today" in _page(log_in(people.lin), "/c/live?lang=en")


def test_a_report_is_closed_with_what_was_found(
    session: Any, log_in: LogIn, bo: FlaskClient, people: Cast, planned: Visit
) -> None:
    bo.post(f"/v/tasks/{planned.assignment_id}/noanswer")
    report = session.query(VisitReport).one()
    guo = log_in(people.guo)
    assert "nobody opens" in _page(guo, "/g/live?lang=en")
    empty = guo.post(f"/g/live/reports/{report.id}/close?lang=en", data={"outcome": " "})
    assert empty.status_code == 422
    assert "what you found" in empty.text
    assert guo.post(f"/g/live/reports/{report.id}/close", data={"outcome": "女儿接走了"}).status_code == 303
    session.refresh(report)
    assert (report.outcome, report.closed_at is not None) == ("女儿接走了", True)


def test_the_desk_notes_a_visit_by_phone(
    session: Any, log_in: LogIn, people: Cast, planned: Visit, clock: Clock
) -> None:
    lin = log_in(people.lin)
    assert lin.post(f"/c/live/visits/{planned.id}/in").status_code == 303
    clock.forward(minutes=30)
    assert lin.post(f"/c/live/visits/{planned.id}/out").status_code == 303
    session.refresh(planned)
    assert (planned.state, planned.checked_in_how, planned.actual_min) == (VisitState.CHECKED_OUT, "staff", 30)
    assert log_in(people.xu).post(f"/c/live/visits/{planned.id}/failed").status_code == 404


def test_a_dispute_is_answered_on_the_page(session: Any, log_in: LogIn, people: Cast, served: Visit) -> None:
    log_in(people.chen).post(f"/visits/{served.id}/dispute", data={"words": "只来了十分钟"})
    lin = log_in(people.lin)
    assert "只来了十分钟" in _page(lin, "/c/live")
    for minutes in ("", "abc", "-3", "500"):
        answer = lin.post(f"/c/live/disputes/{served.id}", data={"answer": "happened", "minutes": minutes})
        assert answer.status_code == 422
    assert lin.post(f"/c/live/disputes/{served.id}", data={"answer": "happened", "minutes": "10"}).status_code == 303
    session.refresh(served)
    assert (served.state, served.credit_min) == (VisitState.CONFIRMED, 10)


# Late entry --------------------------------------------------------------------------------------------------------


def test_a_visit_from_paper_needs_two_people(
    session: Any, log_in: LogIn, people: Cast, planned: Visit, clock: Clock
) -> None:
    clock.forward(hours=26)
    guo, lin = log_in(people.guo), log_in(people.lin)
    assert "陈桂英" in _page(guo, "/g/late")
    form = {"visit": planned.id, "began": "9:35", "ended": "10:05", "words": "手机没电"}
    assert guo.post("/g/late", data=form).status_code == 303
    again = guo.post("/g/late?lang=en", data=form)
    assert again.status_code == 409
    assert "already entered" in again.text
    entry = _only_entry(session)
    assert "手机没电" in _page(lin, "/c/live")
    assert lin.post(f"/c/late/{entry}/approve").status_code == 303
    session.refresh(planned)
    assert (planned.state, planned.actual_min, planned.checked_in_how) == (VisitState.CHECKED_OUT, 30, "late")


def _only_entry(session: Any) -> str:
    from app.visits.models import LateEntry

    return str(session.query(LateEntry).one().id)


def test_who_entered_it_does_not_approve_it(
    session: Any, log_in: LogIn, people: Cast, planned: Visit, clock: Clock
) -> None:
    clock.forward(hours=26)
    lin = log_in(people.lin)
    lin.post("/c/late", data={"visit": planned.id, "began": "9:35", "ended": "10:05", "words": "手机没电"})
    entry = _only_entry(session)
    answer = lin.post(f"/c/late/{entry}/approve?lang=en")
    assert answer.status_code == 403
    assert "two people" in answer.text
    assert log_in(people.approver).post(f"/c/late/{entry}/refuse").status_code == 303
    session.refresh(planned)
    assert planned.state == VisitState.PLANNED


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"visit": ""}, "visit"), ({"began": "x"}, "began"), ({"ended": ""}, "ended"), ({"ended": "9:00"}, "ended"),
     ({"words": ""}, "words"), ({"began": "25:00"}, "began")],
)  # fmt: skip
def test_a_late_entry_that_cannot_be_read_loses_nothing(
    log_in: LogIn, people: Cast, planned: Visit, clock: Clock, changed: dict[str, str], field: str
) -> None:
    clock.forward(hours=26)
    form = {"visit": planned.id, "began": "9:35", "ended": "10:05", "words": "手机没电"} | changed
    answer = log_in(people.guo).post("/g/late", data=form)
    assert answer.status_code == 422
    assert f"#f-{field}" in answer.text
    for name in ("began", "ended", "words"):
        assert form[name] in answer.text


def test_a_visit_of_yesterday_that_did_not_take_place_is_closed(
    session: Any, log_in: LogIn, people: Cast, planned: Visit, clock: Clock
) -> None:
    clock.forward(hours=26)
    guo = log_in(people.guo)
    assert f"/g/live/visits/{planned.id}/failed" in _page(guo, "/g/late")
    assert guo.post(f"/g/live/visits/{planned.id}/failed").status_code == 303
    session.refresh(planned)
    assert planned.state == VisitState.FAILED
    assert f"/g/live/visits/{planned.id}/failed" not in _page(guo, "/g/late")


def test_a_visit_that_is_not_over_is_not_entered(log_in: LogIn, people: Cast, planned: Visit) -> None:
    form = {"visit": planned.id, "began": "9:35", "ended": "10:05", "words": "手机没电"}
    answer = log_in(people.guo).post("/g/late?lang=en", data=form)
    assert answer.status_code == 422
    assert "has not come yet" in answer.text
