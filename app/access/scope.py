"""Which rows: `visible(Model, actor)` is where every query for a page starts. Outside it a row is not there.

Rows are seen by staff in the subtree of their units; by the person they are about; by a relative who speaks for that
elder; and by a volunteer who was asked. Tables of other features are named, not imported, so that the whole answer
stands on this one page.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Text, cast, false, func, not_, or_, select, true
from sqlalchemy import inspect as sa_inspect

from app.access.actor import Actor
from app.db import Base, session
from app.errors import NotFound
from app.org.models import OrgClosure
from app.people.models import STAFF, Role

M = TypeVar("M", bound=Base)
Condition = ColumnElement[bool]


def visible(model: type[M], actor: Actor) -> Select[M]:
    """`SELECT` of the rows of `model` that the actor may see."""
    return select(model).where(condition(model, actor))


def condition(model: type[Base], actor: Actor) -> Condition:
    """The WHERE of `visible`, for queries that join. KeyError for a table without a rule: say who sees it first."""
    if actor.is_system:
        return true()
    return or_(false(), *RULES[model.__tablename__](_columns(model), actor))


def get_visible(model: type[M], key: Any, actor: Actor) -> M:
    """The row with this primary key; NotFound when there is none or it is not the actor's to see."""
    column = sa_inspect(model).primary_key[0]
    row = session.scalars(visible(model, actor).where(column == key)).one_or_none()
    if row is None:
        raise NotFound
    return row


def subtree(units: frozenset[str]) -> Select[str]:
    """The codes of these units and all below them, as a subquery."""
    return select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code.in_(units))


def works_in(actor: Actor, unit_code: str, *roles: Role) -> bool:
    """Whether one of the actor's staff roles (or of `roles`) covers the unit."""
    if actor.is_system:
        return True
    return bool(session.scalar(select(true()).where(_in_units(actor, unit_code, *roles))))


def elders_of(actor: Actor) -> frozenset[str]:
    """The elders whose side the actor is on: herself, and those she speaks for."""
    own = {actor.person_id} if actor.person_id and Role.ELDER in actor.roles else set()
    return frozenset(own | set(actor.speaks_for))


def _columns(model: type[Base]) -> Any:
    return model.__table__.c


def _table(name: str) -> Any:
    return Base.metadata.tables[name].c


def _in_units(actor: Actor, column: Any, *roles: Role) -> Condition:
    units = actor.units(*(roles or tuple(STAFF)))
    if not units:
        return false()
    if isinstance(column, str):
        known = select(OrgClosure.descendant_code).where(
            OrgClosure.ancestor_code.in_(units), OrgClosure.descendant_code == column
        )
        return known.exists()
    return column.in_(subtree(units))


def _asked_needs(actor: Actor) -> Any:
    """Needs that this person was asked for (a proposal that nobody published is not yet asking)."""
    assignment = _table("assignment")
    return select(assignment.need_id).where(
        assignment.volunteer_id == actor.person_id, assignment.state.notin_(("proposed",))
    )


def _seen_needs(actor: Actor) -> Any:
    need = _table("need")
    return select(need.id).where(or_(need.elder_id.in_(elders_of(actor)), _in_units(actor, need.unit_code)))


def _by_unit(c: Any, actor: Actor) -> list[Condition]:
    return [_in_units(actor, c.unit_code)]


def _rule_change(c: Any, actor: Actor) -> list[Condition]:
    """Changes of rules in the actor's units, and of the units above, whose rules she works by."""
    above = select(OrgClosure.ancestor_code).where(OrgClosure.descendant_code.in_(actor.units()))
    return [_in_units(actor, c.unit_code), c.unit_code.in_(above)]


def _unit(c: Any, actor: Actor) -> list[Condition]:
    return [_in_units(actor, c.code)]


def _person(c: Any, actor: Actor) -> list[Condition]:
    return [c.id == actor.person_id, c.id.in_(actor.speaks_for), _in_units(actor, c.unit_code)]


