"""What the frame of every page needs: the reader's place in the site, its navigation, the switches, the phone.

Templates see it as `site` (base.html); after sign-in `home_of(actor)` is where a person belongs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from app.access.actor import Actor
from app.access.guard import declared, visitor
from app.access.policy import may
from app.db import session
from app.org.models import OrgClosure, OrgUnit, UnitLevel
from app.people.models import Person, Role
from app.web import locale

# (address, words, icon). An entry shows when its page exists and the reader may open it.
Entries = tuple[tuple[str, Any, str], ...]

ELDER: Entries = (
    ("/me", _l("My home"), "house"),
    ("/order", _l("Order help"), "list"),
    ("/me/orders", _l("My orders"), "list-checks"),
    ("/me/ledger", _l("My time"), "book-marked"),
    ("/me/family", _l("Family"), "users"),
    ("/inbox", _l("Messages"), "inbox"),
    ("/settings", _l("Settings"), "settings"),
)
RELATIVE: Entries = (
    ("/family", _l("People I care for"), "users"),
    ("/inbox", _l("Messages"), "inbox"),
    ("/settings", _l("Settings"), "settings"),
)
VOLUNTEER: Entries = (
    ("/v", _l("Today"), "calendar"),
    ("/v/offers", _l("Waiting for my answer"), "bell"),
    ("/v/times", _l("When I'm free"), "clock"),
    ("/v/skills", _l("What I can do"), "hand-heart"),
    ("/v/ledger", _l("Time passbook"), "book-marked"),
    ("/v/record", _l("Service record"), "file-check"),
    ("/v/me", _l("Me"), "user"),
    ("/inbox", _l("Messages"), "inbox"),
    ("/settings", _l("Settings"), "settings"),
)
GRID: Entries = (
    ("/g", _l("Today"), "calendar"),
    ("/g/find", _l("Find an elder"), "search"),
    ("/g/elders/new", _l("Enrol an elder"), "user-plus"),
    ("/g/live", _l("Today's visits"), "footprints"),
    ("/g/late", _l("Late entry"), "history"),
    ("/g/gifts", _l("Gifts to ask about"), "heart-handshake"),
    ("/inbox", _l("Messages"), "inbox"),
    ("/settings", _l("Settings"), "settings"),
)
DESK: Entries = (
    ("/c", _l("Tomorrow's plan"), "route"),
    ("/c/live", _l("Today's visits"), "footprints"),
    ("/c/review", _l("To review"), "list-checks"),
    ("/c/today", _l("Orders for today"), "clock"),
    ("/c/orders", _l("Orders"), "list"),
    ("/c/elders", _l("Elders"), "users"),
    ("/c/volunteers", _l("Volunteers"), "hand-heart"),
    ("/c/teams", _l("Teams"), "users"),
    ("/c/records", _l("Certificates"), "file-check"),
    ("/c/menu", _l("Menu"), "soup"),
    ("/c/rules", _l("Rules"), "scale"),
    ("/c/ledger", _l("Ledger"), "book-marked"),
    ("/c/import", _l("Import"), "upload"),
    ("/c/reports", _l("Reports"), "chart-column"),
    ("/c/reports/flags", _l("Red flags"), "shield-alert"),
    ("/c/audit", _l("Records"), "history"),
    ("/admin/people", _l("People and roles"), "shield-check"),
    ("/inbox", _l("Messages"), "inbox"),
)

# workspace: (the look of tokens.css, its home, its navigation, the name of the navigation)
WORKSPACES: Mapping[str, tuple[str, str, Entries, Any]] = {
    "elder": ("elder", "/me", ELDER, _l("My pages")),
    "relative": ("elder", "/family", RELATIVE, _l("My pages")),
    "volunteer": ("vol", "/v", VOLUNTEER, _l("My pages")),
    "grid": ("vol", "/g", GRID, _l("My pages")),
    "coordinator": ("coord", "/c", DESK, _l("Desk")),
    "public": ("elder", "/", (), ""),
}
PREFIXES = {"me": "elder", "order": "elder", "family": "relative", "v": "volunteer", "g": "grid", "c": "coordinator"}
PREFIXES["admin"] = "coordinator"
ROLE_PLACES = (
    (Role.COORDINATOR, "coordinator"),
    (Role.AUDITOR, "coordinator"),
    (Role.SAFEGUARDING_LEAD, "coordinator"),
    (Role.ADMINISTRATOR, "coordinator"),
    (Role.SOCIAL_WORKER, "coordinator"),
    (Role.GRID_WORKER, "grid"),
    (Role.VOLUNTEER, "volunteer"),
    (Role.ELDER, "elder"),
    (Role.RELATIVE, "relative"),
)
ROLE_HOMES = {  # at the desk not everybody may open /c
    Role.AUDITOR: "/c/ledger",
    Role.SAFEGUARDING_LEAD: "/c/reports/flags",
    Role.ADMINISTRATOR: "/admin/people",
    Role.SOCIAL_WORKER: "/c/elders",
}
SIZE_WORDS = {"std": _l("standard"), "l": _l("large"), "xl": _l("extra large")}


@dataclass(frozen=True)
class Entry:
    """One line of a navigation."""

    href: str
    label: Any
    icon: str
    current: bool


@dataclass(frozen=True)
class Place:
    """Where in the site the reader is: the look, the home behind the brand, and the navigation."""

    workspace: str
    look: str
    home: str
    nav: list[Entry]
    label: Any
    signed_in: bool


@dataclass(frozen=True)
class Link:
    """A link with its words; `lang` where the words are in another language than the page."""

    href: str
    label: Any
    lang: str = ""


@dataclass
class Site:
    """The `site` of every template."""

    phone: str = ""
    community: str = ""
    unit_code: str | None = None
    zone: str = "Asia/Shanghai"
    demo: bool = False
    _places: dict[str, Place] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return _("Lianxin")

    @property
    def html_lang(self) -> str:
        return locale.HTML_LANGUAGES[locale.language()]

    @property
    def language(self) -> str:
        return locale.language()

    @property
    def size(self) -> str:
        return locale.size()

    @property
    def contrast(self) -> str:
        return locale.contrast()

    @property
    def bigger(self) -> Link:
        """The switch to the next text size, the largest being followed by the standard one."""
        now = locale.size()
        following = locale.SIZES[(locale.SIZES.index(now) + 1) % len(locale.SIZES)]
        return Link(href=_here(size=following), label=_("Text size: %(size)s", size=SIZE_WORDS[now]))

    @property
    def other_language(self) -> Link:
        """The same page in the other language."""
        if locale.language() == "zh":
            return Link(href=_here(lang="en"), label="English", lang="en")
        return Link(href=_here(lang="zh"), label="中文", lang="zh-CN")

    def may_open(self, path: str) -> bool:
        """Whether the reader may open the page at this path."""
        return _may_open(path, visitor())

    def place(self, workspace: str | None = None) -> Place:
        """The reader's place: the workspace named by the page, else told from the address, else by her roles."""
        name = workspace or workspace_here()
        if name not in self._places:
            self._places[name] = _place(name)
        return self._places[name]


