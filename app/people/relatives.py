"""Relatives who may act for an elder: bound by her say-so, ended by her at any time."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from app import clock
from app.access.actor import SYSTEM, Actor, actor_of
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import new_id, rows_touched, session
from app.errors import DomainError, NotFound
from app.notices.service import notify
from app.people.models import Delegation, Elder, Person, Relation, Role, Volunteer, VolunteerState
from app.people.queries import responsible_staff
from app.people.service import add_person

AT_THE_DOOR = (Role.GRID_WORKER, Role.COORDINATOR)
NO_LONGER_HELPING = (VolunteerState.REFUSED, VolunteerState.LEFT)


class NotByCard(DomainError):
    text = _l(
        "You visit or look after elders here, so the card alone is not enough. Ask the grid worker to write you down at"
        " the elder's door."
    )


class NotOneself(DomainError):
    text = _l("Nobody can be her own family here. Enter the phone number of the family member.")


class NoSuchCard(DomainError):
    status = 422
    text = _l("No card has this code. Copy it from the elder's newest card, or ask the grid worker at the door.")


@dataclass(frozen=True, kw_only=True)
class RelativeEntry:
    """A family member as she is written down: her phone is how she signs in."""

    name: str
    sex: str
    phone: str
    relation: Relation
    language: str = "zh"


@dataclass(frozen=True, kw_only=True)
class DoorEntry:
    """What a family member without the card tells: who she is, and whom she means. Not where: messages name no door."""

    name: str
    phone: str
    elder: str


def ask_at_the_door(community_code: str, entry: DoorEntry) -> None:
    """Ask the grid worker to ask the elder. Whoever asked learns nothing: not even whether there is such an elder."""
    found = session.scalars(
        select(Person)
        .join(Elder, Elder.person_id == Person.id)
        .where(Elder.community_code == community_code, Person.name == entry.elder)
    ).all()
    grids = {elder.unit_code for elder in found}
    asked = responsible_staff(grids.pop(), Role.GRID_WORKER) if len(grids) == 1 else []
    for staff in asked or responsible_staff(community_code, Role.COORDINATOR):
        notify(
            staff.id, "family_asks", link="/g/find?" + urlencode({"q": entry.elder}), name=entry.name,
            phone=entry.phone, elder=entry.elder,
        )  # fmt: skip
    record(SYSTEM, "family.ask", f"unit:{community_code}", unit_code=community_code)


def bonds_of(elder_id: str) -> list[tuple[Delegation, Person]]:
    """Who may act for the elder now, longest first."""
    rows = session.execute(
        select(Delegation, Person)
        .join(Person, Person.id == Delegation.relative_id)
        .where(Delegation.elder_id == elder_id, Delegation.ended_at.is_(None))
        .order_by(Delegation.since, Delegation.id)
    )
    return [(bond, relative) for bond, relative in rows]


def bond_for(actor: Actor, delegation_id: str) -> tuple[Delegation, Person, Person]:
    """A bond that still holds, with the elder and the relative; NotFound where it is not the actor's to see."""
    bond = get_visible(Delegation, delegation_id, actor)
    if bond.ended_at is not None:
        raise NotFound
    return bond, session.get_one(Person, bond.elder_id), session.get_one(Person, bond.relative_id)


def bind_by_card(person_id: str, card: str, relation: Relation) -> Delegation:
    """The bond of a family member who has the elder's card in hand. Who visits elders here is sent to the door."""
    elder = elder_of_card(card)
    if elder is None:
        raise NoSuchCard
    if _helps_here(person_id, elder):
        raise NotByCard
    return _bind(actor_of(person_id) or SYSTEM, elder, person_id, relation, how="card")


def bind_stranger(entry: RelativeEntry, card: str) -> Person:
    """The family member, who has just proved that the phone is hers: written down, and bound by the elder's card."""
    elder = elder_of_card(card)
    if elder is None:
        raise NoSuchCard
    relative = person_of(SYSTEM, entry, elder)
    bind_by_card(relative.id, card, entry.relation)
    return relative


def bind_by_the_elder(actor: Actor, entry: RelativeEntry) -> Delegation:
    """The bond of a family member whom the elder names herself."""
    elder = get_visible(Elder, actor.must_be_someone(), actor)
    return _bind(actor, elder, person_of(actor, entry, elder).id, entry.relation, how="elder")


def bind_at_the_door(actor: Actor, elder_id: str, entry: RelativeEntry) -> Delegation:
    """The bond of a family member whom the elder names to the grid worker. NotFound outside the actor's units."""
    elder = elder_at_the_door(actor, elder_id)
    relative = person_of(actor, entry, elder)
    if relative.id == actor.person_id:
        raise NotOneself
    return _bind(actor, elder, relative.id, entry.relation, how="door")


