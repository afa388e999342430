"""A certificate's life: a volunteer gets it, a stranger checks it, two coordinators revoke it, the stranger sees it."""

import re

from app.db import transaction
from tests.journeys.walk import Site, Visitor
from tests.people import COMMUNITY, Cast
from tests.records.support import paid, served

ALTERED = (
    "The number or the time you typed is not what was issued. Look at the paper again; if it says so, it was altered."
)

NO_LIMIT = {"downloadThroughput": -1, "uploadThroughput": -1}


def test_a_certificate_is_issued_checked_and_revoked(site: Site, people: Cast) -> None:
    with transaction():
        paid(people, served(people, minutes=42, credit_min=40), 40)
    names_who_answers(site, people)
    number, address = gets_a_certificate(site, people)

    stranger = site.visitor()
    stranger.goes_to(address)
    stranger.reads("Genuine")
    stranger.does_not_see(people.bo.name)
    stranger.does_not_see(number)
    compares(stranger, number, minutes=42)
    stranger.reads("The number and the time you typed are the ones that were issued.")
    compares(stranger, number, minutes=43)
    stranger.reads(ALTERED)
    stranger.has_no_trouble()

    proposes_to_revoke(site, people, number)
    stranger.goes_to(address)
    stranger.reads("Genuine")
    approves(site, people)
    stranger.goes_to(address)
    stranger.reads("Revoked")
    stranger.does_not_see(people.bo.name)
    site.ledger_adds_up()


def names_who_answers(site: Site, people: Cast) -> None:
    """The coordinator says who answers for certificates."""
    lin = site.person(people.lin, desk=True)
    lin.goes_to(f"/c/records/issuers/{COMMUNITY}")
    lin.types("Full name of the organisation", "樵湖岭社区居民委员会")
    lin.types("Responsible person", "林慧")
    lin.types("Handling person", "郭强")
    lin.types("Telephone for questions", "0717 655 1234")
    lin.presses("Save")
    lin.reads("Saved. New certificates name them; those that waited are issued.")
    lin.has_no_trouble()


def gets_a_certificate(site: Site, people: Cast) -> tuple[str, str]:
    """The volunteer gets it in three taps from her first page: (its number, the path of its check)."""
    bo = site.person(people.bo)
    bo.goes_to("/v")
    bo.presses("Service record")
    bo.presses("Get a certificate")
    bo.presses("Get the certificate")
    bo.reads("Issued by")
    bo.sees(people.bo.name)
    bo.has_no_trouble()
    said = bo.text()
    number = re.search(rf"{COMMUNITY}-[0-9]{{4}}-[0-9]{{6}}", said)
    path = re.search(r"/certificates/[0-9a-z]{20}", said)
    assert number is not None, said
    assert path is not None, said
    box = bo.page.locator(".cert-qr svg").bounding_box()
    assert box is not None
    assert box["width"] >= 113  # 30 mm
    return number.group(), path.group()


def compares(stranger: Visitor, number: str, *, minutes: int) -> None:
    """Whoever holds the paper types what stands on it."""
    if not stranger.page.locator("[name=number]").is_visible():
        stranger.page.locator("main summary").click()
    stranger.types("Number on the paper", number)
    stranger.types("Time served: hours", "0")
    stranger.types("and minutes", str(minutes))
    stranger.presses("Compare")


def proposes_to_revoke(site: Site, people: Cast, number: str) -> None:
    """The coordinator finds it by its number and says why it should hold no more."""
    lin = site.person(people.lin, desk=True)
    lin.goes_to(f"/c/records?q={number}")
    lin.follows(number)
    lin.page.locator("main summary").click()
    lin.types("Why?", "日期有误")
    lin.presses("Propose to revoke")
    lin.reads("Proposed. It counts when a second person has approved it.")
    lin.has_no_trouble()


def approves(site: Site, people: Cast) -> None:
    """A colleague looks at it and agrees."""
    colleague = site.person(people.approver, desk=True)
    colleague.goes_to("/c/records")
    colleague.presses("Look and decide")
    colleague.presses("Approve: revoke it")
    colleague.reads("Revoked. Whoever scans the paper reads so.")
    colleague.has_no_trouble()


def test_the_paper_fits_on_a4(site: Site, people: Cast) -> None:
    """Printed, it is one page of A4 with nothing of the site around it."""
    with transaction():
        for ago in range(2, 12):
            served(people, ago=ago)
    names_who_answers(site, people)
    page = site.person(people.bo).page
    line = page.context.new_cdp_session(page)  # a slow line: the words of a page are there before its style is
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": 400, **NO_LIMIT})
    gets_a_certificate(site, people)
    page.emulate_media(media="print")
    assert not page.locator("header").is_visible()
    assert not page.locator("footer").is_visible()
    assert page.locator(".sheet-a4").is_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45]\S* 84[12]", pdf)
    page.emulate_media(media="screen")