def workspace_of(actor: Actor | None) -> str:
    """The workspace that a person belongs to, by the first of her roles that has one."""
    if actor is None:
        return "public"
    return next((place for role, place in ROLE_PLACES if role in actor.roles), "public")


def home_of(actor: Actor | None) -> str:
    """The address of a person's own first page ("/" for a stranger)."""
    home = _first_page(actor)
    return home if _page(home) is not None else "/"


def _first_page(actor: Actor | None) -> str:
    """Where the first of a person's roles begins her day."""
    for role, workspace in ROLE_PLACES:
        if actor is not None and role in actor.roles:
            return ROLE_HOMES.get(role, WORKSPACES[workspace][1])
    return "/"


def workspace_here() -> str:
    """The workspace that the present address belongs to; shared pages belong to the reader's own."""
    named = PREFIXES.get(request.path.split("/")[1])
    own = workspace_of(visitor())
    return own if named == "elder" and own == "relative" else named or own


def _place(workspace: str) -> Place:
    look, home, entries, label = WORKSPACES[workspace]
    actor = visitor()
    if workspace == "public" or not _may_open(home, actor):
        home = home_of(actor)
    if actor is None:
        look, entries, label = WORKSPACES["public"][0], (), ""  # a stranger at a door: nothing behind it is hers
    here = request.path.rstrip("/") or "/"
    shown = [entry for entry in entries if _may_open(entry[0], actor)]
    around = [href for href, _words, _icon in shown if here == href or here.startswith(href + "/")]
    current = max(around, key=len, default="")
    nav = [Entry(href=href, label=words, icon=icon, current=href == current) for href, words, icon in shown]
    return Place(workspace, look, home, nav, label, signed_in=actor is not None)


def _page(path: str) -> str | None:
    """The endpoint that answers GET on a path, None when nothing does."""
    try:
        endpoint, _arguments = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return None
    return str(endpoint)


def _may_open(path: str, actor: Actor | None) -> bool:
    endpoint = _page(path)
    if endpoint is None:
        return False
    permission = declared(current_app, endpoint)
    return permission is None or may(actor, permission)


def _here(**changed: str) -> str:
    """The present page with words of its address changed; the first page where a form's answer has no GET."""
    path = request.path if request.method == "GET" or _page(request.path) else "/"
    return f"{path}?{urlencode({**request.args.to_dict(flat=True), **changed})}"


def community_of(actor: Actor | None) -> OrgUnit | None:
    """The community whose name and phone a reader sees: of her home or desk; for a stranger the first with a phone."""
    with_phone = (OrgUnit.level == UnitLevel.COMMUNITY, OrgUnit.phone != "")
    communities = select(OrgUnit).where(*with_phone).order_by(OrgUnit.code)
    units = _units_of(actor)
    if units:
        above = select(OrgClosure.ancestor_code).where(OrgClosure.descendant_code.in_(units))
        own = session.scalars(communities.where(OrgUnit.code.in_(above)).limit(1)).first()
        if own is not None:
            return own
    return session.scalars(communities.limit(1)).first()


def _units_of(actor: Actor | None) -> set[str]:
    if actor is None or actor.person_id is None:
        return set()
    units = {unit for _role, unit in actor.memberships}
    person = session.get(Person, actor.person_id)
    return units | {person.unit_code} if person is not None else units


def _site() -> Site:
    """The site for this request. Without a database the last known phone stands in: the footer never fails."""
    if "site" in g:
        return g.site
    kept: Site = current_app.extensions.setdefault("site_last_known", Site())
    try:
        unit = community_of(visitor())
    except SQLAlchemyError:
        session.rollback()
        return Site(phone=kept.phone, community=kept.community, demo=kept.demo)
    if unit is None:
        g.site = Site(demo=kept.demo)
    else:
        g.site = Site(unit.phone, unit.name, unit.code, unit.zone, demo=kept.demo)
        current_app.extensions["site_last_known"] = Site(unit.phone, unit.name, demo=kept.demo)
    return g.site


def this_site() -> Site:
    """The frame's facts for Python: community, phone, zone of the reader."""
    return _site()


def init_app(app: Flask) -> None:
    """Offer `site` to the templates."""
    app.extensions["site_last_known"] = Site(demo=app.config["SETTINGS"].demo)

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {"site": _site()}
