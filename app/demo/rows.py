"""From the lives of past orders to rows of every table, as they stand at this minute."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from app.audit.models import AuditEntry
from app.db import new_id, session
from app.demo.past import Going, Order, credit
from app.demo.place import COMMUNITY
from app.needs.models import Need, NeedPlace, NeedState
from app.visits.models import Assignment, AssignmentState, Origin, ReportKind, Visit, VisitReport, VisitState

DISPUTES_TAKE = timedelta(days=3)

Row = dict[str, Any]


@dataclass(frozen=True)
class Moment:
    """Something that moves minutes: an order holds them, a visit stores them, an end gives them back."""

    at: datetime
    what: str  # hold, post, void
    order: Order
    need_id: str
    place: int
    visit_id: str = ""
    payee_id: str = ""
    minutes: int = 0


@dataclass
class Written:
    """The rows of many orders, waiting to be stored together, and the moments of their minutes."""

    now: datetime
    coordinator_id: str
    number: int
    needs: list[Row] = field(default_factory=list)
    places: list[Row] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    visits: list[Row] = field(default_factory=list)
    reports: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)

    def write(self, orders: Iterable[Order]) -> None:
        """Rows for these orders; those that are not placed yet at this minute are left out."""
        for order in sorted(orders, key=lambda order: order.placed_at):
            if order.placed_at <= self.now:
                self._write(order)

    def store(self) -> None:
        """Every row in the database, parents first."""
        for model, rows in (
            (Need, self.needs), (NeedPlace, self.places), (Assignment, self.assignments), (Visit, self.visits),
            (VisitReport, self.reports), (AuditEntry, sorted(self.audit, key=lambda row: row["at"])),
        ):  # fmt: skip
            if rows:
                session.execute(insert(model), rows)

    # one order -------------------------------------------------------------------------------------------------------

    def _write(self, order: Order) -> None:
        need_id = new_id()
        state = self._state(order)
        self.number += 1
        looked_at = order.placed_at + timedelta(minutes=40) if order.kind.risky else None
        self.needs.append(
            {"id": need_id, "number": self.number, "elder_id": order.client.id, "community_code": COMMUNITY,
             "unit_code": order.client.unit_code, "item_code": order.kind.code, "day": order.day,
             "earliest_start_min": order.window[0], "latest_start_min": order.window[1],
             "duration_min": order.duration, "volunteers_needed": order.kind.people, "state": state,
             "channel": order.channel, "placed_by": order.placed_by, "placed_at": order.placed_at,
             "review_reasons": ["risk"] if order.kind.risky else [], "reviewed_at": looked_at,
             "reviewed_by": self.coordinator_id if looked_at else None,
             "owner_id": self.coordinator_id, "rating": order.rating if state == NeedState.DONE else None,
             "end_reason": self._reason(order, state),
             "ended_at": order.ended_at if state in ENDS else None}
        )  # fmt: skip
        self._say(order.placed_at, order.placed_by, "need.place", f"need:{need_id}", order, acting=True)
        for place in range(1, order.kind.people + 1):
            self._place(order, need_id, place, state)

    def _place(self, order: Order, need_id: str, place: int, state: NeedState) -> None:
        hold = f"order:{need_id}:hold:{place}"
        self.places.append({"need_id": need_id, "place": place, "hold_uid": hold if order.kind.timebank else None})
        self._move(order.placed_at, "hold", order, need_id, place)
        if state in (NeedState.CANCELLED, NeedState.UNSERVED) and order.ended_at is not None:
            self._move(order.ended_at, "void", order, need_id, place)
        if order.declined is not None and place == 1:
            self._assign(order, need_id, place, order.declined, AssignmentState.DECLINED)
        if len(order.going) >= place:
            self._visit(order, need_id, place, order.going[place - 1])

    def _assign(self, order: Order, need_id: str, place: int, going: Going, state: AssignmentState) -> str:
        assignment_id = new_id()
        self.assignments.append(
            {"id": assignment_id, "need_id": need_id, "place": place, "volunteer_id": going.helper_id,
             "origin": Origin.BY_NAME, "state": state, "day": order.day, "start_min": order.start,
             "created_at": going.offered_at, "offered_at": going.offered_at,
             "deadline_at": going.offered_at + timedelta(minutes=150), "answered_at": going.answered_at}
        )  # fmt: skip
        detail = {"volunteer": going.helper_id, "origin": str(Origin.BY_NAME)}
        self._say(going.offered_at, self.coordinator_id, "visit.offer", f"need:{need_id}", order, detail=detail)
        return assignment_id

    def _visit(self, order: Order, need_id: str, place: int, going: Going) -> None:
        assignment_id = self._assign(order, need_id, place, going, AssignmentState.ACCEPTED)
        visit_id, state = new_id(), self._visit_state(order, going)
        arrived, left = (self._past(moment) for moment in (going.checked_in_at, going.checked_out_at))
        how = "card" if order.start % 2 else "pin"
        confirmed = state == VisitState.CONFIRMED
        minutes = credit(order, going.actual_min or 0)
        self.visits.append(
            {"id": visit_id, "assignment_id": assignment_id, "need_id": need_id, "place": place,
             "volunteer_id": going.helper_id, "day": order.day, "start_min": order.start,
             "duration_min": order.duration, "state": state, "checked_in_at": arrived,
             "checked_in_how": how if arrived else "", "checked_out_at": left, "checked_out_how": how if left else "",
             "actual_min": going.actual_min if left else None, "credit_min": minutes if left else None,
             "confirmed_at": self._settled_at(order) if confirmed else None,
             "confirmed_how": (order.confirmed_how or "dispute") if confirmed else "",
             "confirmed_by": (order.confirmed_by or self._judge(order)) if confirmed else None,
             "dispute": "时间对不上。" if order.ends == "disputed" and state != VisitState.CHECKED_OUT else ""}
        )  # fmt: skip
        self._say(going.answered_at, going.helper_id, "visit.accept", f"visit:{visit_id}", order)
        if confirmed:
            self._move(self._settled_at(order), "post", order, need_id, place, visit_id, going.helper_id, minutes)
            self._say(self._settled_at(order), order.confirmed_by, "visit.confirm", f"visit:{visit_id}", order)
        self._report(order, visit_id, state, going)

    def _report(self, order: Order, visit_id: str, state: VisitState, going: Going) -> None:
        kind = {VisitState.FAILED: ReportKind.NO_ANSWER, VisitState.DISPUTED: ReportKind.DISPUTE}.get(state)
        if kind is None or order.ended_at is None:
            return
        failed = kind is ReportKind.NO_ANSWER
        self.reports.append(
            {"id": new_id(), "visit_id": visit_id, "kind": kind, "words": "" if failed else "时间对不上。",
             "reported_by": going.helper_id if failed else order.client.id, "reported_at": order.ended_at,
             "owner_id": order.client.grid_worker_id if failed else self.coordinator_id,
             "closed_at": self._past(order.ended_at + timedelta(hours=2)) if failed else None,
             "outcome": "老人临时去女儿家，人平安。" if failed else ""}
        )  # fmt: skip

    # states at this minute -------------------------------------------------------------------------------------------

    def _past(self, moment: datetime | None) -> datetime | None:
        return moment if moment is not None and moment <= self.now else None

    def _state(self, order: Order) -> NeedState:
        if order.ends == "cancelled":
            order.ended_at = min(order.ended_at or self.now, self.now)
            return NeedState.CANCELLED
        if order.ends in ("nobody", "no_answer") and self._past(order.ended_at):
            return NeedState.UNSERVED
        if not order.going:
            return NeedState.OPEN
        return {
            VisitState.PLANNED: NeedState.ARRANGED, VisitState.IN_PROGRESS: NeedState.IN_PROGRESS,
            VisitState.CHECKED_OUT: NeedState.SERVED, VisitState.CONFIRMED: NeedState.DONE,
            VisitState.DISPUTED: NeedState.DISPUTED, VisitState.FAILED: NeedState.UNSERVED,
        }[self._visit_state(order, order.going[0])]  # fmt: skip

    def _visit_state(self, order: Order, going: Going) -> VisitState:
        if order.ends == "no_answer":
            return VisitState.FAILED if self._past(order.ended_at) else VisitState.PLANNED
        if self._past(going.checked_out_at) is None:
            return VisitState.PLANNED if self._past(going.checked_in_at) is None else VisitState.IN_PROGRESS
        if self._past(order.ended_at) is None:
            return VisitState.CHECKED_OUT
        if order.ends == "disputed" and self._past(self._settled_at(order)) is None:
            return VisitState.DISPUTED
        return VisitState.CONFIRMED

    def _settled_at(self, order: Order) -> datetime:
        assert order.ended_at is not None
        return order.ended_at + (DISPUTES_TAKE if order.ends == "disputed" else timedelta())

    def _judge(self, order: Order) -> str | None:
        return self.coordinator_id if order.ends == "disputed" else None

    @staticmethod
    def _reason(order: Order, state: NeedState) -> str:
        if state == NeedState.CANCELLED:
            return "家里来人了，今天不用了。"
        if state == NeedState.UNSERVED and order.ends == "no_answer":
            return "没有人开门，已电话联系。"
        return ""  # of a day that passed the site itself says so, in the reader's language

    def _move(
        self, at: datetime, what: str, order: Order, need_id: str, place: int,
        visit_id: str = "", payee_id: str = "", minutes: int = 0,
    ) -> None:  # fmt: skip
        if order.kind.timebank:
            self.moments.append(Moment(at, what, order, need_id, place, visit_id, payee_id, minutes))

    def _say(
        self, at: datetime, actor_id: str | None, verb: str, subject: str, order: Order, *, acting: bool = False,
        detail: Row | None = None,
    ) -> None:  # fmt: skip
        other = order.client.id if acting and actor_id != order.client.id else None
        self.audit.append(
            {"at": at, "actor_id": actor_id, "acting_for_id": other, "verb": verb, "subject": subject,
             "unit_code": order.client.unit_code, "detail": detail or {}}
        )  # fmt: skip


ENDS = (NeedState.DONE, NeedState.CANCELLED, NeedState.UNSERVED)
