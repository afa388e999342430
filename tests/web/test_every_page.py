"""Every address that can be looked at is looked at, as somebody who may, in both languages.

No list of pages to keep: the addresses come from the product itself, what they name from one world that holds one of
everything. A page opens, has a title, says no bare "None" or "undefined", and leaves no text in the other language.
An address that cannot be opened so stands in NOT_OPENED with its reason, and must not stand there once it can.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.wrappers import Response

from app import clock as wall
from app.access.guard import declared
from app.access.policy import POLICY
from app.db import session as database
from app.db import transaction
from app.desk import keeping
from app.ledger import heads, keys
from app.ledger.models import Ledger, Unit
from app.matchruns import service as matching
from app.passbook.donating import donate_own
from app.passbook.gifts import ask_gift
from app.people.models import Person, Role
from app.records.models import Certificate
from app.signin.links import make_link_by_command
from app.visits.models import Visit, VisitState
from tests.factories import COMMUNITY, ZONE, make_need, make_rule, make_visit
from tests.house.test_routes import World, address, make_world, of_role, rules
from tests.web.test_whole_site import ENGLISH_WORDS, other_words

NOT_OPENED = {
    "/c/orders/<need_id>/change": "needs a plan that suggests a change; tests/journeys/test_answers.py makes one",
    "/demo/messages": "only the demo has it; tests/notices/test_inbox.py opens it there",
    "/in/who": "the middle of signing in, after a phone that several people share; tests/signin/test_ways_in.py",
}
"""The addresses that this world cannot open, each with its reason."""
ASKED = {"/order/check": {"item": "companion-chat", "day": "{tomorrow}", "part": "morning"},
         "/order/wish/time": {"wish": "想听楚剧"}}  # fmt: skip
"""What an address wants to be asked with."""

AT_HOME = (("/me", Role.ELDER), ("/order", Role.ELDER), ("/visits", Role.ELDER), ("/family", Role.RELATIVE),
           ("/v", Role.VOLUNTEER), ("/g", Role.GRID_WORKER), ("/admin", Role.ADMINISTRATOR),
           ("/c", Role.COORDINATOR))  # fmt: skip
"""Whose part of the site an address belongs to; the first role that may is asked where it belongs to nobody's."""
EMPTY = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNSHOWN = {"script", "style", "code", "template"}
BARE = re.compile(r"\b(None|undefined|NaN)\b")


class Texts(HTMLParser):
    """The title of a page, and its texts but for what says itself that it is in another language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.title = ""
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in EMPTY:
            silent = tag in UNSHOWN or (tag != "html" and "lang" in dict(attrs))
            self._open.append((tag, silent or self._silent))

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _silent in self._open) and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "title":
            self.title += data
        elif data.strip() and not self._silent:
            self.found.append(" ".join(data.split()))

    @property
    def _silent(self) -> bool:
        return bool(self._open) and self._open[-1][1]


@pytest.fixture
def keyless(app: Flask) -> Iterator[None]:
    """What seals and certificates are signed with goes with the test."""
    yield
    for name in (keys.FILE, keys.NEXT):
        (app.config["SETTINGS"].instance / name).unlink(missing_ok=True)


def more_of(world: World) -> dict[str, dict[str, str]]:
    """What some addresses name beyond the world's one of everything: by the start of the address."""
    people, today = world.people, wall.today(ZONE)
    make_rule(COMMUNITY, {"exchange_for_goods": True, "gift_circle": ["children"], "gift_recipient_min_age": 0}, today)
    chen, lin = people.actor(people.chen), people.actor(people.lin)
    planned = make_need(elder=people.elder, item="shopping")
    run = matching.begin_run(lin, COMMUNITY, planned.day)
    matching.store_plan(run.id, matching.solve_document(run.problem))
    here = make_visit(need=make_need(elder=people.elder, day=today, start=(900, 900)), volunteer=people.volunteer,
                      state=VisitState.IN_PROGRESS)  # fmt: skip
    served = database.scalars(select(Visit.id).where(Visit.state == VisitState.CONFIRMED)).one()
    certificate = database.get_one(Certificate, world.ids["certificate_id"])
    shop = keeping.open_shop(lin, COMMUNITY, name="便民超市", where="路口")
    slip = keeping.take(chen, keeping.add_offer(lin, shop.id, name="肥皂", unit=Unit.MINUTE, price=2).id, "1" * 24)
    ask_gift(chen, uid="gift:world", to=people.mei.id, minutes=2)
    donate_own(chen, uid="donate:world", minutes=2)
    keys.ensure_key()
    book = database.scalars(select(Ledger.id)).one()
    heads.publish(book)
    return {
        "/c/ledger/shops/<shop_id>/slips": {"shop_id": shop.id, "slip_uid": slip.uid},
        "/c/recruiting": {"code": COMMUNITY},
        "/c/rules/packs": {"code": "nanjing-2019"},
        "/c/runs": {"run_id": run.id},
        "/c/volunteers/<volunteer_id>/record": {"visit_id": served},
        "/certificates": {"code": certificate.code},
        "/in/link": {"token": make_link_by_command(people.bo.id).split("/")[-1]},
        "/k": {"code": people.elder.card_code},
        "/me/ledger/donate": {"uid": "donate:world"},
        "/me/ledger/gifts": {"uid": "gift:world"},
        "/me/ledger/lines": {"uid": "seed:chen"},
        "/me/points/slips": {"slip_uid": slip.uid},
        "/public/proof": {"ledger_id": book},
        "/receipts": {"uid": "seed:chen"},
        "/v/record/services": {"visit_id": served},
        "/v/tasks/<task_id>/out": {"task_id": here.assignment_id},
    }