def unbind(actor: Actor, delegation_id: str) -> Delegation:
    """The bond, ended now: by the elder, by the relative, or by staff of her unit on the elder's word."""
    bond = get_visible(Delegation, delegation_id, actor)
    if actor.person_id not in (bond.elder_id, bond.relative_id):
        elder_at_the_door(actor, bond.elder_id)
    ended = session.execute(
        update(Delegation)
        .where(Delegation.id == delegation_id, Delegation.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    if rows_touched(ended):
        elder, relative = session.get_one(Person, bond.elder_id), session.get_one(Person, bond.relative_id)
        notify(relative.id, "family_ended", name=elder.name)
        record(actor, "family.end", f"elder:{elder.id}", unit_code=elder.unit_code, detail={"relative": relative.id})
    session.refresh(bond)
    return bond


def elder_at_the_door(actor: Actor, elder_id: str) -> Elder:
    """An elder of the grid worker's (or coordinator's) units; NotFound otherwise."""
    elder = get_visible(Elder, elder_id, actor)
    if not works_in(actor, session.get_one(Person, elder_id).unit_code, *AT_THE_DOOR):
        raise NotFound
    return elder


def elder_of_card(typed: str) -> Elder | None:
    """Whose card this is: its code as printed (spaces do not matter) or the whole address that the QR holds."""
    code = "".join(urlsplit(typed.strip()).path.rpartition("/")[2].split()).replace("-", "").lower()
    return session.scalars(select(Elder).where(Elder.card_code == code)).one_or_none() if code else None


def person_of(actor: Actor, entry: RelativeEntry, elder: Elder) -> Person:
    """The person of this name and phone, written down now where nobody has both (a couple may share a phone)."""
    known = session.scalars(
        select(Person)
        .where(Person.phone == entry.phone, Person.name == entry.name, Person.disabled_at.is_(None))
        .order_by(Person.created_at)
    ).first()
    home = session.get_one(Person, elder.person_id).unit_code
    return known or add_person(
        actor, name=entry.name, sex=entry.sex, unit_code=home, phone=entry.phone, language=entry.language
    )


def _bind(actor: Actor, elder: Elder, relative_id: str, relation: Relation, *, how: str) -> Delegation:
    """Bind once: who is bound already stays as she is. The index holds it when two say so at once."""
    if relative_id == elder.person_id:
        raise NotOneself
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = session.execute(
        insert(Delegation)
        .values(
            id=new_id(), elder_id=elder.person_id, relative_id=relative_id, relation=relation, consent_how=how,
            recorded_by=actor.person_id or relative_id, since=clock.now(),
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    if rows_touched(made):
        _tell(actor, elder, relative_id, how)
    return session.scalars(
        select(Delegation).where(
            Delegation.elder_id == elder.person_id,
            Delegation.relative_id == relative_id,
            Delegation.ended_at.is_(None),
        )
    ).one()


def _tell(actor: Actor, elder: Elder, relative_id: str, how: str) -> None:
    """The elder hears of it, and her grid worker too: the card may have been in wrong hands."""
    home, relative = session.get_one(Person, elder.person_id), session.get_one(Person, relative_id)
    notify(home.id, "family_bound", link="/me/family", name=relative.name)
    if how == "card":
        for staff in responsible_staff(home.unit_code, Role.GRID_WORKER):
            link = f"/g/elders/{home.id}/family"
            notify(staff.id, "family_bound_by_card", link=link, name=relative.name, elder=home.name)
    record(actor, "family.bind", f"elder:{home.id}", unit_code=home.unit_code,
           detail={"relative": relative_id, "how": how})  # fmt: skip


def _helps_here(person_id: str, elder: Elder) -> bool:
    """Whether somebody with the person's phone volunteers, or works in the elder's community: whoever visits sees many
    cards, and another name typed beside her own phone makes her no other person."""
    phone = session.get_one(Person, person_id).phone
    same = select(Person.id).where(Person.phone == phone, Person.phone != "")
    return any(_one_helps_here(key, elder) for key in {person_id, *session.scalars(same)})


def _one_helps_here(person_id: str, elder: Elder) -> bool:
    volunteer = session.get(Volunteer, person_id)
    if volunteer is not None and volunteer.state not in NO_LONGER_HELPING:
        return True
    actor = actor_of(person_id)
    return actor is not None and works_in(actor, session.get_one(Person, elder.person_id).unit_code)
