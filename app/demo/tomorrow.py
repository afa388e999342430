"""Tomorrow's orders of the demo: twenty that are open, a few that wait for a look, and some that will not match.

They ask for what is really asked for, at times of day when the menu offers it. Three are made so that the match may
leave them over and a small change would help: an hour when people eat, two for something heavy, a lesson at a bad time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sqlalchemy import func, select

from app import clock
from app.access.actor import SYSTEM
from app.db import session
from app.demo import cast, demand
from app.demo.past import PARTS
from app.demo.place import COMMUNITY, ZONE
from app.matchruns.models import PairRule
from app.menu.models import MenuItem
from app.needs.holds import hold_minutes
from app.needs.models import Channel, Need, NeedPlace, NeedState
from app.needs.placing import wait_for_review
from app.people.models import Elder, Person
from app.visits.service import cancel_need

OPEN = 20
MARK = "demo-"  # begins the key of each of these orders, so that the demo knows its own again
MOVED_ON = "演示换到了新的一天。"
WAITING = (("hospital-escort", "risk"), ("errand-office", "first_order"))
WISH = "想坐在江边看看轮船"
LEFT_OVER = (
    ("home-haircut", 13 * 60, 13 * 60 + 10),
    ("heavy-lifting", 13 * 60, 13 * 60),
    ("phone-lesson", 9 * 60, 9 * 60 + 30),
)
SPANS_MIN = (60, 60, 90, 120)
UNTOUCHED = (NeedState.OPEN, NeedState.REVIEW, NeedState.ASKED_BACK)
_OURS = Need.code.like(f"{MARK}%")


@dataclass(frozen=True)
class Wish:
    """One order of tomorrow before it is a row."""

    elder: Elder
    item: MenuItem
    start: tuple[int, int]
    regular_id: str | None = None  # the familiar face asked for


def is_there(day: date) -> bool:
    """Whether the demo's orders for that day were made."""
    made = select(func.count()).select_from(Need).where(Need.community_code == COMMUNITY, Need.day == day, _OURS)
    return (session.scalar(made) or 0) >= OPEN


def move_on(day: date) -> int:
    """Call off the demo's orders of days before `day` that nobody took up, in the present transaction; how many."""
    left = select(Need.id).where(Need.community_code == COMMUNITY, Need.day < day, _OURS, Need.state.in_(UNTOUCHED))
    ids = session.scalars(left).all()
    for need_id in ids:
        cancel_need(SYSTEM, need_id, reason=MOVED_ON)
    return len(ids)


def order_for(day: date) -> int:
    """Orders for the day, in the present transaction; how many are open."""
    dice = Random(f"lianxin tomorrow {day}")
    elders = list(
        session.scalars(select(Elder).where(Elder.community_code == COMMUNITY).order_by(Elder.code, Elder.person_id))
    )
    items = {item.code: item for item in session.scalars(select(MenuItem))}
    for wish in _wishes(dice, elders, items):
        need = _place(dice, wish, day)
        hold_minutes(need)
        if wish.regular_id is not None:
            _lock(need, wish.regular_id)
    for code, reason in WAITING:
        _wait(_place(dice, Wish(dice.choice(elders), items[code], (9 * 60, 10 * 60 + 30)), day), reason)
    _wait(_wish(dice.choice(elders), day), "wish")
    session.flush()
    return OPEN


def _lock(need: Need, volunteer_id: str) -> None:
    """The coordinator's word that the familiar face goes: one pair of the plan to see locked."""
    lin = cast.person_of("lin").id
    session.add(PairRule(need_id=need.id, volunteer_id=volunteer_id, kind="lock", made_by=lin, made_at=clock.now()))


def _wishes(dice: Random, elders: Sequence[Elder], items: dict[str, MenuItem]) -> list[Wish]:
    chen = session.get_one(Elder, cast.person_of("chen").id)
    others = [elder for elder in elders if elder is not chen]
    dice.shuffle(others)
    wishes = [Wish(chen, items["companion-chat"], (9 * 60, 10 * 60 + 30), cast.person_of("bo").id)]
    wishes += [Wish(others.pop(), items[code], (first, last)) for code, first, last in LEFT_OVER]
    low = {code: item for code, item in items.items() if item.risk == "low" and item.timebank and item.people == 1}
    while len(wishes) < OPEN:
        code = demand.item(dice)
        if code in low:
            first, last = PARTS[dice.choice(low[code].day_parts)]
            start = dice.randrange(first, last + 1, 30)
            wishes.append(Wish(others.pop(), items[code], (start, start + dice.choice(SPANS_MIN))))
    return wishes


def _place(dice: Random, wish: Wish, day: date) -> Need:
    person = session.get_one(Person, wish.elder.person_id)
    by_staff = dice.random() < 0.35
    placed_by = cast.person_of("guo").id if by_staff else person.id
    need = _row(wish.elder, person, day, waited=dice.choice((0, 0, 0, 1, 1, 2, 3)), placed_by=placed_by)
    need.item_code, need.duration_min, need.volunteers_needed = wish.item.code, wish.item.usual_min, wish.item.people
    need.earliest_start_min, need.latest_start_min = wish.start
    need.regular_id = wish.regular_id
    need.channel = Channel.STAFF if by_staff else Channel.SELF
    return _stored(need)


def _wish(elder: Elder, day: date) -> Need:
    person = session.get_one(Person, elder.person_id)
    need = _row(elder, person, day, waited=0, placed_by=person.id)
    need.wish_text, need.earliest_start_min, need.latest_start_min, need.duration_min = WISH, 14 * 60, 16 * 60, 60
    return _stored(need)


def _row(elder: Elder, person: Person, day: date, *, waited: int, placed_by: str) -> Need:
    number = (session.scalar(select(func.max(Need.number))) or 1000) + 1
    return Need(
        number=number, code=f"{MARK}{number}", elder_id=person.id, community_code=COMMUNITY,
        unit_code=person.unit_code, wish_text="", day=day, volunteers_needed=1,
        state=NeedState.OPEN, channel=Channel.SELF, placed_by=placed_by,
        placed_at=clock.now() - timedelta(days=waited, hours=2), owner_id=cast.person_of("lin").id,
    )  # fmt: skip


def _stored(need: Need) -> Need:
    session.add(need)
    session.flush()
    session.add_all([NeedPlace(need_id=need.id, place=place + 1) for place in range(need.volunteers_needed)])
    session.flush()
    return need


def _wait(need: Need, reason: str) -> None:
    need.state, need.review_reasons, need.owner_id = NeedState.REVIEW, [reason], None
    session.flush()
    wait_for_review(need)


def tomorrow() -> date:
    """The day that the demo's match is for."""
    return clock.today(ZONE) + timedelta(days=1)
