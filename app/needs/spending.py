"""Who may use stored time by her age, as the rules of her city say."""

from datetime import date

from app.people.models import HARDSHIP, Elder, Person
from app.rulepacks.queries import setting
from app.web.filters import age_on


def may_use_own_time(elder: Elder, person: Person, on: date) -> bool:
    """Whether she is old enough to be paid for from her own passbook; a birth date that was not told hinders nobody."""
    key = "spend_from_age_hardship" if HARDSHIP & set(elder.categories) else "spend_from_age"
    least = spend_age(person.unit_code, key, on)
    return person.birth_date is None or age_on(person.birth_date, on) >= least


def spend_age(unit_code: str, key: str, on: date) -> int:
    """The age that the rules ask for."""
    return int(setting(unit_code, key, on=on))
