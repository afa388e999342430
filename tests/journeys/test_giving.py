"""What members do with their time, in a real browser: give to family, call back, stop, donate, object, pool."""

import pytest

from app.db import transaction
from app.jobs.tasks import give_ripe_gifts
from tests.journeys.walk import Site, id_in
from tests.passbook.conftest import Family, make_family
from tests.people import Cast

pytestmark = pytest.mark.engines("sqlite")  # the pages are the same on both; the services are tried on both elsewhere


@pytest.fixture
def family(people: Cast, language: str) -> Family:
    """Bo's mother and Aunt Chen's husband, reading the language of the journey."""
    with transaction():
        made = make_family(people)
        made.wu.language = made.husband.language = language
    return made


def test_a_volunteer_gives_to_his_mother_and_the_gift_waits_a_day(site: Site, family: Family) -> None:
    people = family.bank.people
    bo = site.person(people.bo)
    bo.goes_to("/v/ledger")
    bo.presses("Give to family")
    bo.presses("Give time to family")
    bo.picks("to", family.wu.id)
    bo.types("How many minutes?", "0")
    bo.presses("Go on")
    bo.reads("Give whole minutes between 1 and %(most)s.", most=6000)
    bo.troubles.clear()  # the browser notes the 422
    bo.types("How many minutes?", "20")
    bo.presses("Go on")
    bo.sees("吴玉兰")
    bo.presses("Give %(time)s", time=site.words.minutes(20))
    bo.reads("waits")
    bo.has_no_trouble()
    assert site.minutes_of(people.bo) == 30
    bo.page.reload()  # a second look gives nothing again
    site.it_is("9:30", on=site.tomorrow)
    give_ripe_gifts()
    assert (site.minutes_of(people.bo), site.minutes_of(family.wu)) == (10, 20)
    wu = site.person(family.wu)
    wu.goes_to("/me/ledger")
    wu.sees(site.words.minutes(20))
    wu.goes_to("/inbox")
    wu.reads("%(name)s gave you %(minutes)s. They are in your time passbook.", name="李博",
             minutes=site.words.minutes(20))  # fmt: skip


def test_an_elder_is_asked_in_person_and_may_stop_everything(site: Site, family: Family) -> None:
    people = family.bank.people
    chen = site.person(people.chen)
    chen.goes_to("/me/ledger/gifts/new")
    chen.picks("to", family.husband.id)
    chen.types("How many minutes?", "20")
    chen.presses("Go on")
    chen.presses("Give %(time)s", time=site.words.minutes(20))
    chen.reads("we call you first")
    guo = site.person(people.guo)
    guo.goes_to("/g/gifts")
    guo.sees("陈桂英")
    guo.has_no_trouble()
    chen.goes_to("/me/ledger/gifts")
    chen.has_no_trouble()
    chen.presses("Stop all gifts from this passbook")
    chen.reads("Gifts from this passbook are stopped.")
    guo.goes_to("/g/gifts")
    guo.reads("No gift waits to be asked about.")
    chen.presses("Let gifts go again")
    chen.reads("Gifts go again. The next one to each person waits like a first one.")
    mei = site.person(people.mei)
    mei.goes_to(f"/me/ledger/gifts?for={people.chen.id}")
    mei.does_not_see(site.words("Give time to family"))
    mei.presses("Stop all gifts from this passbook")
    mei.reads("Only its owner can let them go again.")
    mei.has_no_trouble()
    assert (site.minutes_of(people.chen), site.minutes_of(family.husband)) == (90, 0)


def test_a_volunteer_gives_to_the_fund_and_is_thanked(site: Site, family: Family) -> None:
    people = family.bank.people
    bo = site.person(people.bo)
    bo.goes_to("/v/ledger")
    bo.presses("Give to the community fund")
    bo.types("How many minutes?", "31")
    bo.presses("Go on")
    bo.presses("Give %(time)s", time=site.words.minutes(31))
    bo.reads("There is not enough time stored: %(available)s minutes can be used, %(wanted)s are asked for.",
             available=30, wanted=31)  # fmt: skip
    bo.troubles.clear()  # the browser notes the 409
    bo.types("How many minutes?", "10")
    bo.presses("Go on")
    bo.presses("Give %(time)s", time=site.words.minutes(10))
    bo.reads("Thank you")
    bo.has_no_trouble()
    assert site.minutes_of(people.bo) == 20


def test_a_member_says_that_a_line_is_not_right_and_is_answered(site: Site, family: Family) -> None:
    people = family.bank.people
    bo = site.person(people.bo)
    bo.goes_to(f"/me/ledger/lines/{family.bank.post}")
    bo.types("What is wrong?", "It took 40 minutes.")
    bo.presses("This is not right")
    bo.reads("Said. The community looks into it and answers you. Nothing is moved meanwhile.")
    bo.has_no_trouble()
    lin = site.person(people.lin, desk=True)
    lin.goes_to("/c/ledger/objections")
    lin.has_no_trouble()
    lin.follows("李博")
    lin.sees("It took 40 minutes.")
    lin.types("Answer to the member", "The door says 30.")
    lin.presses("Answer", nth=-1)
    lin.reads("Answered. The member gets a message.")
    lin.has_no_trouble()
    bo.page.reload()
    bo.sees("The door says 30.")
    assert site.minutes_of(people.bo) == 30


def test_a_family_opens_a_pool_and_each_joins_by_her_own_word(site: Site, family: Family) -> None:
    people = family.bank.people
    wu, bo = site.person(family.wu), site.person(people.bo)
    wu.goes_to("/me/ledger/household")
    wu.presses("Open a pool for my family")
    wu.presses("Open the pool")
    wu.has_no_trouble()
    wu.presses("Ask", nth=-1)
    wu.reads("Asked. Whoever is asked joins by saying yes.")
    pool = id_in(wu.page.url)
    bo.goes_to(f"/me/ledger/household/{pool}")
    bo.does_not_see("吴玉兰")  # asked is not yet in
    bo.troubles.clear()  # the browser notes the 404
    bo.goes_to("/me/ledger/household")
    bo.presses("Yes, I join")
    bo.reads("You are in the family time pool now.")
    bo.presses("Open the pool")
    bo.presses("Give time into the pool")
    bo.types("How many minutes?", "15")
    bo.presses("Go on")
    bo.presses("Give %(time)s", time=site.words.minutes(15))
    bo.reads("waits")
    site.it_is("9:30", on=site.tomorrow)
    give_ripe_gifts()
    wu = site.person(family.wu)
    wu.goes_to(f"/me/ledger/household/{pool}")
    wu.sees(site.words.minutes(15))
    wu.has_no_trouble()
