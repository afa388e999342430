"""Walking through the site in a real browser, in the users' words.

A test says what a person does and reads, in English; in the Chinese run each sentence is looked up in the catalogue,
so that one journey is walked in both languages and a text that is not translated stops it.
"""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.support import Translations
from flask import Flask, session
from flask_babel import force_locale
from playwright.sync_api import Locator, Page, expect

from app.access import login
from app.db import db, transaction
from app.ledger.queries import balance
from app.menu.models import MenuItem
from app.people.models import Elder
from app.people.service import pin_of
from app.signin.service import open_session
from app.web import filters

ZONE = "Asia/Shanghai"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
PATIENCE_MS = 60_000  # a busy machine may take this long over the first match of a run
expect.set_options(timeout=PATIENCE_MS / 2)
CATALOGUES = {"zh": "zh_Hans_CN", "en": None}


class Words:
    """The sentences of the site in the language of the journey."""

    def __init__(self, app: Flask, language: str) -> None:
        self._app, self.language = app, language
        self._found = Translations.load(f"{app.root_path}/translations", CATALOGUES[language])

    def __call__(self, english: str, **places: object) -> str:
        """The sentence as the page says it, its places filled."""
        said = self._found.gettext(english) if self.language == "zh" else english
        assert self.language == "en" or said != english or english.isascii() is False, f"not translated: {english}"
        return said % places if places else said

    def minutes(self, count: int) -> str:
        """A length of service as the pages say it."""
        with self._app.test_request_context(), force_locale(CATALOGUES[self.language] or "en"):
            return filters.minutes(count)

    def item(self, code: str) -> str:
        """The name of an item of the menu."""
        item = db.session.get_one(MenuItem, code)
        return item.name_zh if self.language == "zh" else item.name_en


