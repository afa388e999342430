"""Every role's main pages in a real browser on a phone, in both languages: accessible, whole, and fully translated.

Each page is looked at the same way: axe-core finds nothing against WCAG A and AA, nothing runs off the side of a screen
of 360 px (nor, in the largest text, of 320 px), there is one h1 and one main landmark, the document names its language,
the console is silent, and no text is left in the other language.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page

from app import clock as clock_now
from app.db import transaction
from app.matchruns import service
from app.needs.models import NeedState
from app.people.models import Elder, Volunteer
from app.visits.models import VisitState
from tests.factories import COMMUNITY, make_assignment, make_elder, make_need, make_visit
from tests.people import Cast
from tests.support.sign_in import signed_in
from tools import messages

ZONE = "Asia/Shanghai"
PHONE = {"width": 360, "height": 740}
AXE = (Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
VIOLATIONS = f"""() => axe.run(document, {{runOnly: {RULES}, resultTypes: ["violations"]}}).then(result =>
  result.violations.map(rule => rule.id + ": " + rule.nodes.map(node => node.html.slice(0, 120)).join(" | ")))"""
# Every piece of text that is shown, but for what says itself that it is in another language.
TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, words = node.textContent.trim();
    if (words && !node.parentElement.closest("script,code,body [lang]")) texts.push(words);
  }
  return texts;
}"""
WIDER = """() => document.documentElement.scrollWidth > document.documentElement.clientWidth &&
  [...document.querySelectorAll("body *")].filter(part => part.getBoundingClientRect().right > innerWidth + 1)
  .map(part => part.outerHTML.slice(0, 100)).slice(0, 3)"""
ENGLISH_WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")

PAGES = {
    "": "/ /menu /in /in/password /join /join/phone /public /public/how /help /settings /family/add /nowhere /c",
    "chen": "/me /order /order/shopping/time /order/wish /me/orders /me/orders/{order} /me/orders/{over} /me/ledger "
    "/me/orders/{order}/time /me/orders/{order}/cancel /visits/{done}/dispute /me/family /me/family/add /inbox",
    "mei": "/family /order?for={chen} /me/orders?for={chen} /me/orders/{over} /settings",
    "bo": "/v /v/offers /v/tasks/{offer} /v/tasks/{visit} /v/tasks/{visit}/in /v/tasks/{visit}/cannot "
    "/v/tasks/{visit}/noanswer /v/tasks/{visit}/concern /v/times /v/times/0 /v/times/day /v/me /v/ledger",
    "guo": "/g /g/find /g/alone /g/elders/{chen} /g/elders/{chen}/order /g/elders/{chen}/card /g/elders/{chen}/family "
    "/g/elders/{chen}/link /g/elders/new /g/live /g/late",
    "lin": "/c /c?view=list /c?view=map /c/publish /c/runs /c/runs/{run} /c/orders /c/orders/{order} /c/today /c/live "
    "/c/review /c/elders /c/elders/{chen} /c/volunteers /c/volunteers/{bo} /c/teams /c/menu /c/rules /c/import /c/late "
    "/c/recruiting /c/ledger /c/ledger/accounts /c/ledger/seed",
    "auditor": "/c/ledger /c/rules",
    "admin": "/admin/people /admin/people/new /admin/people/{bo}",
}


