"""Teams of volunteers, and who leads them."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.access.actor import Actor
from app.access.scope import get_visible, works_in
from app.audit.service import record
from app.db import session
from app.errors import DomainError, Invalid, NotFound
from app.org.queries import unit
from app.people.models import Role, Team, TeamMember, Volunteer
from app.people.queries import teams_of

LONGEST_NAME = 60


class NotAMember(DomainError):
    text = _l("Only a member of the team can lead it. Add the person to the team first.")


def find_team(unit_code: str, name: str) -> Team | None:
    """The team of this name in this unit."""
    return session.scalars(select(Team).where(Team.unit_code == unit_code, Team.name == name)).one_or_none()


def make_team(actor: Actor, *, unit_code: str, name: str) -> Team:
    """A new team of the unit; Invalid when it has no name or one that is taken."""
    if not works_in(actor, unit(unit_code).code, Role.COORDINATOR):
        raise NotFound
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid({"name": str(_l("Give the team a name of at most 60 characters."))})
    if find_team(unit_code, name) is not None:
        raise Invalid({"name": str(_l("There is a team of this name already."))})
    team = _add(unit_code, name)
    record(actor, "team.make", f"team:{team.id}", unit_code=unit_code)
    return team


def add_member(actor: Actor, team_id: str, volunteer_id: str) -> Team:
    """The team with this volunteer of its unit in it."""
    team = _team(actor, team_id)
    volunteer = get_visible(Volunteer, volunteer_id, actor)
    if session.get(TeamMember, (team.id, volunteer.person_id)) is None:
        session.add(TeamMember(team_id=team.id, volunteer_id=volunteer.person_id))
        record(actor, "team.add_member", f"team:{team.id}", unit_code=team.unit_code, detail={"person": volunteer_id})
    session.flush()
    return team


def remove_member(actor: Actor, team_id: str, volunteer_id: str) -> Team:
    """The team without this volunteer, and without a leader if it was she."""
    team = _team(actor, team_id)
    member = session.get(TeamMember, (team.id, volunteer_id))
    if member is None:
        raise NotFound
    session.delete(member)
    if team.leader_id == volunteer_id:
        team.leader_id = None
    record(actor, "team.remove_member", f"team:{team.id}", unit_code=team.unit_code, detail={"person": volunteer_id})
    session.flush()
    return team


def choose_leader(actor: Actor, team_id: str, volunteer_id: str) -> Team:
    """The team led by this member from now on."""
    team = _team(actor, team_id)
    if session.get(TeamMember, (team.id, volunteer_id)) is None:
        raise NotAMember
    team.leader_id = volunteer_id
    record(actor, "team.choose_leader", f"team:{team.id}", unit_code=team.unit_code, detail={"person": volunteer_id})
    session.flush()
    return team


def set_teams(volunteer: Volunteer, names: Iterable[str]) -> None:
    """The volunteer in these teams of her community and in no others of it; teams are made when they are not there."""
    wanted = [find_team(volunteer.community_code, name) or _add(volunteer.community_code, name) for name in names]
    for team in teams_of(volunteer.person_id):
        if team.unit_code == volunteer.community_code and team not in wanted:
            session.delete(session.get_one(TeamMember, (team.id, volunteer.person_id)))
            if team.leader_id == volunteer.person_id:
                team.leader_id = None
    for team in wanted:
        if session.get(TeamMember, (team.id, volunteer.person_id)) is None:
            session.add(TeamMember(team_id=team.id, volunteer_id=volunteer.person_id))
    session.flush()


def _team(actor: Actor, team_id: str) -> Team:
    team = get_visible(Team, team_id, actor)
    if not works_in(actor, team.unit_code, Role.COORDINATOR):
        raise NotFound
    return team


def _add(unit_code: str, name: str) -> Team:
    team = Team(unit_code=unit_code, name=name)
    session.add(team)
    session.flush()
    return team