def _elder(c: Any, actor: Actor) -> list[Condition]:
    person = _table("person")
    here = select(person.id).where(_in_units(actor, person.unit_code))
    return [c.person_id.in_(elders_of(actor)), c.person_id.in_(here)]


def _volunteer(c: Any, actor: Actor) -> list[Condition]:
    return [c.person_id == actor.person_id, _in_units(actor, c.community_code)]


def _need(c: Any, actor: Actor) -> list[Condition]:
    return [c.elder_id.in_(elders_of(actor)), _in_units(actor, c.unit_code), c.id.in_(_asked_needs(actor))]


def _need_series(c: Any, actor: Actor) -> list[Condition]:
    person = _table("person")
    here = select(person.id).where(_in_units(actor, person.unit_code))
    return [c.elder_id.in_(elders_of(actor)), c.elder_id.in_(here)]


def _assignment(c: Any, actor: Actor) -> list[Condition]:
    mine = (c.volunteer_id == actor.person_id) & (c.state != "proposed")
    return [mine, c.need_id.in_(_seen_needs(actor))]


def _visit(c: Any, actor: Actor) -> list[Condition]:
    return [c.volunteer_id == actor.person_id, c.need_id.in_(_seen_needs(actor))]


def _visit_report(c: Any, actor: Actor) -> list[Condition]:
    visit = _table("visit")
    watched = select(visit.id).where(visit.need_id.in_(_seen_needs(actor)))
    return [c.reported_by == actor.person_id, c.owner_id == actor.person_id, c.visit_id.in_(watched)]


def _certificate(c: Any, actor: Actor) -> list[Condition]:
    volunteer = _table("volunteer")
    here = select(volunteer.person_id).where(_in_units(actor, volunteer.community_code))
    return [c.volunteer_id == actor.person_id, c.volunteer_id.in_(here), _in_units(actor, c.issuer_code)]


def _delegation(c: Any, actor: Actor) -> list[Condition]:
    return [c.relative_id == actor.person_id, *_need_series(c, actor)]


def _red_flag(c: Any, actor: Actor) -> list[Condition]:
    """For the safeguarding lead of the unit, but never what names herself: she may be a volunteer or relative too."""
    me = str(actor.person_id)
    names_me = or_(c.about_id == me, c.other_id == me, cast(c.facts, Text).contains(me, autoescape=True))
    return [_in_units(actor, c.community_code, Role.SAFEGUARDING_LEAD) & not_(func.coalesce(names_me, false()))]


def _objection(c: Any, actor: Actor) -> list[Condition]:
    """Her own, those of elders she speaks for, and, at the desk, those of the actor's units."""
    return [c.person_id == actor.person_id, c.person_id.in_(actor.speaks_for), _in_units(actor, c.unit_code)]


def _household(c: Any, actor: Actor) -> list[Condition]:
    """The pools she is in or was asked to join, and, at the desk, those of families of the actor's units."""
    member = _table("household_member")
    hers = select(member.household_id).where(member.person_id == actor.person_id, member.left_at.is_(None))
    return [c.id.in_(hers), _in_units(actor, c.unit_code)]


def _own(c: Any, actor: Actor) -> list[Condition]:
    return [c.person_id == actor.person_id]


RULES: dict[str, Callable[[Any, Actor], list[Condition]]] = {
    "org_unit": _unit,
    "person": _person,
    "elder": _elder,
    "volunteer": _volunteer,
    "delegation": _delegation,
    "team": _by_unit,
    "shop": _by_unit,
    "charity": _by_unit,
    "need": _need,
    "need_series": _need_series,
    "assignment": _assignment,
    "visit": _visit,
    "visit_report": _visit_report,
    "certificate": _certificate,
    "match_run": _by_unit,
    "rule_change": _rule_change,
    "red_flag": _red_flag,
    "objection": _objection,
    "household": _household,
    "notice": _own,
    "audit_entry": _by_unit,
}