@pytest.fixture(scope="session")
def base_url() -> str:
    """The test has a server of its own (and the plugin's fixture of this name warns)."""
    return ""


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Nine in the morning of the real day, going on: cookies must not be over before they begin."""
    today = datetime.now(UTC).astimezone(ZoneInfo(ZONE))
    with time_machine.travel(today.replace(hour=9, minute=0, second=0, microsecond=0), tick=True):
        yield


@pytest.fixture
def ids(cast: Cast, session: Any) -> dict[str, str]:
    """Something under way on every page: the ids of an order, an offer, a visit, a run and so on."""
    with transaction():
        chen, bo = session.get_one(Elder, cast.chen.id), session.get_one(Volunteer, cast.bo.id)
        today = clock_now.today(ZONE)
        planned = make_need(elder=chen, item="shopping")
        make_need(elder=make_elder(), item="minor-repair")
        offer = make_assignment(need=make_need(elder=chen, start=(780, 840)), volunteer=bo)
        visit = make_visit(need=make_need(elder=chen, day=today, start=(900, 900)), volunteer=bo)
        over = make_need(elder=chen, day=today - timedelta(days=1))
        done = make_visit(need=over, volunteer=bo, state=VisitState.CHECKED_OUT)
        make_need(elder=make_elder(), item="hospital-escort", state=NeedState.REVIEW)
        make_need(elder=make_elder(), item=None, state=NeedState.REVIEW)
        run = service.begin_run(cast.actor(cast.lin), COMMUNITY, planned.day)
        service.store_plan(run.id, service.solve_document(run.problem))
        return {
            "chen": chen.person_id, "bo": bo.person_id, "order": planned.id, "over": over.id, "run": run.id,
            "offer": offer.id, "visit": visit.assignment_id, "done": done.id,
        }  # fmt: skip


@lru_cache
def other_words(language: str) -> frozenset[str]:
    """The texts of the catalogue that no page in this language may say: the English ones, or the Chinese ones."""
    found: set[str] = set()
    for message in messages.known():
        english = {message.id} if isinstance(message.id, str) else set(message.id)
        chinese = {message.string} if isinstance(message.string, str) else set(message.string)
        found |= english - chinese if language == "zh" else chinese - english
    return frozenset(found - {""})


def runs_off_the_side(page: Page) -> Iterator[str]:
    """What is wider than the screen: as it is, and in the largest text on the narrowest phone."""
    if wider := page.evaluate(WIDER):
        yield f"runs off the side: {wider}"
    page.set_viewport_size({"width": 320, "height": 740})
    page.evaluate("document.documentElement.dataset.size = 'xl'")
    if wider := page.evaluate(WIDER):
        yield f"runs off the side of 320 px in the largest text: {wider}"
    page.set_viewport_size(PHONE)


def wrong_with(page: Page, language: str, *, with_axe: bool) -> Iterator[str]:
    """What is wrong with the page that is open."""
    lang = page.locator("html").get_attribute("lang")
    if lang != ("zh-CN" if language == "zh" else "en"):
        yield f"the document says that its language is {lang}"
    if (headings := page.locator("h1").count()) != 1:
        yield f"{headings} h1"
    if (mains := page.locator("main, [role=main]").count()) != 1:
        yield f"{mains} main landmarks"
    others = other_words(language)
    for text in page.evaluate(TEXTS):
        if text in others or (language == "zh" and ENGLISH_WORDS.search(text)):
            yield f"is left in the other language: {text!r}"
    if with_axe:
        page.evaluate(AXE)
        yield from page.evaluate(VIOLATIONS)
    yield from runs_off_the_side(page)


def browser_of(app: Flask, address: str, new_context: Callable[..., Any], person: Any, language: str) -> Page:
    """A phone's browser that reads this language, the person signed in; None is a stranger."""
    context = new_context(viewport=PHONE, bypass_csp=True)  # axe comes from outside the page
    context.set_default_timeout(30_000)
    kept = {"lx_lang": language}
    if person is not None:
        with transaction():
            cookie = signed_in(app.test_client(), person).get_cookie("session")
        assert cookie is not None
        kept["session"] = cookie.value
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in kept.items()])
    return context.new_page()  # type: ignore[no-any-return]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_main_page_is_whole_on_a_phone(
    app: Flask,
    cast: Cast,
    ids: dict[str, str],
    live_server: str,
    new_context: Callable[..., Any],
    language: str,
    full: bool,
) -> None:
    found, with_axe = [], full or language == "en"  # its longer words give axe more to find
    for role, addresses in PAGES.items():
        page = browser_of(app, live_server, new_context, getattr(cast, role) if role else None, language)
        troubles: list[str] = []
        page.on("console", lambda said, to=troubles: to.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error, to=troubles: to.append(str(error)))
        for address in addresses.format(**ids).split():
            answer = page.goto(live_server + address)
            assert answer is not None
            refused = answer.status in (401, 404) and not role  # a stranger before the desk, or nowhere
            if not answer.ok and not refused:
                found.append(f"{role} {address}: {answer.status}")
            wrong = [*([] if refused else troubles), *wrong_with(page, language, with_axe=with_axe)]
            found += [f"{role or 'a stranger'} {address}: {what}" for what in wrong]
            troubles.clear()
        page.context.close()
    assert not found, "\n".join(found)
