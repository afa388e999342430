"""The service number that a volunteer keeps for life."""

from sqlalchemy import func, select

from app.db import session
from app.org.models import OrgUnit
from app.people.models import ServiceNumber, Volunteer


def give_number(volunteer: Volunteer) -> ServiceNumber:
    """Her service number: the one she has, else the next of her community."""
    found = session.get(ServiceNumber, volunteer.person_id)
    if found is not None:
        return found
    unit_code = volunteer.community_code
    # Two who enrol at once: the second waits here (on SQLite every writer is alone already).
    session.execute(select(OrgUnit.code).where(OrgUnit.code == unit_code).with_for_update())
    last = session.scalar(select(func.max(ServiceNumber.number)).where(ServiceNumber.unit_code == unit_code))
    given = ServiceNumber(volunteer_id=volunteer.person_id, unit_code=unit_code, number=(last or 0) + 1)
    session.add(given)
    session.flush()
    return given