def filled(rule: Rule, world: World, more: dict[str, dict[str, str]]) -> str:
    """The address with every part filled in, and asked as it wants to be."""
    named = {name: value for start, ids in more.items() if rule.rule.startswith(start) for name, value in ids.items()}
    found = address(rule, replace(world, ids=world.ids | named))
    words = {name: said.format(tomorrow=wall.today(ZONE) + timedelta(days=1))
             for name, said in ASKED.get(rule.rule, {}).items()}  # fmt: skip
    return f"{found}?{urlencode(words)}" if words else found


def wrong_with(answer: Response, language: str) -> Iterator[str]:
    """What is wrong with a page; a file to take away and a redirect have nothing to read."""
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return
    page = Texts(answer.get_data(as_text=True))
    if not page.title.strip():
        yield "has no title"
    others = other_words(language)
    for text in [page.title, *page.found]:
        if BARE.search(text):
            yield f"says {text!r}"
        if text in others or (language == "zh" and ENGLISH_WORDS.search(text)):
            yield f"is left in the other language: {text!r}"


def who_looks(app: Flask, rule: Rule, world: World) -> Person | None:
    """Whoever may open this address and whose part of the site it is; None for a stranger."""
    permission = declared(app, rule.endpoint)
    if permission is None:
        return None
    may = [role for role in Role if role in POLICY[permission]] or list(Role)
    part = "/" + rule.rule.split("/")[1].split(".")[0]
    at_home = [role for start, role in AT_HOME if part == start and role in may]
    return of_role(world, (at_home or may)[0], own=True)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.usefixtures("keyless")
def test_every_address_opens(app: Flask, session: Any, client: Any, log_in: Any, language: str) -> None:
    with transaction():
        world = make_world(session)
        more = more_of(world)
        looking = [(rule, who_looks(app, rule, world)) for rule, method in rules(app) if method == "GET"]
    visitors: dict[str, Any] = {"": client}
    wrong, unopened = [], set()
    for rule, person in looking:
        key = person.id if person else ""
        visitor = visitors[key] if key in visitors else visitors.setdefault(key, log_in(person))
        visitor.set_cookie("lx_lang", language)
        where = filled(rule, world, more)
        answer = visitor.get(where)
        sent_away = person is not None and urlsplit(answer.headers.get("Location", "")).path.startswith("/in")
        if answer.status_code == 200 or (300 <= answer.status_code < 400 and not sent_away):
            wrong += [f"{where} {what}" for what in wrong_with(answer, language)]
        else:
            unopened.add(rule.rule)
            if rule.rule not in NOT_OPENED:
                wrong.append(f"{where} answered {answer.status_code}: open it, or say in NOT_OPENED why not")
    wrong += [f"{rule} is opened: it need not stand in NOT_OPENED" for rule in NOT_OPENED if rule not in unopened]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("<title></title><p>你好</p>", "no title"),
        ("<title>连心</title><p>None</p>", "'None'"),
        ("<title>连心</title><p>Left as it was</p>", "other language"),
    ],
)
def test_the_look_sees_what_is_wrong(app: Flask, page: str, what: str) -> None:
    answer = app.response_class(page, mimetype="text/html")
    assert what in "\n".join(wrong_with(answer, "zh"))


def test_what_names_its_own_language_passes(app: Flask) -> None:
    page = '<html lang="zh-CN"><title>连心</title><p>你好<br><span lang="en">Read this in English</span></p>'
    assert not list(wrong_with(app.response_class(page, mimetype="text/html"), "zh"))
