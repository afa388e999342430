"""What is pressed in the trial of kills, and how a witness outside sees what became of it.

Three kinds: a coordinator publishes a plan, a volunteer checks out at the door, an elder confirms and minutes move.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app import clock
from app.audit.models import AuditEntry
from app.db import session
from app.ledger.models import Phase, Transfer
from app.matchruns.models import MatchRun, RunState
from app.notices.models import Notice
from app.visits.models import Assignment, AssignmentState, Origin, Visit
from app.visits.service import propose
from tests.factories import COMMUNITY, ZONE, make_elder, make_need, make_volunteer
from tests.ledger.trials.server import Deed
from tests.load.town import Tap, doors_to_close, visits_to_confirm
from tests.people import Cast
from tests.support.sign_in import signed_in

KINDS = ("publish", "check out", "confirm")
OFFERS = 3  # of each published plan


@dataclass(frozen=True)
class Watched:
    """A deed, the question whose answer says that it is stored (plain SQL, one row), and what it is about."""

    deed: Deed
    stored: str
    subject: str

    def wrong(self) -> list[str]:
        """What is not there exactly once, now that the deed is done."""
        done = {"publish": _published, "check out": _checked_out, "confirm": _confirmed}[self.deed.kind]
        return [f"{self.deed.kind} {self.subject}: {what}" for what in done(self.subject)]


def deeds(app: Flask, people: Cast, number: int) -> Iterator[Watched]:
    """So many deeds, one kind after the other; nothing is committed."""
    lin = _cookie(signed_in(app.test_client(), people.lin.id))
    for nth in range(number):
        kind = KINDS[nth % len(KINDS)]
        if kind == "publish":
            yield _to_publish(nth, lin)
        elif kind == "check out":
            (tap,) = doors_to_close(app, people, nth)
            yield _to_check_out(tap)
        else:
            (tap,) = visits_to_confirm(app, people, nth)
            yield _to_confirm(tap)


def _cookie(client: Any) -> str:
    return client.get_cookie("session").value


def _to_publish(number: int, cookie: str) -> Watched:
    """A plan of three visits, one day after the other, that waits for a person's word."""
    day = clock.today(ZONE) + timedelta(days=1 + number)
    run = MatchRun(
        number=number + 1, unit_code=COMMUNITY, day=day, state=RunState.PROPOSED, started_at=clock.now(),
        finished_at=clock.now(), problem={"needs": []}, result={"matches": [], "unserved": [], "rounds": []},
        served=OFFERS, needs=OFFERS,
    )  # fmt: skip
    session.add(run)
    session.flush()
    for _ in range(OFFERS):
        need = make_need(elder=make_elder(), day=day)
        propose(
            run_id=run.id, origin=Origin.MATCH, need=need, place=1, volunteer_id=make_volunteer().person_id,
            start_min=need.earliest_start_min,
        )  # fmt: skip
    deed = Deed("publish", "/c/publish", {"run": run.id}, cookie)
    return Watched(deed, f"SELECT 1 FROM match_run WHERE id = '{run.id}' AND state = 'published'", run.id)


def _to_check_out(tap: Tap) -> Watched:
    assignment = tap.path.split("/")[3]
    visit = session.scalars(select(Visit.id).where(Visit.assignment_id == assignment)).one()
    deed = Deed("check out", tap.path, tap.form, _cookie(tap.client))
    return Watched(deed, f"SELECT 1 FROM visit WHERE id = '{visit}' AND state = 'checked_out'", visit)


def _to_confirm(tap: Tap) -> Watched:
    visit = tap.path.split("/")[2]
    deed = Deed("confirm", tap.path, tap.form, _cookie(tap.client))
    return Watched(deed, f"SELECT 1 FROM transfer WHERE uid = 'visit:{visit}:post'", visit)


def _count(what: Any, *where: Any) -> int:
    return session.scalar(select(func.count()).select_from(what).where(*where)) or 0


def _trail(verb: str, subject: str) -> Iterator[str]:
    if (times := _count(AuditEntry, AuditEntry.verb == verb, AuditEntry.subject == subject)) != 1:
        yield f"{times} lines of {verb} in the trail"


def _published(run: str) -> Iterator[str]:
    offers = session.scalars(select(Assignment).where(Assignment.run_id == run)).all()
    if [offer.state for offer in offers] != [AssignmentState.OFFERED] * OFFERS:
        yield f"its offers are {[offer.state for offer in offers]}"
    links = [f"/v/tasks/{offer.id}" for offer in offers]
    if (told := _count(Notice, Notice.kind == "offer", Notice.link.in_(links))) != OFFERS:
        yield f"{told} people were told"
    yield from _trail("match.publish", f"match_run:{run}")


def _checked_out(visit: str) -> Iterator[str]:
    row = session.get_one(Visit, visit)
    if row.credit_min != 60:
        yield f"it counts {row.credit_min} minutes"
    yield from _trail("visit.check_out", f"visit:{visit}")


def _confirmed(visit: str) -> Iterator[str]:
    posted = session.scalars(
        select(Transfer.amount).where(Transfer.phase == Phase.POST, Transfer.uid.like(f"visit:{visit}:%"))
    ).all()
    if list(posted) != [60]:
        yield f"its posts are {list(posted)}"
    yield from _trail("visit.confirm", f"visit:{visit}")
