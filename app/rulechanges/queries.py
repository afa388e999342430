"""Reads about changes of rules: what waits, what was decided, and whom it concerns."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, or_, select

from app import clock
from app.access.actor import Actor
from app.access.scope import get_visible, visible, works_in
from app.db import session
from app.org.models import OrgClosure
from app.org.queries import zone_of
from app.people.models import STAFF, Membership, Person, Role
from app.rulepacks.models import RuleChange, RuleEntry, RuleWord, Setting

DECIDERS = (Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR)
PROPOSERS = (Role.COORDINATOR, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Standing:
    """A change with everything that a page says about it."""

    change: RuleChange
    entries: list[RuleEntry]
    word: RuleWord | None
    people: dict[str, str]

    @property
    def state(self) -> str:
        """open, late (nobody decided before it was to begin), approve, refuse or withdraw."""
        if self.word is not None:
            return str(self.word.step)
        return "open" if self.change.starts_on > clock.today(zone_of(self.change.unit_code)) else "late"


def change(actor: Actor, change_id: str) -> RuleChange:
    """The change with this id, where the actor may see it; NotFound otherwise."""
    return get_visible(RuleChange, change_id, actor)


def standing(row: RuleChange) -> Standing:
    """The change with its entries, its answer, and the names of who spoke."""
    entries = session.scalars(select(RuleEntry).where(RuleEntry.change_id == row.id).order_by(RuleEntry.key))
    word = session.get(RuleWord, row.id)
    ids = {row.proposed_by} | ({word.person_id} if word else set())
    return Standing(row, list(entries), word, names(ids))


def names(ids: set[str]) -> dict[str, str]:
    """The names of these people, by id."""
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in found}


def changes(actor: Actor) -> Select[RuleChange]:
    """Every change that the actor may see, newest first."""
    return visible(RuleChange, actor).order_by(RuleChange.proposed_at.desc(), RuleChange.id)


def waiting(actor: Actor) -> list[RuleChange]:
    """The changes that nobody has decided and that could still begin, oldest first."""
    undecided = visible(RuleChange, actor).where(RuleChange.id.not_in(select(RuleWord.change_id)))
    rows = session.scalars(undecided.order_by(RuleChange.proposed_at, RuleChange.id)).all()
    return [row for row in rows if row.starts_on > clock.today(zone_of(row.unit_code))]


def may_decide(actor: Actor, row: RuleChange) -> bool:
    """Whether the actor is one of those who may approve or refuse it: of the whole unit, and not the proposer."""
    return actor.person_id != row.proposed_by and works_in(actor, row.unit_code, *DECIDERS)


def deciders(unit_code: str) -> set[str]:
    """Who may decide about rules of the unit."""
    above = select(OrgClosure.ancestor_code).where(OrgClosure.descendant_code == unit_code)
    rows = select(Membership.person_id).where(Membership.unit_code.in_(above), Membership.role.in_(DECIDERS))
    return set(session.scalars(rows))


def staff_of(unit_code: str) -> set[str]:
    """Everybody who works in the unit, above it or below it."""
    above = select(OrgClosure.ancestor_code).where(OrgClosure.descendant_code == unit_code)
    below = select(OrgClosure.descendant_code).where(OrgClosure.ancestor_code == unit_code)
    near = or_(Membership.unit_code.in_(above), Membership.unit_code.in_(below))
    rows = select(Membership.person_id).join(Person, Person.id == Membership.person_id)
    return set(session.scalars(rows.where(near, Membership.role.in_(STAFF), Person.disabled_at.is_(None))))


def agreed_by(row: Setting) -> list[str]:
    """The names of the two people behind a setting; none for a default of the site."""
    if row.change_id is None:
        return []
    known = standing(session.get_one(RuleChange, row.change_id))
    said = [known.change.proposed_by] + ([known.word.person_id] if known.word else [])
    return [known.people.get(person, "") for person in said]


def earliest_start(unit_code: str) -> date:
    """The first day on which a change may begin: tomorrow there."""
    return clock.today(zone_of(unit_code)) + timedelta(days=1)
