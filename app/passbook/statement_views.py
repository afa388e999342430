"""A month of a passbook on paper."""

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app import clock
from app.access.guard import current_actor, requires
from app.access.policy import Permission
from app.db import session
from app.ledger.queries import own_account, persons
from app.menu.queries import items
from app.org.queries import community_of, zone_of
from app.passbook.forms import look_of, passbook_of
from app.passbook.statement_queries import month_before, month_statement, next_month
from app.people.models import Person

bp = Blueprint("statement", __name__)


@bp.get("/me/ledger/statement")
@requires(Permission.LEDGER_OWN)
def month() -> ResponseReturnValue:
    """What stood there when the month began, every line, what stood there when it ended. `month` is like 2026-06."""
    actor = current_actor()
    key = request.args.get("for") or actor.must_be_someone()
    account = own_account(actor, key)
    person = session.get_one(Person, key)
    zone = zone_of(person.unit_code)
    today = clock.today(zone)
    first = _month(request.args.get("month", ""), today)
    found = month_statement(actor, account, first, zone=zone) if account is not None else None
    opened = account.opened_at.date().replace(day=1) if account is not None else first
    own = key == actor.person_id
    about = {line.elder_id for line in found.lines if line.elder_id} if found else set()
    return render_template(
        "passbook/statement.html", found=found, first=first, person=person, own=own, account=account, today=today,
        elders={one.id: one for one in persons(about)}, items={item.code: item for item in items()}, zone=zone,
        before=month_before(first) if opened < first else None, following=next_month(first), names={},
        community=community_of(person.unit_code), workspace=look_of(actor),
        passbook=passbook_of(actor) if own else f"/me/ledger?for={key}",
    )  # fmt: skip


def _month(word: str, today: date) -> date:
    """The month asked for; the present one where it is missing, nonsense or still to come."""
    try:
        asked = date.fromisoformat(f"{word}-01")
    except ValueError:
        return today.replace(day=1)
    return min(max(asked, date(2000, 1, 1)), today.replace(day=1))
