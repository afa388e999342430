"""Reading the trail: what was done in the reader's units, by whom, and about whom."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, or_, select

from app.access.actor import Actor
from app.access.scope import condition, visible
from app.audit.models import AuditEntry
from app.db import session
from app.people.models import Person

PEOPLE = ("elder", "person", "volunteer")
MOST_NAMED = 100
HIDDEN = "flag."  # a red flag is never shown to those it is about: its own page says who looked


def acts(actor: Actor, *, group: tuple[str, ...] = (), about: str = "", words: str = "") -> Select[AuditEntry]:
    """`SELECT` of the lines that the actor may read, newest first.

    `group` are the first words of verbs, `about` is a subject; `words` are part of the name of who acted, or of whom
    it is about.
    """
    query = visible(AuditEntry, actor).where(AuditEntry.verb.notlike(f"{HIDDEN}%"))
    if group:
        query = query.where(or_(*(or_(AuditEntry.verb == each, AuditEntry.verb.like(f"{each}.%")) for each in group)))
    if about:
        query = query.where(AuditEntry.subject == about)
    if words:
        plain = words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        named = select(Person.id).where(Person.name.ilike(f"%{plain}%", escape="\\"), condition(Person, actor))
        ids = list(session.scalars(named.limit(MOST_NAMED)))
        subjects = [f"{kind}:{each}" for each in ids for kind in PEOPLE]
        query = query.where(or_(AuditEntry.actor_id.in_(ids), AuditEntry.subject.in_(subjects)))
    return query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())


def name_of(actor: Actor, about: str) -> str:
    """The name of the person that a subject is, as far as the actor may see her; empty otherwise."""
    kind, _colon, key = about.partition(":")
    if kind not in PEOPLE:
        return ""
    return session.scalar(select(Person.name).where(Person.id == key, condition(Person, actor))) or ""


def names(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """The names of everybody in these lines: who acted, for whom, and about whom."""
    ids = set[str]()
    for entry in entries:
        kind, _colon, key = entry.subject.partition(":")
        ids |= {entry.actor_id or "", entry.acting_for_id or "", key if kind in PEOPLE else ""}
    return dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(ids - {""}))).all())


def orders(entries: Iterable[AuditEntry]) -> dict[str, tuple[str, int]]:
    """The orders behind lines about orders and visits: subject -> (id, number)."""
    need, visit = _table("need"), _table("visit")
    needs = {e.subject.removeprefix("need:") for e in entries if e.subject.startswith("need:")}
    visits = {e.subject.removeprefix("visit:") for e in entries if e.subject.startswith("visit:")}
    found = {
        f"need:{key}": (str(key), int(number))
        for key, number in session.execute(select(need.id, need.number).where(need.id.in_(needs)))
    }
    rows = session.execute(
        select(visit.id, need.id, need.number).join_from(visit.id.table, need.id.table, need.id == visit.need_id)
        .where(visit.id.in_(visits))
    )  # fmt: skip
    return found | {f"visit:{key}": (str(of), int(number)) for key, of, number in rows}


def _table(name: str) -> Any:
    return AuditEntry.metadata.tables[name].c
