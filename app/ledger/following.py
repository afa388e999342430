"""What a stored credit brings with it by the rules: a purpose that pays, points, and the team it passes on to."""

from app.db import session
from app.ledger.charity import pay_back
from app.ledger.models import Account, AccountKind, Transfer, TransferKind, Unit
from app.ledger.points import earn_points
from app.ledger.teams import pass_on
from app.people.models import Person

HOURS = (TransferKind.SERVICE, TransferKind.LATE_CREDIT, TransferKind.OVERRUN)


def follow(done: Transfer) -> None:
    """Everything that follows a credit for service, in the same act. Called once, when the credit is stored."""
    if done.unit != Unit.MINUTE or done.credit_kind != AccountKind.PERSON or done.kind not in HOURS:
        return
    pay_back(done)
    person = session.get(Person, session.get_one(Account, done.credit_account_id).owner_id)
    if person is not None:
        earn_points(done, person)
        pass_on(done, person)