class Visitor:
    """One person at the site, in a browser of her own."""

    def __init__(self, page: Page, address: str, words: Words) -> None:
        self.page, self.address, self.words = page, address, words
        self.troubles: list[str] = []
        page.on("console", lambda message: self.troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def goes_to(self, path: str) -> None:
        """She opens an address of the site."""
        self.page.goto(self.address + path)

    def presses(self, english: str, *, nth: int = 0, within: str = "main", **places: object) -> None:
        """She presses the button (or follows the link) with these words."""
        words = self.words(english, **places)
        part = self.page.locator(within)
        button = part.get_by_role("button", name=words).or_(part.get_by_role("link", name=words))
        button.nth(nth).click()

    def follows(self, words: str, *, nth: int = 0) -> None:
        """She follows a link with a name, a number or a day on it."""
        self.page.locator("main").get_by_role("link", name=words).nth(nth).click()

    def types(self, english: str, value: str) -> None:
        """She fills the field with this label."""
        self.page.locator("main").get_by_label(self.words(english)).first.fill(value)

    def picks_the_time(self, day: date, part: str) -> None:
        """She presses the button of a part of a day."""
        self.page.locator(f"main button[name=when][value='{day.isoformat()}~{part}']").click()

    def chooses(self, english: str, **places: object) -> None:
        """She ticks the choice with these words."""
        words, part = self.words(english, **places), self.page.locator("main")
        choice = part.get_by_role("radio", name=words).or_(part.get_by_role("checkbox", name=words))
        self._ticks(choice.first)

    def picks(self, name: str, value: str) -> None:
        """She ticks one choice of a field."""
        self._ticks(self.page.locator(f"input[name={name}][value='{value}']").first)

    def _ticks(self, choice: Locator) -> None:
        """As a person does: on the label, which lies over the choice."""
        if not choice.is_checked():
            self.page.locator(f"label[for='{choice.get_attribute('id')}']").first.click()
        expect(choice).to_be_checked()

    def reads(self, english: str, **places: object) -> None:
        """The page says so."""
        expect(self.page.locator("main")).to_contain_text(self.words(english, **places))

    def sees(self, words: str) -> None:
        """The page shows a name, a number or an address."""
        expect(self.page.locator("main")).to_contain_text(words)

    def does_not_see(self, words: str) -> None:
        """The page shows no such thing."""
        expect(self.page.locator("body")).not_to_contain_text(words)

    def is_at(self, path: str) -> None:
        """She has come to a page of this address (`*` stands for an id)."""
        self.page.wait_for_url(f"{self.address}{path}")

    def text(self) -> str:
        """Everything the main part says."""
        return self.page.locator("main").inner_text()

    def has_no_trouble(self) -> None:
        """The browser complained about nothing, and nothing runs off the side of the screen.

        The words of a page are there before its style is: only the whole page is measured (or printed).
        """
        self.page.wait_for_load_state("load")
        expect(self.page.locator("footer")).to_be_visible()
        assert not self.troubles, self.troubles
        assert self.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


class Site:
    """The site on one day, with the people who use it."""

    def __init__(
        self,
        app: Flask,
        address: str,
        new_context: Callable[..., Any],
        words: Words,
        clock: Any,
        messages: Path,
    ) -> None:
        self.app, self.address, self.words, self.clock, self.messages = app, address, words, clock, messages
        self._new_context = new_context
        self._visitors: dict[str, Visitor] = {}

    def visitor(self, *, desk: bool = False) -> Visitor:
        """Somebody whom the site does not know yet."""
        context = self._new_context(
            viewport=DESK if desk else PHONE, locale="zh-CN" if self.words.language == "zh" else "en-GB"
        )
        context.set_default_timeout(PATIENCE_MS)
        return Visitor(context.new_page(), self.address, self.words)

    def person(self, person: Any, *, desk: bool = False) -> Visitor:
        """A person, signed in: by a session as any way of signing in makes it."""
        if person.id not in self._visitors:
            found = self.visitor(desk=desk)
            kept = {"session": self._cookie(person), "lx_lang": self.words.language}
            found.page.context.add_cookies([{"name": k, "value": v, "url": self.address} for k, v in kept.items()])
            self._visitors[person.id] = found
        return self._visitors[person.id]

    def _cookie(self, person: Any) -> str:
        """The cookie as the site hands it out at sign-in."""
        with transaction():
            opened = open_session(person.id)
        with self.app.test_request_context():
            login.sign_in(*opened)
            answer = self.app.make_response("")
            self.app.session_interface.save_session(self.app, session, answer)
        name, _, kept = answer.headers["Set-Cookie"].partition("=")
        assert name == "session"
        return kept.partition(";")[0]

    # The day -------------------------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def tomorrow(self) -> date:
        return self.today + timedelta(days=1)

    @property
    def now(self) -> datetime:
        return self.clock.now.astimezone(ZoneInfo(ZONE))  # type: ignore[no-any-return]

    def it_is(self, clock: str, *, on: date | None = None) -> None:
        """Let it be that hour ("9:30"), today or on another day. Sessions of the desk have ended overnight."""
        hour, minute = map(int, clock.split(":"))
        day = on or self.today
        if day != self.today:
            self._visitors.clear()
        self.clock.move_to(datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE)))

    # What is stored ------------------------------------------------------------------------------------------------

    def reads_afresh(self) -> None:
        """Forget what this test has read of the database."""
        db.session.rollback()
        db.session.expire_all()

    def minutes_of(self, person: Any) -> int:
        """What stands in a passbook now."""
        self.reads_afresh()
        return balance(person.id).stored

    def digits_on_the_card_of(self, elder_id: str) -> str:
        """The four digits on an elder's card."""
        return pin_of(db.session.get_one(Elder, elder_id))

    def messages_to(self, phone: str) -> list[str]:
        """What a phone was sent, oldest first."""
        lines = self.messages.read_text(encoding="utf-8").splitlines() if self.messages.exists() else []
        return [message["text"] for line in lines if (message := json.loads(line))["to"] == phone]

    def code_sent_to(self, phone: str) -> str:
        """The six digits of the newest code."""
        found = re.search(r"[0-9]{6}", self.messages_to(phone)[-1])
        assert found, self.messages_to(phone)
        return found.group()

    def ledger_adds_up(self) -> None:
        """`flask ledger verify` finds nothing."""
        self.reads_afresh()
        done = self.app.test_cli_runner().invoke(args=["ledger", "verify"])
        assert done.exit_code == 0, done.output


def id_in(address: str) -> str:
    """The id that an address ends with."""
    found = re.search(r"/([0-9a-f]{16})(?:[/?#]|$)", address)
    assert found, address
    return found.group(1)
