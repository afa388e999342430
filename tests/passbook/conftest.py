"""A family in the small bank: Bo's mother Wu, whom he may act for, and Aunt Chen's husband, who may act for her."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from app import clock
from app.db import session as database
from app.db import transaction
from app.ledger.posting import transfer
from app.ledger.queries import person_account
from app.ledger.service import ensure_person_account
from app.people.models import Delegation, Person, Relation
from tests.factories import acting, make_elder
from tests.ledger.conftest import Bank, open_bank
from tests.people import Cast


@dataclass(frozen=True)
class Family:
    """The bank and the two relatives that the rules let one give to."""

    bank: Bank
    wu: Person
    husband: Person

    @property
    def bo(self) -> Any:
        return acting(self.bank.people.bo)

    @property
    def chen(self) -> Any:
        return acting(self.bank.people.chen)

    @property
    def guo(self) -> Any:
        return acting(self.bank.people.guo)

    def posted(self, person: Person) -> int:
        database.expire_all()
        found = person_account(person.id)
        return found.posted if found else 0

    def is_given(self, uid: str) -> bool:
        return transfer(uid) is not None


def make_family(people: Any) -> Family:
    """The family, in an act."""
    bank = open_bank(people)
    wu = make_elder(name="吴玉兰", birth_date=date(1950, 2, 2))
    husband = make_elder(name="陈国强", sex="m", birth_date=date(1940, 1, 5))
    for elder, relative, relation in (
        (wu.person_id, people.bo.id, Relation.CHILD), (people.chen.id, husband.person_id, Relation.SPOUSE),
    ):  # fmt: skip
        database.add(
            Delegation(
                elder_id=elder, relative_id=relative, relation=relation, consent_how="door",
                recorded_by=people.guo.id, since=clock.now(),
            )
        )  # fmt: skip
        ensure_person_account(elder)
    ensure_person_account(husband.person_id)
    database.flush()
    return Family(bank, database.get_one(Person, wu.person_id), database.get_one(Person, husband.person_id))


@pytest.fixture
def family(cast: Cast) -> Iterator[Family]:
    """The family inside an act."""
    with transaction():
        yield make_family(cast)


@pytest.fixture
def stored(cast: Cast) -> Family:
    """The family, stored."""
    with transaction():
        return make_family(cast)
