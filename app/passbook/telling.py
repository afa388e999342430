"""Who hears of what a member decides: both sides, and for an elder somebody of the community who speaks with her.

A message alone proves nothing: a phone may be in wrong hands. So the grid worker hears what an elder's passbook is
told, and asks her by phone or at her door.
"""

from typing import Any

from app.db import session
from app.notices.service import notify
from app.people.models import Elder, Person, Role
from app.people.queries import responsible_staff


def tell_staff(person_id: str, kind: str, *, link: str, uid: str, but: str | None = None, **data: Any) -> None:
    """A message to the grid workers who answer for an elder, or else to the coordinators; nothing for others."""
    if session.get(Elder, person_id) is None:
        return
    person = session.get_one(Person, person_id)
    for role in (Role.GRID_WORKER, Role.COORDINATOR):
        staff = [one for one in responsible_staff(person.unit_code, role) if one.id not in (person_id, but)]
        for one in staff:
            notify(one.id, kind, link=link, uid=f"{uid}:{one.id}", elder=person.name, **data)
        if staff:
            return


def name_of(person_id: str | None) -> str:
    """A person's name; empty when her row was erased."""
    person = session.get(Person, person_id) if person_id else None
    return person.name if person is not None else ""
