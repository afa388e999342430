"""Points of a visit that is undone: they go back as far as they are there, what was used stays, and she is told."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app import clock as wall
from app.db import session as database
from app.db import transaction
from app.desk import keeping
from app.desk import service as acts
from app.ledger import service
from app.ledger.models import Account, AccountKind, AwaitedCredit, Transfer, Unit
from app.ledger.points import ensure_points_accounts
from app.ledger.queries import find_account
from app.notices.models import Notice
from tests.desk.test_keeping import LogIn, Rule, fill_points, open_shop, points_held, serve
from tests.factories import ZONE, acting
from tests.ledger.conftest import Bank
from tests.people import GRID3

POST = "visit:v1:post"


@pytest.fixture
def visits(desk: Bank, rule: Rule) -> Callable[..., Bank]:
    """Bo serves so many minutes in each visit, at a point an hour, and the fund of points holds enough."""
    rule(points_enabled=True)

    def served(*minutes: int, points: int = 100) -> Bank:
        with transaction():
            if points:
                fill_points(desk, points)
            for number, each in enumerate(minutes, 1):
                serve(desk, f"v{number}", each)
        return desk

    return served


def undo(desk: Bank, of: str = POST) -> Transfer:
    """A line undone by two people at the desk."""
    people = desk.people
    with transaction():
        proposal = acts.propose_reversal(acting(people.lin), of, "The visit did not happen.")
    with transaction():
        done = acts.agree(acting(people.approver), proposal.uid)
    assert done is not None
    return done


def use(desk: Bank, points: int) -> None:
    """Bo redeems so many."""
    with transaction():
        offer = open_shop(desk, unit=Unit.POINT, price=points)
    with transaction():
        keeping.take(acting(desk.people.bo), offer.id, f"{points:024d}")


def told(desk: Bank) -> dict[str, Any]:
    database.expire_all()
    rows = select(Notice).where(Notice.person_id == desk.people.bo.id, Notice.kind.startswith("points_"))
    return {notice.kind: (notice.data["points"], notice.data["used"]) for notice in database.scalars(rows)}


def fund_of_points() -> int:
    database.expire_all()
    return ensure_points_accounts(GRID3, on=wall.today(ZONE)).posted


def test_all_points_go_back_on_the_same_two_words(visits: Callable[..., Bank]) -> None:
    desk = visits(180)
    done = undo(desk)
    assert (points_held(desk), fund_of_points(), desk.posted(desk.bo)) == (0, 100, 30)
    line = desk.transfer(f"{done.uid}:points")
    assert (line.kind, line.reverses_uid, line.agreed_by) == ("reversal", f"{POST}:points", done.agreed_by)
    assert told(desk) == {"points_back": (3, 0)}


def test_what_was_used_stays_and_the_rest_goes_back(visits: Callable[..., Bank]) -> None:
    desk = visits(180)
    use(desk, 2)
    undo(desk)
    assert (points_held(desk), fund_of_points()) == (0, 98)
    assert told(desk) == {"points_back_some": (1, 2)}


def test_points_that_were_all_used_stay(visits: Callable[..., Bank], session: Any) -> None:
    desk = visits(180)
    use(desk, 3)
    lines = database.query(Transfer).filter_by(unit="point").count()
    undo(desk)
    assert database.query(Transfer).filter_by(unit="point").count() == lines
    assert (points_held(desk), fund_of_points()) == (0, 97)
    assert told(desk) == {"points_used": (0, 3)}


def test_points_of_other_visits_stay(visits: Callable[..., Bank]) -> None:
    desk = visits(120, 180)
    undo(desk)
    assert points_held(desk) == 3


def test_points_that_waited_for_their_fund_wait_no_more(visits: Callable[..., Bank]) -> None:
    desk = visits(120, points=0)
    undo(desk)
    assert database.query(AwaitedCredit).filter(AwaitedCredit.uid.endswith(":points")).all() == []
    assert told(desk) == {"points_dropped": (2, 0)}
    with transaction():
        fill_points(desk, 100)
    assert (points_held(desk), fund_of_points()) == (0, 100)


def test_parts_of_a_point_are_counted_without_the_visit_that_was_undone(visits: Callable[..., Bank]) -> None:
    desk = visits(45, 45)  # the second brings the one point
    undo(desk, "visit:v2:post")
    assert points_held(desk) == 0
    with transaction():
        serve(desk, "v3", 15)
    assert points_held(desk) == 1  # 45 and 15


def test_a_point_that_came_with_another_visit_is_not_given_twice(visits: Callable[..., Bank]) -> None:
    desk = visits(45, 45)
    undo(desk, "visit:v1:post")  # brought none by itself
    assert points_held(desk) == 1
    with transaction():
        serve(desk, "v3", 30)
        serve(desk, "v4", 30)
    assert points_held(desk) == 1  # 45, 30 and 30 are one hour and three quarters


def test_points_on_a_stopped_account_stay_until_the_desk_looks(visits: Callable[..., Bank]) -> None:
    desk = visits(180)
    purse = find_account(AccountKind.PERSON, desk.people.bo.id, unit=Unit.POINT)
    assert purse is not None
    with transaction():
        service.freeze(account_id=purse.id, by=desk.people.lin.id, reason="looked into")
    undo(desk)
    assert (points_held(desk), desk.posted(desk.bo), told(desk)) == (3, 30, {})


def test_a_line_of_points_that_the_desk_undid_before_is_not_undone_again(visits: Callable[..., Bank]) -> None:
    desk = visits(180)
    undo(desk, f"{POST}:points")
    undo(desk)
    assert (points_held(desk), fund_of_points(), told(desk)) == (0, 100, {})


def test_who_decides_reads_that_points_go_back_with_it(visits: Callable[..., Bank], log_in: LogIn) -> None:
    desk = visits(180)
    says = "The points that came with this line go back too"
    lin = log_in(desk.people.lin)
    assert says in lin.get(f"/c/ledger/lines/{POST}/reverse?lang=en").get_data(as_text=True)
    assert says not in lin.get(f"/c/ledger/lines/{desk.post}/reverse?lang=en").get_data(as_text=True)
    with transaction():
        acts.propose_reversal(acting(desk.people.lin), POST, "The visit did not happen.")
    assert says in log_in(desk.people.approver).get("/c/ledger/pending?lang=en").get_data(as_text=True)


def test_what_stays_is_named_on_her_page(visits: Callable[..., Bank], log_in: LogIn) -> None:
    desk = visits(180)
    use(desk, 2)
    undo(desk)
    page = log_in(desk.people.bo).get("/me/points?lang=en").get_data(as_text=True)
    assert "Used already, so they stay yours" in page
    assert database.scalar(select(Account.posted).where(Account.unit == "point", Account.kind == "shop")) == 2
