"""What the desk does to the books, in a real browser: correct, settle, redeem and give back, each by two people."""

from datetime import timedelta

import pytest

from app import clock
from app.db import transaction
from tests.factories import ZONE, make_rule
from tests.journeys.walk import Site, Visitor
from tests.ledger.conftest import Bank, open_bank
from tests.people import COMMUNITY, Cast

pytestmark = pytest.mark.engines("sqlite")  # the pages are the same on both; the services are tried on both elsewhere


@pytest.fixture
def bank(people: Cast) -> Bank:
    """Aunt Chen has two hours, Bo half an hour from a visit to her."""
    with transaction():
        return open_bank(people)


def the_second_person_agrees(site: Site, people: Cast) -> Visitor:
    """Whoever proposed cannot approve; her colleague does."""
    lin = site.person(people.lin, desk=True)
    lin.goes_to("/c/ledger/pending")
    lin.reads("You proposed this: a colleague must approve.")
    assert lin.page.get_by_role("button", name=site.words("Approve")).count() == 0
    lin.has_no_trouble()
    colleague = site.person(people.approver, desk=True)
    colleague.goes_to("/c/ledger/pending")
    colleague.presses("Approve")
    colleague.reads("Approved. The new line stands in the ledger.")
    colleague.has_no_trouble()
    return colleague


def test_a_line_is_corrected_by_two_people_and_everything_agrees(site: Site, people: Cast, bank: Bank) -> None:
    lin = site.person(people.lin, desk=True)
    lin.goes_to(f"/c/ledger/lines/{bank.post}")
    lin.presses("Correct this line")
    lin.presses("Propose the correction")
    lin.reads("Say why in a sentence: whoever it concerns reads it.")
    lin.troubles.clear()  # the browser notes the 422
    lin.types("Why", "The visit was counted twice.")
    lin.presses("Propose the correction")
    lin.reads("Proposed. It counts when a second person has approved it.")
    assert site.minutes_of(people.bo) == 30
    the_second_person_agrees(site, people)
    assert (site.minutes_of(people.bo), site.minutes_of(people.chen)) == (0, 120)
    lin.goes_to(f"/c/ledger/lines/{bank.post}")
    lin.reads("This line was corrected by a newer one.")
    bo = site.person(people.bo)
    bo.goes_to("/v/ledger")
    bo.reads("stored %(time)s", time=site.words.minutes(30))  # the old line stays
    bo.reads("spent %(time)s", time=site.words.minutes(30))
    bo.has_no_trouble()


def test_what_somebody_leaves_goes_where_two_people_say(site: Site, people: Cast, bank: Bank) -> None:
    lin = site.person(people.lin, desk=True)
    lin.goes_to(f"/c/ledger/accounts/{bank.bo}")
    lin.presses("Settle")
    lin.chooses("The community fund")
    lin.types("Why", "He has moved to another town.")
    lin.presses("Propose")
    lin.reads("Proposed. It counts when a second person has approved it.")
    before = bank.posted(bank.fund)
    the_second_person_agrees(site, people)
    assert (site.minutes_of(people.bo), bank.posted(bank.fund) - before) == (0, 30)


def test_time_is_redeemed_at_a_shop_and_given_back(site: Site, people: Cast, bank: Bank) -> None:
    with transaction():
        make_rule(COMMUNITY, {"exchange_for_goods": True}, clock.today(ZONE) - timedelta(days=40))
    lin = site.person(people.lin, desk=True)
    lin.goes_to("/c/ledger/shops/new")
    lin.types("Name of the shop", "福利超市")
    lin.types("Where it is, and when it is open", "沿江大道88号，9:00–17:00")
    lin.presses("Open it")
    lin.types("What it is", "洗衣液")
    lin.types("How many", "20")
    lin.presses("Put it on offer")
    lin.sees("洗衣液")
    lin.has_no_trouble()
    shop = lin.page.url.removeprefix(site.address)
    bo = site.person(people.bo)
    bo.goes_to("/me/points")
    bo.follows("洗衣液")
    bo.presses("Yes, redeem it")
    bo.reads("Show this number at the shop. The community can look it up.")
    bo.has_no_trouble()
    assert site.minutes_of(people.bo) == 10
    lin.goes_to(shop)
    lin.presses("Give back")
    lin.types("Why", "The bottle was empty.")
    lin.presses("Propose to give it back")
    the_second_person_agrees(site, people)
    assert site.minutes_of(people.bo) == 30
    bo.page.reload()
    given_back = site.words("This was given back to you on %(day)s. The slip no longer counts.")
    bo.sees(given_back.split("%(day)s")[1])
    bo.has_no_trouble()
