"""Hours of team members, which the rules may let only be donated: they pass on to the team's account."""

from sqlalchemy import select

from app.db import session
from app.ledger.errors import AccountNotOpen, NotEnoughMinutes
from app.ledger.models import Account, AccountKind, Transfer, TransferKind, Unit
from app.ledger.opening import open_account
from app.ledger.posting import Leg, store
from app.ledger.queries import area_of, find_account
from app.people.models import Person, Team, TeamMember
from app.rulepacks.queries import setting


def owner_of_team(team_id: str) -> str:
    """Under whose name a team's account stands."""
    return f"team:{team_id}"


def team_account(team: Team) -> Account:
    """The team's account, opened when it has none. What stands there can only be given to a fund."""
    owner = owner_of_team(team.id)
    found = find_account(AccountKind.TEAM, owner)
    return found or open_account(ledger_id=area_of(team.unit_code), kind=AccountKind.TEAM, owner_id=owner)


def team_of(person_id: str) -> Team | None:
    """The team that a volunteer serves in (the first by name, where she is in several)."""
    mine = select(Team).join(TeamMember, TeamMember.team_id == Team.id).where(TeamMember.volunteer_id == person_id)
    return session.scalar(mine.order_by(Team.name, Team.id).limit(1))


def pass_on(done: Transfer, person: Person) -> Transfer | None:
    """A member's credit given on to her team where the rules say `donate_only`; None where she keeps it."""
    team = team_of(person.id)
    if team is None or setting(person.unit_code, "team_hours", on=done.created_at.date()) != "donate_only":
        return None
    to = team_account(team)
    if to.ledger_id != done.ledger_id or done.unit != Unit.MINUTE:
        return None
    leg = Leg(
        uid=f"{done.uid}:team", kind=TransferKind.DONATE, debit_id=done.credit_account_id, credit_id=to.id,
        amount=done.amount, link_uid=done.uid,
    )  # fmt: skip
    try:
        return store(leg, team.name)
    except (AccountNotOpen, NotEnoughMinutes):  # a frozen team takes nothing: she keeps it until somebody looks
        return None
